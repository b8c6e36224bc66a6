"""Many at once: one order a reference, no more waiting units than the rule lets wait."""

from datetime import date

from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.placement import drafting, holding, placing, selling
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import PlaceOrder, ReferenceReused, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.orders.states import HoldReason
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.states import SellingMode
from tests.concurrency.test_orders import at_once, refusals, shop_with
from tests.factories.orders import make_order
from tests.factories.shop import Shop

THREADS = 32


def buy(runtime: Runtime, shop: Shop, reference: str, quantity: int = 1) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = PlaceOrder(
            channel="web",
            external_ref=reference,
            customer_id=shop.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=quantity)],
        )
        return placing.place(uow, wanted).order.id


def test_one_reference_in_many_threads_is_one_order(runtime: Runtime) -> None:
    shop = shop_with(runtime, 100)
    answers = at_once(THREADS, lambda number: buy(runtime, shop, "cart", 1 + number % 2))
    made = {one for one in answers if isinstance(one, int)}
    assert len(made) == 1
    assert refusals(answers) == [ReferenceReused] * (THREADS // 2)
    assert audit(runtime.database) == ()


def test_no_more_units_wait_than_the_rule_lets_wait(runtime: Runtime) -> None:
    shop = shop_with(runtime, 3)
    with runtime.unit_of_work(SYSTEM) as uow:
        sales.sell_as(
            uow,
            variant_id=shop.coffee_id,
            channel_id=None,
            mode=SellingMode.PREORDER,
            limit_units=7,
            ships_by=date(2026, 12, 10),
        )
    answers = at_once(THREADS, lambda number: buy(runtime, shop, f"cart-{number}"))
    assert len([one for one in answers if isinstance(one, int)]) == 3 + 7
    assert set(refusals(answers)) == {placing.Unavailable}
    assert issubclass(placing.Unavailable, OutOfStock)
    with runtime.database.reading() as connection:
        assert orders.waiting_units(connection, shop.coffee_id) == 7
    assert audit(runtime.database) == ()


def test_one_draft_is_placed_once(runtime: Runtime) -> None:
    shop = shop_with(runtime, 100)
    with runtime.unit_of_work(SYSTEM) as uow:
        draft = drafting.keep(
            uow,
            Draft(
                channel="web",
                customer_id=shop.customer_id,
                lines=[WantedLine(sku="COFFEE", quantity=2)],
            ),
        )

    def place(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return drafting.place(uow, draft.id, version=draft.version).id

    answers = at_once(8, place)
    assert [one for one in answers if isinstance(one, int)] == [draft.id]
    with runtime.database.reading() as connection:
        (line,) = orders.lines(connection, draft.id)
    assert line.counters.allocated == 2
    assert audit(runtime.database) == ()


def test_holding_and_releasing_at_once_leaves_one_answer(runtime: Runtime) -> None:
    shop = shop_with(runtime, 10)
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)

    def press(number: int) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            how = holding.release if number % 2 else holding.hold
            how(uow, order.id, HoldReason.FRAUD)

    assert refusals(at_once(THREADS, press)) == []
    assert audit(runtime.database) == ()


def test_a_rule_and_its_orders_move_together(runtime: Runtime) -> None:
    """Buying while the day moves: every waiting line ends up with the newest day."""
    shop = shop_with(runtime, 0)
    days = [date(2026, 12, day) for day in (10, 20)]
    with runtime.unit_of_work(SYSTEM) as uow:
        sales.sell_as(
            uow,
            variant_id=shop.coffee_id,
            channel_id=None,
            mode=SellingMode.BACKORDER,
            ships_by=days[0],
        )

    def work(number: int) -> int:
        if number:
            return buy(runtime, shop, f"cart-{number}")
        with runtime.unit_of_work(SYSTEM) as uow:
            return selling.sell(
                uow,
                variant_id=shop.coffee_id,
                channel_id=None,
                mode=SellingMode.BACKORDER,
                limit_units=None,
                ships_by=days[1],
                version=1,
            ).version

    answers = at_once(12, work)
    assert answers[0] == 2
    drain(runtime)
    with runtime.database.reading() as connection:
        lines = orders.lines_of(connection, [one for one in answers[1:] if isinstance(one, int)])
    assert {line.ships_by for of in lines.values() for line in of} == {days[1]}
    assert audit(runtime.database) == ()
