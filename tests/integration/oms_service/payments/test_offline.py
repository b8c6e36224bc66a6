"""Slips, cash at the door, balances: payments that no machine of a provider answers for."""

import pytest

from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import paying, settling
from oms_service.operations.money.settling import CannotSettle
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.eligibility import Code
from oms_service.orders import queries as orders
from oms_service.orders.policy import Sums
from oms_service.orders.states import OrderState
from oms_service.payments import attempts, gift_cards
from oms_service.payments import queries as payments
from oms_service.payments.gift_cards import NewCard, NoSuchCard
from oms_service.payments.service import NotEnoughBalance
from oms_service.payments.states import AttemptState, MethodKind
from oms_service.ports.carrier import CarrierStatus
from oms_service.runtime import Runtime
from oms_service.shipping.events import ParcelScanned
from tests.factories.money import make_balance, make_card, make_method, order_paid_by, run
from tests.factories.orders import MadeOrder, deliver, make_order, ship
from tests.factories.shop import Shop, make_customer
from tests.fakes.clock import StandingClock

YEN_500 = Money(500, "JPY")


def sums(runtime: Runtime, order: MadeOrder) -> Sums:
    with runtime.database.reading() as connection:
        return payments.sums(connection, order.id)


def test_a_slip_that_nobody_pays_ends_and_calls_the_order_off(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI))
    run(runtime)
    clock.advance(days=2, hours=23)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert paying.end_overdue(uow) == 0
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert paying.end_overdue(uow) == 1
    run(runtime)
    with runtime.database.looking() as session:
        order_now = orders.by_id(session, order.id)
        (slip,) = attempts.of_order(session, order.id)
    assert (order_now.order_state, slip.state) == (OrderState.CANCELLED, AttemptState.ENDED)
    with runtime.unit_of_work(SYSTEM) as uow:
        attempts.finish(uow, slip.id)
    run(runtime)
    with runtime.database.reading() as connection:
        (late,) = payments.refunds(connection, order.id)
    assert (late.amount, late.reason) == (Money(2_000, "JPY"), "paid_after_cancelling")
    assert audit(runtime.database) == ()


def test_cash_at_the_door_is_received_when_all_is_delivered(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.CASH_ON_DELIVERY))
    run(runtime)
    assert sums(runtime, order) == Sums()
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, ship(uow, shop, order), clock.now())
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000)


def test_a_parcel_that_goes_back_was_not_paid_at_the_door(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.CASH_ON_DELIVERY))
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        event = ParcelScanned(
            order_id=order.id,
            parcel_id=1,
            scan_id=1,
            status=CarrierStatus.RETURNING,
            occurred_at=uow.now.isoformat(),
            is_newest=True,
        )
        paying.after_scan(uow, event)
        (asked,) = attempts.of_order(uow.session, order.id)
    assert asked.state is AttemptState.ENDED


def test_a_difference_is_taken_from_a_balance_once(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card, order = make_balance(uow, shop, 700), make_order(uow, shop)
        for _again in range(2):
            settling.settle(uow, order.id, YEN_500, method_id=card, key="c", reason="x")
        settling.settle(uow, order.id, -YEN_500, method_id=card, key="d", reason="x")
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_500, refunded=500)
    with runtime.database.reading() as connection:
        assert payments.methods_by_id(connection, [card])[card].balance_minor == 700
    assert audit(runtime.database) == ()


def test_a_balance_that_is_too_low_pays_nothing(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card, order = make_balance(uow, shop, 499), make_order(uow, shop)
        cause = settling.objection(uow.session, order.id, YEN_500, card)
    assert cause is not None
    assert cause.code is Code.BALANCE_TOO_LOW
    with pytest.raises(NotEnoughBalance), runtime.unit_of_work(SYSTEM) as uow:
        settling.settle(uow, order.id, YEN_500, method_id=card, key="c", reason="x")
    assert sums(runtime, order) == Sums(captured=2_000)


def test_somebody_elses_method_is_refused(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_card(uow, shop)
        order = make_order(uow, shop, customer_id=make_customer(uow, "else@example.jp"))
    with pytest.raises(CannotSettle) as refused, runtime.unit_of_work(SYSTEM) as uow:
        settling.settle(uow, order.id, YEN_500, method_id=card, key="c", reason="x")
    assert refused.value.cause.code is Code.METHOD_NOT_YOURS
    with runtime.database.looking() as session:
        assert attempts.of_order(session, order.id) == ()


def test_a_card_charge_waits_for_a_colleague_where_no_provider_serves_it(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        paypal = make_method(uow, shop, MethodKind.PAYPAL)
        order = order_paid_by(uow, shop, paypal)
    run(runtime)
    with runtime.database.looking() as session:
        (asked,) = attempts.of_order(session, order.id)
        assert fallout.waiting(session) == []
    assert (asked.state, asked.is_by_hand) == (AttemptState.WAITING, True)


def test_a_gift_card_ends_with_its_balance(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        codes = []
        for key in ("used", "unused"):
            until = uow.now.replace(year=2027)
            new = NewCard(amount=Money(3_000, "JPY"), cause="sale", key=key, expires_at=until)
            codes.append(gift_cards.issue(uow, new, secret="s").code)
            assert gift_cards.issue(uow, new, secret="s").code == codes[-1]
        gift_cards.claim(uow, gift_cards.shown(codes[0]).lower(), customer_id=shop.customer_id)
        gift_cards.claim(uow, codes[0], customer_id=shop.customer_id)
    with runtime.database.reading() as connection:
        (held,) = payments.methods(connection, shop.customer_id)
    assert held.balance_minor == 3_000
    clock.advance(days=366)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert gift_cards.expire(uow) == 2
    with runtime.unit_of_work(SYSTEM) as uow:
        assert gift_cards.expire(uow) == 0
        assert payments.methods(uow.session, shop.customer_id) == ()
        with pytest.raises(NoSuchCard):
            gift_cards.claim(uow, codes[1], customer_id=shop.customer_id)
    assert audit(runtime.database) == ()


@pytest.mark.parametrize("typed", ["", "AAAA", "é" * 16, "2" * 400, "A1OI-LLLL-2222-2222"])
def test_what_cannot_be_a_code_is_refused(runtime: Runtime, typed: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(DomainError):
        gift_cards.claim(uow, typed, customer_id=1)
