"""Many at once on the real database: nothing is sold, decided or paid twice."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, Unavailable, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import receiving, returns
from oms_service.operations.returning.returns import Refused, Wanted
from oms_service.operations.returning.returns import WantedLine as SentBack
from oms_service.operations.rules import policy
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.service import RefundTooHigh, WantedRefund
from oms_service.payments.states import MethodKind
from oms_service.returns import queries as return_queries
from oms_service.returns.service import AlreadyDecided
from oms_service.returns.states import ReturnReason
from oms_service.runtime import Runtime
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T | DomainError]:
    """Run ``work`` in so many threads that begin together; refusals are answers too."""
    start = Barrier(count)

    def run(number: int) -> T | DomainError:
        start.wait()
        try:
            return work(number)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def refusals(answers: Sequence[object]) -> list[type]:
    return [type(answer) for answer in answers if isinstance(answer, DomainError)]


def buy(runtime: Runtime, shop: Shop, number: int) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = PlaceOrder(
            channel="web",
            external_ref=f"cart-{number}",
            customer_id=shop.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=1)],
        )
        return placing.place(uow, wanted).order.id


def shop_with(runtime: Runtime, stock_units: int) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=stock_units)


def test_five_units_twenty_buyers_five_orders(runtime: Runtime) -> None:
    shop = shop_with(runtime, 5)
    answers = at_once(20, lambda number: buy(runtime, shop, number))
    assert len([one for one in answers if isinstance(one, int)]) == 5
    assert refusals(answers) == [Unavailable] * 15
    with runtime.database.looking() as session:
        (level,) = stock.availability(session, [shop.coffee_id])
        assert len(orders.summaries(session, shop.customer_id)) == 5
    assert (level.on_hand, level.allocated) == (5, 5)
    assert audit(runtime.database) == ()


def test_one_reference_sixteen_times_is_one_order(runtime: Runtime) -> None:
    shop = shop_with(runtime, 100)
    answers = at_once(16, lambda _: buy(runtime, shop, 1))
    assert len(set(answers)) == 1
    with runtime.database.looking() as session:
        (level,) = stock.availability(session, [shop.coffee_id])
    assert level.allocated == 1
    assert audit(runtime.database) == ()


def needs_person(runtime: Runtime) -> tuple[Shop, int, int]:
    """A shop, an order with a return that waits for a person, and the return."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        policy.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"window_days": 30, "approval": "person"},
            text={},
        )
        order = make_delivered_order(uow, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        line = SentBack(line_id=order.line_ids[0], quantity=2, reason=ReturnReason.CHANGED_MIND)
        made = returns.request(
            uow, Wanted(order_id=order.id, lines=[line], channel="desk", key="k")
        )
    return shop, order.id, made.view.id


def test_two_approvals_at_once_are_one(runtime: Runtime) -> None:
    _, _, return_id = needs_person(runtime)

    def approve(number: int) -> int:
        with runtime.unit_of_work(staff(number + 1)) as uow:
            return returns.approve(uow, return_id, version=1, givers={Giver.LEAD}).version

    answers = at_once(8, approve)
    assert [one for one in answers if isinstance(one, int)] == [2]
    assert refusals(answers) == [AlreadyDecided] * 7


def test_a_yes_and_a_withdrawal_at_once_leave_one_answer(runtime: Runtime) -> None:
    _, order_id, return_id = needs_person(runtime)

    def decide(number: int) -> str:
        with runtime.unit_of_work(staff(number + 1)) as uow:
            if number % 2:
                return str(returns.withdraw(uow, return_id, version=1).state)
            return str(returns.approve(uow, return_id, version=1, givers={Giver.LEAD}).state)

    answers = at_once(8, decide)
    (state,) = [one for one in answers if isinstance(one, str)]
    with runtime.database.looking() as session:
        assert str(return_queries.by_id(session, return_id).state) == state
        counters = orders.lines(session, order_id)[0].counters
    assert counters.return_requested == (2 if state == "approved" else 0)
    assert audit(runtime.database) == ()


def test_received_by_many_is_refunded_once(runtime: Runtime) -> None:
    shop, order_id, return_id = needs_person(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        returns.approve(uow, return_id, version=1, givers={Giver.LEAD})

    def receive(_: int) -> int:
        with runtime.unit_of_work(staff(1)) as uow:
            return receiving.receive(uow, return_id, version=2).id

    answers = at_once(8, receive)
    assert refusals(answers) == [AlreadyDecided] * 7
    with runtime.database.looking() as session:
        assert [one.amount.minor for one in payments.refunds(session, order_id)] == [2_000]
        (level,) = stock.availability(session, [shop.coffee_id])
    assert level.on_hand == 100
    assert audit(runtime.database) == ()


def test_two_units_wished_back_by_eight_come_back_twice(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, make_shop(uow))

    def wish(number: int) -> int:
        line = SentBack(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.OTHER)
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = Wanted(order_id=order.id, lines=[line], channel="webchat", key=f"k{number}")
            return returns.request(uow, wanted).view.id

    answers = at_once(8, wish)
    assert refusals(answers) == [Refused] * 6
    assert audit(runtime.database) == ()


def test_refunds_never_exceed_what_was_paid(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))

    def refund(number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = WantedRefund(
                order_id=order.id, amount=Money(700, "JPY"), reason="goodwill", key=f"k{number}"
            )
            return payment_service.request_refund(uow, wanted)[0].id

    answers = at_once(8, refund)
    assert refusals(answers) == [RefundTooHigh] * 6
    assert audit(runtime.database) == ()


def test_one_refund_confirmed_and_credited_by_many_is_paid_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        credit = payment_service.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.STORE_CREDIT,
            token="credit",
            currency="JPY",
        )
        wanted = WantedRefund(
            order_id=order.id,
            amount=Money(1_500, "JPY"),
            reason="goodwill",
            key="k",
            method_id=credit,
        )
        (owed,) = payment_service.request_refund(uow, wanted)

    def pay(_: int) -> str:
        with runtime.unit_of_work(SYSTEM) as uow:
            return str(payment_service.pay_into_balance(uow, owed.id).state)

    assert at_once(8, pay) == ["paid"] * 8
    with runtime.database.looking() as session:
        assert payments.methods_by_id(session, [credit])[credit].balance_minor == 1_500
        assert payments.sums(session, order.id).refunded == 1_500
    assert audit(runtime.database) == ()


def test_one_gift_card_spent_by_many_is_not_overspent(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        card = payment_service.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift",
            currency="JPY",
        )
        payment_service.change_balance(uow, card, Money(5_000, "JPY"), cause="gift", key="gift")

    def spend(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return make_order(uow, shop, method_id=card).id

    answers = at_once(8, spend)
    assert refusals(answers) == [payment_service.NotEnoughBalance] * 6
    with runtime.database.looking() as session:
        assert payments.methods_by_id(session, [card])[card].balance_minor == 1_000
    assert audit(runtime.database) == ()


@pytest.mark.parametrize("rounds", range(3))
def test_orders_that_want_the_same_things_in_other_orders_do_not_deadlock(
    runtime: Runtime, rounds: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=30)
        osaka = make_location(uow, "osaka", region="大阪府")
        for variant in (shop.coffee_id, shop.mug_id):
            stock_up(uow, variant, osaka, 30)

    def trade(number: int) -> int:
        skus = ["COFFEE", "MUG"] if number % 2 else ["MUG", "COFFEE"]
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = PlaceOrder(
                channel="web",
                external_ref=f"cart-{number}",
                customer_id=shop.customer_id,
                lines=[WantedLine(sku=sku, quantity=1) for sku in (*skus, skus[0])],
                preferred_locations=[osaka, shop.location_id] if number % 3 else [],
            )
            order_id = placing.place(uow, wanted).order.id
        if number % 4 == 0:
            with runtime.unit_of_work(SYSTEM) as uow:
                cancelling.cancel(uow, order_id, reason="no_longer_needed")
        return order_id

    assert refusals(at_once(16, trade)) == []
    assert audit(runtime.database) == ()


def test_cancelled_by_many_is_cancelled_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)

    def cancel(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return cancelling.cancel(uow, order.id, reason="no_longer_needed").id

    assert len(refusals(at_once(8, cancel))) == 7
    with runtime.database.looking() as session:
        assert [one.amount.minor for one in payments.refunds(session, order.id)] == [2_000]
        (level,) = stock.availability(session, [shop.coffee_id])
    assert (level.on_hand, level.allocated) == (100, 0)
    assert audit(runtime.database) == ()
