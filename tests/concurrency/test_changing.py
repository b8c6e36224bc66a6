"""Several people change one order at the same time: one wins, nothing is counted twice."""

import threading
from collections.abc import Callable
from datetime import date

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff, DeliverAt, SetQuantities, Wish
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.money import due
from oms_service.operations.reconcile import audit
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_rows
from oms_service.payments.states import AttemptState, MethodKind
from oms_service.runtime import Runtime
from tests.factories.money import make_method, order_paid_by, run
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import make_shop

AGENTS = 4


def at_once(doing: list[Callable[[], object]]) -> list[object]:
    """What each came to, all begun together."""
    ready = threading.Barrier(len(doing))
    came: list[object] = [None] * len(doing)

    def run(place: int, do: Callable[[], object]) -> None:
        ready.wait()
        try:
            came[place] = do()
        except DomainError as error:
            came[place] = error.code

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def asking(
    runtime: Runtime, order: MadeOrder, wish: Wish, key: str, version: int | None = None
) -> Callable[[], str]:
    def do() -> str:
        with runtime.unit_of_work(staff(1)) as uow:
            wanted = Wanted(order_id=order.id, wish=wish, channel="desk", key=key, version=version)
            return str(changing.request(uow, wanted).state)

    return do


def test_of_several_who_saw_one_version_one_wins(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow), items={"COFFEE": 2, "MUG": 1})
        version = orders.by_id(uow.session, order.id).version
    wishes: list[Wish] = [
        CallOff(reason="other"),
        CallOff(reason="other", lines={order.line_ids[1]: 1}),
        SetQuantities(quantities={order.line_ids[0]: 1}),
        SetQuantities(quantities={order.line_ids[0]: 4}),
    ]
    came = at_once(
        [asking(runtime, order, wish, f"k{n}", version) for n, wish in enumerate(wishes)]
    )
    assert came.count("confirmed") == 1
    assert set(came) <= {"confirmed", "stale-version", "change-refused"}
    assert audit(runtime.database) == ()


def test_one_key_from_several_is_one_change(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
    wish = SetQuantities(quantities={order.line_ids[0]: 1})
    came = at_once([asking(runtime, order, wish, "same") for _ in range(AGENTS)])
    assert came == ["confirmed"] * AGENTS
    with runtime.database.reading() as connection:
        assert len(changes.of_order(connection, order.id)) == 1
        (refund,) = payments.refunds(connection, order.id)
    assert refund.amount == Money(1_000, "JPY")
    assert audit(runtime.database) == ()


def test_two_orders_share_a_gift_card_that_covers_one(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        first, second = make_order(uow, shop), make_order(uow, shop)
        card = payment_rows.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift",
            currency="JPY",
        )
        payment_rows.change_balance(uow, card, Money(1_000, "JPY"), cause="test", key="gift")
    came = at_once(
        [
            asking(
                runtime,
                order,
                SetQuantities(quantities={order.line_ids[0]: 3}, method_id=card),
                f"k{order.id}",
            )
            for order in (first, second)
        ]
    )
    assert sorted(map(str, came)) == ["change-refused", "confirmed"]
    with runtime.database.reading() as connection:
        assert payments.methods_by_id(connection, [card])[card].balance_minor == 0
    assert audit(runtime.database) == ()


def test_a_slip_is_paid_while_others_change_the_order(runtime: Runtime) -> None:
    """Whoever is first: in the end as much was paid as the order costs, and nothing is asked."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=20)
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI), 5_000)
        more = make_method(uow, shop, MethodKind.BANK_TRANSFER)
    run(runtime)
    line_id = order.line_ids[0]

    def pay() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            first = attempts.of_order(uow.session, order.id)[0]
            attempts.finish(uow, first.id, reference="slip-1")

    def wish(units: int) -> Wish:
        return SetQuantities(quantities={line_id: units}, method_id=more)

    came = at_once(
        [
            pay,
            asking(runtime, order, wish(4), "fewer"),
            asking(runtime, order, wish(7), "more"),
            asking(runtime, order, wish(6), "other"),
        ]
    )
    assert set(came) <= {None, "confirmed", "change-refused"}
    run(runtime)
    for _ in range(3):
        with runtime.unit_of_work(SYSTEM) as uow:
            for one in attempts.of_order(uow.session, order.id):
                if one.state is AttemptState.WAITING:
                    attempts.finish(uow, one.id, reference=f"slip-{one.id}")
        run(runtime)
    with runtime.database.looking() as session:
        total = orders.by_id(session, order.id).total.minor
        back = sum(one.amount.minor for one in payments.refunds(session, order.id))
        assert payments.sums(session, order.id).captured - back == total
        assert due.standing(session, order.id).asked == ()
    assert audit(runtime.database) == ()


def test_of_two_who_choose_a_day_at_once_one_wins(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        version = orders.by_id(uow.session, order.id).version
    days = [date(2026, 11, 26), date(2026, 11, 27)]
    wished = [DeliverAt(deliver_on=day, window="1416") for day in days]
    came = at_once(
        [asking(runtime, order, wish, f"k{at}", version) for at, wish in enumerate(wished)]
    )
    assert sorted(map(str, came)) == ["confirmed", "stale-version"]
    with runtime.database.looking() as session:
        found = orders.by_id(session, order.id)
        assert found.deliver_on == days[came.index("confirmed")]
        assert len(changes.of_order(session, order.id)) == 1
    assert audit(runtime.database) == ()
