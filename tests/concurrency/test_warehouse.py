"""Many pickers at once: nobody gets what somebody else fetches, and nothing is counted twice."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.operations import reconcile
from oms_service.operations.changes import cancelling
from oms_service.operations.dispatch import picking
from oms_service.operations.dispatch.picking import NothingToPick, WantedList
from oms_service.orders import queries as orders
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.warehouse import queries
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.warehouse import PICKER, furnish, start_list

PICKERS = 8


def sound(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        assert list(reconcile.differences(connection)) == []


def test_two_pickers_never_get_the_same(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
        for _ in range(20):
            make_order(uow, shop, items={"COFFEE": 1, "MUG": 1})
    drain(runtime)
    together = Barrier(PICKERS)

    def pick(number: int) -> list[int]:
        together.wait()
        taken: list[int] = []
        with suppress(NothingToPick):
            for turn in range(10):
                with runtime.unit_of_work(staff(number)) as uow:
                    wanted = WantedList(location_id=shop.location_id, most=3)
                    walk = picking.start(uow, wanted, key=f"turn {turn}")
                taken += [task.order_line_id for task in walk.tasks]
        return taken

    with ThreadPoolExecutor(PICKERS) as pool:
        taken = [line for lines in pool.map(pick, range(1, PICKERS + 1)) for line in lines]
    # Whoever found everything held by others came away empty; the rest is for the next walk.
    with suppress(NothingToPick):
        for turn in range(20):
            with runtime.unit_of_work(PICKER) as uow:
                rest = start_list(uow, shop, key=f"last {turn}")
            taken += [task.order_line_id for task in rest.tasks]
    assert len(taken) == 40
    assert len(set(taken)) == 40
    sound(runtime)


def test_one_scan_sent_by_many_counts_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
        order = make_order(uow, shop, items={"COFFEE": 5})
    with runtime.unit_of_work(PICKER) as uow:
        picking.start(
            uow,
            WantedList(
                location_id=shop.location_id,
                fulfilment_id=_aligned(runtime, order.id),
            ),
            key="one",
        )
    with runtime.unit_of_work(PICKER) as uow:
        task = queries.walk(uow.session, 1).tasks[0]
    together = Barrier(PICKERS)

    def scan(_number: int) -> int:
        together.wait()
        with suppress(DomainError), runtime.unit_of_work(PICKER) as uow:
            picking.scan(uow, task.id, code="COFFEE", version=task.version)
            return 1
        return 0

    with ThreadPoolExecutor(PICKERS) as pool:
        assert sum(pool.map(scan, range(PICKERS))) == 1
    with runtime.database.looking() as session:
        assert orders.lines(session, order.id)[0].counters.picked == 1


def test_a_cancellation_while_many_pick_leaves_nothing_behind(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
        made = [make_order(uow, shop, items={"COFFEE": 2}) for _ in range(PICKERS)]
    drain(runtime)
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
    together = Barrier(2 * PICKERS)

    def pick(number: int) -> None:
        together.wait()
        for _ in range(2):
            with suppress(DomainError), runtime.unit_of_work(PICKER) as uow:
                picking.scan(uow, walk.tasks[number].id, code="COFFEE")

    def cancel(number: int) -> None:
        together.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            cancelling.cancel(uow, made[number].id, reason="no_longer_needed")

    with ThreadPoolExecutor(2 * PICKERS) as pool:
        done = [pool.submit(pick, number) for number in range(PICKERS)]
        done += [pool.submit(cancel, number) for number in range(PICKERS)]
        for one in done:
            one.result()
    drain(runtime)
    sound(runtime)
    with runtime.database.looking() as session:
        for order in made:
            (line,) = orders.lines(session, order.id)
            assert (line.counters.picked, line.counters.cancelled) == (0, 2)
            (work,) = queries.fulfilments_of(session, order.id)
            assert (work.wanted, work.picked) == (0, 0)


def _aligned(runtime: Runtime, order_id: int) -> int:
    drain(runtime)
    with runtime.database.looking() as session:
        return queries.fulfilments_of(session, order_id)[0].id
