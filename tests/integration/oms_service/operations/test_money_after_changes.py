"""Money that comes when the order it was asked for costs something else by now."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.money import paying
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import exchanging
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.policy import Sums
from oms_service.orders.states import PaymentState
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments import service as ledger
from oms_service.payments.attempts import WantedAttempt
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import MethodKind, Purpose
from oms_service.runtime import Runtime
from tests.factories.coming_back import TEXT, adopt_exchanges, make_sibling
from tests.factories.money import adopt, make_balance, make_card, make_method, order_paid_by, run
from tests.factories.orders import MadeOrder, deliver, make_order, pay, ship
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=10)
        make_sibling(uow, made, "SMALL", price=600)
        rules = {"cancel": {"in_part": True, "partly_shipped": True}}
        change_rules.adopt(uow, channel_id=made.channel_id, rules=rules, text=TEXT)
        adopt_exchanges(uow, made, sends="at_once", settles="at_once")
    return made


def cancel(runtime: Runtime, order: MadeOrder, units: Mapping[int, int]) -> None:
    wish = CallOff(reason="no_longer_needed", lines=dict(units))
    with runtime.unit_of_work(staff(1)) as uow:
        changing.request(uow, Wanted(order_id=order.id, wish=wish, channel="desk", key="c"))
    run(runtime)


def pay_slip(runtime: Runtime, order: MadeOrder, reference: str = "slip") -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        slip = attempts.of_order(uow.session, order.id)[0]
        attempts.finish(uow, slip.id, reference=reference)
    run(runtime)


def money_of(runtime: Runtime, order: MadeOrder) -> tuple[int, Sums, list[tuple[int, str]]]:
    with runtime.database.reading() as connection:
        return (
            orders.by_id(connection, order.id).total.minor,
            payments.sums(connection, order.id),
            [(one.amount.minor, one.reason) for one in payments.refunds(connection, order.id)],
        )


def test_the_old_slip_paid_after_part_was_cancelled_is_paid_back_in_part(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI), 3_000)
    run(runtime)
    cancel(runtime, order, {order.line_ids[0]: 1})
    pay_slip(runtime, order)
    assert money_of(runtime, order) == (2_000, Sums(captured=3_000), [(1_000, "paid_too_much")])
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).payment_state is PaymentState.PAID
    assert audit(runtime.database) == ()


def test_more_captured_than_the_order_costs_goes_back(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, capture="manual")
        order = order_paid_by(uow, shop, make_card(uow, shop), 3_000)
    run(runtime)
    pay_slip(runtime, order, "pi_1")
    cancel(runtime, order, {order.line_ids[0]: 2})
    with runtime.unit_of_work(staff(1)) as uow:
        (taken,) = paying.capture(uow, order.id, None, key="all")
    with runtime.unit_of_work(SYSTEM) as uow:
        attempts.finish(uow, taken.id)
    run(runtime)
    total, sums, back = money_of(runtime, order)
    assert (total, sums.captured, back) == (1_000, 3_000, [(2_000, "paid_too_much")])
    assert audit(runtime.database) == ()


def test_a_cheaper_exchange_is_settled_out_of_what_was_not_taken_yet(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, capture="hand_over")
        order = make_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, is_paid=False)
        card = make_card(uow, shop)
        slip = make_method(uow, shop, MethodKind.KONBINI)
        pay(uow, order.id, Money(1_000, "JPY"), method_id=slip)
        sent = ship(uow, shop, replace(order, line_ids=order.line_ids[:1]))
        deliver(uow, sent, clock.now())
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        asked = attempts.begin(
            uow,
            WantedAttempt(
                order_id=order.id,
                purpose=Purpose.AUTHORIZE,
                amount=Money(2_500, "JPY"),
                method_id=card,
                reason="order_placed",
                key="rest",
            ),
        )
        attempts.finish(uow, asked.id, reference="pi_2")
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id,
                swaps=[WantedSwap(line_id=order.line_ids[0], sku="SMALL", quantity=1)],
                channel="desk",
                key="x",
            ),
        )
    assert money_of(runtime, order)[2] == []
    for line_id in (new_line(runtime, order), order.line_ids[1]):
        with runtime.unit_of_work(SYSTEM) as uow:
            ship(uow, shop, replace(order, line_ids=(line_id,)))
        run(runtime)
    with runtime.database.looking() as session:
        taken = [
            one.amount.minor
            for one in attempts.of_order(session, order.id)
            if one.purpose is Purpose.CAPTURE
        ]
    assert (taken, money_of(runtime, order)[0]) == ([2_100], 3_100)


def new_line(runtime: Runtime, order: MadeOrder) -> int:
    with runtime.database.looking() as session:
        return orders.lines(session, order.id)[-1].id


def test_a_refund_said_to_be_paid_is_in_the_balance_it_is_owed_to(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        gift = make_balance(uow, shop, 5_000)
        order = order_paid_by(uow, shop, gift, 2_000)
        (owed,) = ledger.request_refund(
            uow,
            WantedRefund(order_id=order.id, amount=Money(700, "JPY"), reason="late", key="r"),
        )
        ledger.confirm_paid(uow, owed.id)
    run(runtime)
    with runtime.database.reading() as connection:
        assert payments.methods_by_id(connection, [gift])[gift].balance_minor == 3_700
    assert audit(runtime.database) == ()
