"""Cards by a provider: promised, captured, let go, paid back; troubles, repeats, notices."""

from typing import Any

import pytest
from flask import Flask

from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling
from oms_service.operations.money import matching, paying
from oms_service.operations.reconcile import audit
from oms_service.orders.policy import Sums
from oms_service.orders.states import OrderState
from oms_service.payments import attempts, chargebacks, notices
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.attempts import CaptureTooHigh
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import AttemptState, ChargebackState, NoticeState, RefundState
from oms_service.runtime import Runtime
from tests.factories.money import (
    adopt,
    make_card,
    order_paid_by,
    run,
    run_again,
    signed,
)
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.shop import Shop
from tests.fakes.clock import StandingClock
from tests.fakes.stripe_server import DECLINED, NEEDS_CUSTOMER, StripeServer, event

LEAD = Actor(ActorKind.STAFF, "1")


def sums(runtime: Runtime, order: MadeOrder) -> Sums:
    with runtime.database.reading() as connection:
        return payments.sums(connection, order.id)


def states(runtime: Runtime, order: MadeOrder) -> list[tuple[str, str]]:
    with runtime.database.looking() as session:
        return [(one.purpose, one.state) for one in attempts.of_order(session, order.id)]


def paid(runtime: Runtime, shop: Shop, card: str = "pm_4242", **rules: Any) -> MadeOrder:
    """Two coffees by card, the provider asked."""
    with runtime.unit_of_work(SYSTEM) as uow:
        if rules:
            adopt(uow, shop, **rules)
        order = order_paid_by(uow, shop, make_card(uow, shop, card))
    run(runtime)
    return order


def tell(app: Flask, clock: StandingClock, body: bytes) -> int:
    headers = signed(body, int(clock.now().timestamp()))
    return (
        app.test_client().post("/webhooks/payments/stripe", data=body, headers=headers).status_code
    )


def test_a_card_is_charged_once(runtime: Runtime, shop: Shop, stripe: StripeServer) -> None:
    order = paid(runtime, shop)
    assert sums(runtime, order) == Sums(captured=2_000)
    (payment,) = stripe.payments.values()
    assert (payment["amount"], payment["currency"]) == (2_000, "jpy")
    assert payment["metadata"]["order_number"] == order.number
    assert audit(runtime.database) == ()


def test_a_promise_is_captured_at_hand_over(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop, capture="hand_over")
    assert sums(runtime, order) == Sums(authorized=2_000)
    with runtime.unit_of_work(SYSTEM) as uow:
        ship(uow, shop, order)
    run(runtime)
    assert sums(runtime, order) == Sums(authorized=2_000, captured=2_000)
    assert stripe.payments["pi_1"]["status"] == "succeeded"


def test_a_promise_is_captured_at_placement(runtime: Runtime, shop: Shop) -> None:
    order = paid(runtime, shop, capture="placement")
    assert sums(runtime, order) == Sums(authorized=2_000, captured=2_000)


def test_what_is_left_of_a_promise_is_let_go_when_the_order_is_cancelled(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop, capture="manual")
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, order.id, reason="no_longer_needed")
    run(runtime)
    assert sums(runtime, order) == Sums(authorized=2_000, voided=2_000)
    assert stripe.payments["pi_1"]["status"] == "canceled"
    assert audit(runtime.database) == ()


def test_captures_in_parts_never_take_more_than_was_promised(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop, capture="manual")
    with runtime.unit_of_work(LEAD) as uow:
        paying.capture(uow, order.id, Money(1_500, "JPY"), key="a")
        paying.capture(uow, order.id, Money(1_500, "JPY"), key="a")
        with pytest.raises(CaptureTooHigh) as refused:
            paying.capture(uow, order.id, Money(501, "JPY"), key="b")
        paying.capture(uow, order.id, None, key="c")
    assert refused.value.left == Money(500, "JPY")
    run(runtime)
    assert sums(runtime, order) == Sums(authorized=2_000, captured=2_000)
    assert stripe.payments["pi_1"]["amount_received"] == 2_000


def test_a_declined_card_is_a_failed_step_with_its_cause(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop, DECLINED)
    assert sums(runtime, order) == Sums()
    assert states(runtime, order) == [("charge", "refused")]
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert (entry.step, entry.cause) == ("payments.charge", "insufficient_funds")
    with runtime.unit_of_work(LEAD) as uow:
        fallout.retry(uow, entry.id)
    run(runtime)
    keys = [key for _path, key in stripe.calls]
    assert keys == ["attempt:1:1", "attempt:1:2"]
    with runtime.database.looking() as session:
        assert len(fallout.waiting(session)) == 1


@pytest.mark.parametrize("trouble", [409, 429, 500, 503, "hang up"])
def test_after_trouble_the_same_key_is_used_again(
    runtime: Runtime, shop: Shop, stripe: StripeServer, trouble: int | str
) -> None:
    stripe.troubles.append(trouble)
    order = paid(runtime, shop)
    assert sums(runtime, order) == Sums()
    run_again(runtime)
    assert sums(runtime, order) == Sums(captured=2_000)
    assert [key for _path, key in stripe.calls] == ["attempt:1:1", "attempt:1:1"]


def test_an_answer_that_was_lost_is_asked_for_again_and_charges_nothing_more(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    stripe.lose_answers = 1
    order = paid(runtime, shop)
    assert len(stripe.payments) == 1
    assert sums(runtime, order) == Sums()
    run_again(runtime)
    assert len(stripe.payments) == 1
    assert sums(runtime, order) == Sums(captured=2_000)


def test_a_refund_goes_back_to_the_card_in_parts(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop)
    for key in ("a", "b"):
        with runtime.unit_of_work(LEAD) as uow:
            payment_service.request_refund(
                uow,
                WantedRefund(order_id=order.id, amount=Money(700, "JPY"), reason="late", key=key),
            )
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000, refunded=1_400)
    assert [one["amount"] for one in stripe.refunds.values()] == [700, 700]
    assert audit(runtime.database) == ()


def test_a_refused_refund_waits_for_a_person_and_is_paid_at_last(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = paid(runtime, shop)
    stripe.payments["pi_1"]["amount_received"] = 0
    with runtime.unit_of_work(LEAD) as uow:
        (refund,) = payment_service.request_refund(
            uow,
            WantedRefund(order_id=order.id, amount=Money(700, "JPY"), reason="late", key="a"),
        )
    run(runtime)
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
        assert payments.refund(session, refund.id).state is RefundState.FAILED
    assert (entry.step, entry.cause) == ("payments.refund", "charge_already_refunded")
    stripe.payments["pi_1"]["amount_received"] = 2_000
    with runtime.unit_of_work(LEAD) as uow:
        fallout.retry(uow, entry.id)
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000, refunded=700)
    with runtime.database.looking() as session:
        assert fallout.waiting(session) == []


def test_a_customer_who_must_confirm_is_waited_for_until_the_notice_comes(
    app: Flask, runtime: Runtime, shop: Shop, stripe: StripeServer, clock: StandingClock
) -> None:
    order = paid(runtime, shop, NEEDS_CUSTOMER)
    with runtime.database.looking() as session:
        (attempt,) = attempts.of_order(session, order.id)
    assert attempt.state is AttemptState.WAITING
    assert attempt.action_url == "https://bank.example/confirm"
    stripe.payments["pi_1"].update(status="succeeded", amount_received=2_000)
    body = event("payment_intent.succeeded", stripe.payments["pi_1"])
    assert tell(app, clock, body) == 204
    assert tell(app, clock, body) == 204
    again = event("payment_intent.succeeded", stripe.payments["pi_1"], number=2)
    assert tell(app, clock, again) == 204
    assert sums(runtime, order) == Sums(captured=2_000)
    assert audit(runtime.database) == ()


def test_a_notice_may_come_before_its_own_answer(
    app: Flask, runtime: Runtime, shop: Shop, stripe: StripeServer, clock: StandingClock
) -> None:
    stripe.lose_answers = 1
    order = paid(runtime, shop)
    assert tell(app, clock, event("payment_intent.succeeded", stripe.payments["pi_1"])) == 204
    assert sums(runtime, order) == Sums(captured=2_000)
    run_again(runtime)
    assert sums(runtime, order) == Sums(captured=2_000)
    assert states(runtime, order) == [("charge", "done")]


def test_notices_out_of_order_end_in_the_same_books(
    app: Flask, runtime: Runtime, shop: Shop, stripe: StripeServer, clock: StandingClock
) -> None:
    order = paid(runtime, shop, capture="manual")
    with runtime.unit_of_work(LEAD) as uow:
        paying.capture(uow, order.id, None, key="a")
    run(runtime)
    for number, name in enumerate(
        ["payment_intent.succeeded", "payment_intent.amount_capturable_updated"]
    ):
        found = stripe.payments["pi_1"]
        assert tell(app, clock, event(name, found, number=number)) == 204
    assert sums(runtime, order) == Sums(authorized=2_000, captured=2_000)


def unknown(number: str = "", amount: int = 3_000) -> dict[str, Any]:
    return {
        "id": "pi_elsewhere",
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount,
        "currency": "jpy",
        "status": "succeeded",
        "metadata": {"order_number": number},
    }


def test_money_without_an_order_waits_until_it_is_attached(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    assert tell(app, clock, event("payment_intent.succeeded", unknown())) == 204
    with runtime.database.looking() as session:
        (waiting,) = notices.unmatched(session)
        (entry,) = fallout.waiting(session)
    assert (waiting.amount, entry.cause) == (Money(3_000, "JPY"), "money without an order")
    with runtime.unit_of_work(LEAD) as uow:
        order = make_order(uow, shop, is_paid=False)
        matching.attach(uow, waiting.id, order.number)
    assert sums(runtime, order) == Sums(captured=3_000)
    with runtime.database.looking() as session:
        assert notices.unmatched(session) == ()
        assert fallout.waiting(session) == []


def test_money_that_came_before_its_order_finds_it(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    tell(app, clock, event("payment_intent.succeeded", unknown("W-77", 2_000)))
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, number="W-77", is_paid=False)
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000)
    with runtime.database.looking() as session:
        assert notices.unmatched(session) == ()


def test_money_without_an_order_is_sent_back_once(
    app: Flask, runtime: Runtime, shop: Shop, stripe: StripeServer, clock: StandingClock
) -> None:
    stripe.payments["pi_elsewhere"] = unknown()
    tell(app, clock, event("payment_intent.succeeded", unknown()))
    with runtime.unit_of_work(LEAD) as uow:
        (waiting,) = notices.unmatched(uow.session)
        notices.send_back(uow, waiting.id)
    run(runtime)
    assert [one["amount"] for one in stripe.refunds.values()] == [3_000]
    with runtime.database.looking() as session:
        assert notices.one(session, waiting.id).state is NoticeState.SENT_BACK
        assert fallout.waiting(session) == []


def test_money_for_a_cancelled_order_goes_back(
    app: Flask, runtime: Runtime, shop: Shop, stripe: StripeServer, clock: StandingClock
) -> None:
    order = paid(runtime, shop, NEEDS_CUSTOMER)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert cancelling.cancel(uow, order.id, reason="x").order_state is OrderState.CANCELLED
    run(runtime)
    assert states(runtime, order) == [("charge", "ended")]
    stripe.payments["pi_1"].update(status="succeeded", amount_received=2_000)
    tell(app, clock, event("payment_intent.succeeded", stripe.payments["pi_1"]))
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000, refunded=2_000)


def test_a_refund_made_at_the_provider_is_followed(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = paid(runtime, shop)
    found = {
        "id": "re_theirs",
        "payment_intent": "pi_1",
        "amount": 500,
        "currency": "jpy",
        "status": "succeeded",
    }
    assert tell(app, clock, event("refund.created", found)) == 204
    run(runtime)
    assert sums(runtime, order) == Sums(captured=2_000, refunded=500)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_holds_the_money_until_it_is_over(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock, outcome: str
) -> None:
    order = paid(runtime, shop)
    found = {
        "id": "dp_1",
        "payment_intent": "pi_1",
        "amount": 1_500,
        "currency": "jpy",
        "status": "needs_response",
        "reason": "fraudulent",
        "evidence_details": {"due_by": 1795900000},
    }
    tell(app, clock, event("charge.dispute.created", found))
    with runtime.database.looking() as session:
        (dispute,) = chargebacks.undecided(session)
        left = payments.left_by_method(session, order.id)
    assert (dispute.held, sum(one.left_minor for one in left)) == (Money(1_500, "JPY"), 500)
    tell(app, clock, event("charge.dispute.closed", found | {"status": outcome}, number=2))
    back = 1_500 if outcome == "lost" else 0
    assert sums(runtime, order) == Sums(captured=2_000, charged_back=back)
    with runtime.database.looking() as session:
        assert chargebacks.one(session, dispute.id).state is ChargebackState(outcome)
    assert audit(runtime.database) == ()


def test_a_notice_that_nobody_signed_is_refused(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    body = event("payment_intent.succeeded", unknown())
    late = signed(body, int(clock.now().timestamp()) - 301)
    client = app.test_client()
    for headers in ({}, late, {"Stripe-Signature": "t=1,v1=00"}, {"Stripe-Signature": "x"}):
        answer = client.post("/webhooks/payments/stripe", data=body, headers=headers)
        assert (answer.status_code, answer.json and answer.json["code"]) == (401, "bad-signature")
    assert client.post("/webhooks/payments/other", data=body).status_code == 404
    with runtime.database.looking() as session:
        assert notices.unmatched(session) == ()
