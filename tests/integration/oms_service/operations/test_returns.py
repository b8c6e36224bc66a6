"""Returns: asked for, decided, received, paid back; and every refusal changes nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from oms_service import relay as process
from oms_service.infra import relay
from oms_service.infra.outbox import EffectRow, OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.money import Money
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import receiving, returns
from oms_service.operations.returning.returns import Refused, Requested, Wanted, WantedLine
from oms_service.operations.rules import policy
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.states import PaymentState
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.states import MethodKind, RefundState
from oms_service.returns import queries
from oms_service.returns.service import AlreadyDecided, Arrived
from oms_service.returns.states import Disposition, ReturnReason, ReturnState
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_delivered_order, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.queries import counted

RULES = {"window_days": 30, "fee_minor": 500, "approval": "at_once"}


def adopt(uow: UnitOfWork, shop: Shop, rules: Mapping[str, Any] = RULES) -> None:
    policy.adopt(
        uow, channel_id=shop.channel_id, rules=rules, text={"ja": "返品特約", "en": "Terms"}
    )


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt(uow, made)
    return made


def delivered(runtime: Runtime, shop: Shop, **given: Any) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_delivered_order(uow, shop, **given)
    process.drain(runtime)
    return made


def wish(
    order: MadeOrder,
    quantity: int = 1,
    reason: ReturnReason = ReturnReason.CHANGED_MIND,
    *,
    key: str = "k1",
    **given: Any,
) -> Wanted:
    line = WantedLine(line_id=order.line_ids[0], quantity=quantity, reason=reason)
    return Wanted(order_id=order.id, lines=[line], channel="webchat", key=key, **given)


def ask(runtime: Runtime, wanted: Wanted) -> Requested:
    with runtime.unit_of_work(customer(1)) as uow:
        return returns.request(uow, wanted)


def emitted(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def counters(runtime: Runtime, order: MadeOrder) -> tuple[int, int, int]:
    with runtime.database.reading() as connection:
        now = orders.lines(connection, order.id)[0].counters
    return now.return_requested, now.returned, now.refunded


def pay_effects(runtime: Runtime) -> None:
    process.drain(runtime)
    with runtime.database.looking() as session:
        waiting = session.scalars(select(EffectRow.id)).all()
    for effect in waiting:
        relay.run_effect(runtime.tools, effect)
    process.drain(runtime)


def test_allowed_at_once_is_approved_in_the_same_breath(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    made = ask(runtime, wish(order))
    assert made.outcome is Outcome.AT_ONCE
    assert (made.view.state, made.view.decided_by) == (ReturnState.APPROVED, "system")
    assert (made.view.refund, made.view.fee) == (Money(500, "JPY"), Money(500, "JPY"))
    assert counters(runtime, order) == (1, 0, 0)


def test_asking_twice_is_one_return(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    first = ask(runtime, wish(order))
    told = emitted(runtime)
    assert ask(runtime, wish(order)) == first
    assert (emitted(runtime), counters(runtime, order)) == (told, (1, 0, 0))


def test_a_closed_window_refuses_and_changes_nothing(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop, days_ago=31)
    told = emitted(runtime)
    with pytest.raises(Refused) as refused:
        ask(runtime, wish(order))
    (cause,) = refused.value.decision.causes
    assert cause.code is Code.WINDOW_CLOSED
    assert (emitted(runtime), counters(runtime, order)) == (told, (0, 0, 0))


def test_a_fault_has_no_window_and_no_fee(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop, days_ago=400)
    made = ask(runtime, wish(order, 2, ReturnReason.DEFECTIVE))
    assert (made.outcome, made.view.refund.minor) == (Outcome.AT_ONCE, 2_000)


def test_without_a_policy_a_person_decides(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, make_shop(uow))
    made = ask(runtime, wish(order))
    assert (made.outcome, made.view.state) == (Outcome.PERSON, ReturnState.REQUESTED)
    assert made.view.referred_by_rule == "no_policy"


def test_a_unit_cannot_be_announced_twice(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    ask(runtime, wish(order, 2))
    with pytest.raises(Refused):
        ask(runtime, wish(order, 1, key="k2"))
    assert counters(runtime, order) == (2, 0, 0)


def test_another_orders_line_is_refused_by_name(runtime: Runtime, shop: Shop) -> None:
    order, other = delivered(runtime, shop), delivered(runtime, shop)
    line = WantedLine(line_id=other.line_ids[0], quantity=1, reason=ReturnReason.OTHER)
    with pytest.raises(Invalid) as wrong, runtime.database.looking() as session:
        returns.preview(session, order.id, [line], now=runtime.clock.now())
    assert wrong.value.fields == {"lines[0]": "is not a line of this order"}


def test_what_was_confirmed_must_still_hold(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    wanted = wish(order)
    with runtime.database.looking() as session:
        seen = returns.preview(session, order.id, wanted.lines, now=runtime.clock.now())
    assert (seen.refund.minor, seen.method) == (500, "original_payment")
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, {**RULES, "fee_minor": 600})
    with pytest.raises(Stale):
        ask(runtime, wish(order, digest=seen.digest))
    assert counters(runtime, order) == (0, 0, 0)


def test_a_confirmed_preview_leaves_refused_lines_out(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, {**RULES, "excluded_categories": ["kitchen"]})
    order = delivered(runtime, shop, items={"COFFEE": 1, "MUG": 1})
    lines = [
        WantedLine(line_id=line_id, quantity=1, reason=ReturnReason.CHANGED_MIND)
        for line_id in order.line_ids
    ]
    with runtime.database.looking() as session:
        seen = returns.preview(session, order.id, lines, now=runtime.clock.now())
    assert [line.outcome for line in seen.decision.lines] == [Outcome.AT_ONCE, Outcome.REFUSED]
    both = Wanted(order_id=order.id, lines=lines, channel="webchat", key="k")
    with pytest.raises(Refused):
        ask(runtime, both)
    confirmed = Wanted(
        order_id=order.id, lines=lines, channel="webchat", key="k", digest=seen.digest
    )
    assert [line.order_line_id for line in ask(runtime, confirmed).view.lines] == [
        order.line_ids[0]
    ]


def needs_person(runtime: Runtime, shop: Shop) -> tuple[MadeOrder, Requested]:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, {**RULES, "approval": "person"})
    order = delivered(runtime, shop)
    return order, ask(runtime, wish(order))


def test_a_second_press_says_who_decided(runtime: Runtime, shop: Shop) -> None:
    _, made = needs_person(runtime, shop)
    assert made.outcome is Outcome.PERSON
    with runtime.unit_of_work(staff(1)) as uow:
        approved = returns.approve(
            uow, made.view.id, version=made.view.version, givers={Giver.LEAD}
        )
    assert (approved.state, approved.version) == (ReturnState.APPROVED, 2)
    told = emitted(runtime)
    with pytest.raises(AlreadyDecided) as second, runtime.unit_of_work(staff(2)) as uow:
        returns.reject(uow, made.view.id, version=made.view.version)
    assert (second.value.decided_by, second.value.state) == ("staff:1", ReturnState.APPROVED)
    assert emitted(runtime) == told


def test_an_old_version_is_refused(runtime: Runtime, shop: Shop) -> None:
    _, made = needs_person(runtime, shop)
    with pytest.raises(Stale), runtime.unit_of_work(staff(1)) as uow:
        returns.approve(uow, made.view.id, version=made.view.version + 1, givers={Giver.LEAD})
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, made.view.id).state is ReturnState.REQUESTED


def test_a_rejected_unit_may_be_asked_for_again(runtime: Runtime, shop: Shop) -> None:
    order, made = needs_person(runtime, shop)
    with runtime.unit_of_work(staff(1)) as uow:
        returns.reject(uow, made.view.id, version=1, note="used")
    assert counters(runtime, order) == (0, 0, 0)
    assert ask(runtime, wish(order, 2, key="k2")).view.state is ReturnState.REQUESTED


def test_received_goods_are_back_on_the_shelf_and_their_money_is_owed(
    runtime: Runtime, shop: Shop
) -> None:
    order = delivered(runtime, shop)
    made = ask(runtime, wish(order, 2))
    with runtime.unit_of_work(staff(1)) as uow:
        receiving.receive(uow, made.view.id, version=made.view.version)
    with runtime.database.reading() as connection:
        (level,) = stock.availability(connection, [shop.coffee_id])
        (refund,) = payments.refunds(connection, order.id)
    assert (level.on_hand, level.allocated) == (100, 0)
    assert (refund.amount.minor, refund.state) == (1_500, RefundState.REQUESTED)
    assert counters(runtime, order) == (0, 2, 0)
    pay_effects(runtime)
    with runtime.database.reading() as connection:
        assert payments.refund(connection, refund.id).state is RefundState.REQUESTED

    with runtime.unit_of_work(staff(1)) as uow:
        payment_service.confirm_paid(uow, refund.id)
    told = emitted(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        payment_service.confirm_paid(uow, refund.id)
    assert emitted(runtime) == told
    process.drain(runtime)
    with runtime.database.reading() as connection:
        order_now = orders.by_id(connection, order.id)
    assert order_now.payment_state is PaymentState.PARTIALLY_REFUNDED
    assert counters(runtime, order) == (0, 2, 2)
    assert audit(runtime.database) == ()


def test_stored_value_is_paid_at_once_and_once(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = payment_service.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift-1",
            currency="JPY",
        )
        payment_service.change_balance(uow, card, Money(5_000, "JPY"), cause="gift", key="open")
    order = delivered(runtime, shop, method_id=card)

    def balance() -> int | None:
        with runtime.database.reading() as connection:
            return payments.methods_by_id(connection, [card])[card].balance_minor

    assert balance() == 3_000
    made = ask(runtime, wish(order, 2, ReturnReason.DAMAGED))
    with runtime.unit_of_work(staff(1)) as uow:
        receiving.receive(uow, made.view.id, version=made.view.version)
    pay_effects(runtime)
    pay_effects(runtime)
    assert balance() == 5_000
    with runtime.database.reading() as connection:
        (level,) = stock.availability(connection, [shop.coffee_id])
        assert (level.on_hand, level.quality_control) == (98, 2)
        assert orders.by_id(connection, order.id).payment_state is PaymentState.REFUNDED
    assert audit(runtime.database) == ()


def test_what_did_not_come_is_not_refunded(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop, items={"COFFEE": 3})
    made = ask(runtime, wish(order, 3, ReturnReason.DAMAGED))
    came = {order.line_ids[0]: Arrived(quantity=1, disposition=Disposition.DISCARD)}
    with runtime.unit_of_work(staff(1)) as uow:
        receiving.receive(uow, made.view.id, version=made.view.version, arrived=came)
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert refund.amount.minor == 1_000
    assert counters(runtime, order) == (0, 1, 0)
    assert audit(runtime.database) == ()


def test_more_than_announced_is_refused(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    made = ask(runtime, wish(order))
    came = {order.line_ids[0]: Arrived(quantity=2, disposition=Disposition.RESTOCK)}
    with pytest.raises(Invalid), runtime.unit_of_work(staff(1)) as uow:
        receiving.receive(uow, made.view.id, version=made.view.version, arrived=came)
    assert counters(runtime, order) == (1, 0, 0)


def test_returnable_lines_say_what_stands_against_them_in_ten_queries(
    runtime: Runtime, shop: Shop
) -> None:
    order = delivered(runtime, shop, items={"COFFEE": 2, "MUG": 1}, days_ago=40)
    with runtime.database.looking() as session, counted(runtime.database) as sent:
        found = returns.returnable_lines(session, order.id, now=runtime.clock.now())
    assert len(sent) <= 10
    assert [(one.quantity, one.cause.code if one.cause else None) for one in found] == [
        (2, Code.WINDOW_CLOSED),
        (1, Code.WINDOW_CLOSED),
    ]


def test_somebody_elses_gift_card_is_refused(runtime: Runtime, shop: Shop) -> None:
    order = delivered(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.com")
        card = payment_service.add_method(
            uow, customer_id=other, kind=MethodKind.GIFT_CARD, token="g", currency="JPY"
        )
    with pytest.raises(Invalid):
        ask(runtime, wish(order, refund_method_id=card))
    assert counters(runtime, order) == (0, 0, 0)


def test_an_unknown_order_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound), runtime.database.looking() as session:
        returns.returnable_lines(session, 1, now=runtime.clock.now())


def test_nothing_paid_means_nothing_to_refund(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, is_paid=False)
    with runtime.database.looking() as session:
        line = wish(order).lines[0]
        seen = returns.preview(session, order.id, [line], now=runtime.clock.now())
    assert (seen.decision.outcome, seen.refund.minor) == (Outcome.REFUSED, 0)
