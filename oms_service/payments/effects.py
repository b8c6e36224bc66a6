"""Asking providers: what was written down is called with its own key, and the answer is stored."""

from oms_service.infra.subscribers import Outside
from oms_service.orders import queries as order_queries
from oms_service.payments import attempts, queries, refunds, service
from oms_service.payments.attempts import AttemptView, Waiting
from oms_service.payments.events import PaymentRequested, RefundRequested, RefundRetried
from oms_service.payments.states import STORED_VALUE, AttemptState, Purpose, RefundState
from oms_service.ports import payment
from oms_service.ports.payment import BY_HAND, Answer, Bill, Outcome, PaymentProvider


def ask_provider(outside: Outside, event: PaymentRequested) -> None:
    """Ask for an authorization, a charge, a capture or a void.

    Run again, it asks with the same key, so whoever died before the answer was stored gets the
    same answer.
    """
    with outside.unit_of_work() as uow:
        attempt = attempts.one(uow.session, event.attempt_id)
        if attempt.state is not AttemptState.REQUESTED:
            return
        methods = queries.methods_by_id(
            uow.session, [attempt.method_id] if attempt.method_id else []
        )
        bill = Bill(
            amount=attempt.amount,
            token=queries.token(uow.session, attempt.method_id),
            order_number=order_queries.by_id(uow.session, attempt.order_id).number,
            until=attempt.expires_at,
        )
    kind = str(methods[attempt.method_id].kind) if attempt.method_id in methods else BY_HAND
    answer = _ask(payment.provider_for(outside.adapters, kind), attempt, bill)
    with outside.unit_of_work() as uow:
        if answer.outcome is Outcome.DONE:
            attempts.finish(uow, attempt.id, reference=answer.reference)
        elif answer.outcome is Outcome.REFUSED:
            attempts.refuse(uow, attempt.id, answer.refusal, round_=attempt.round)
        else:
            attempts.wait(uow, attempt.id, _waiting(answer), round_=attempt.round)


def pay_refund(outside: Outside, event: RefundRequested) -> None:
    """Pay what is owed. Run again, it pays nothing more: every try carries the refund's own key.

    Whom nobody can pay automatically stays ``requested`` until staff say it is paid.
    """
    _pay(outside, event.refund_id)


def pay_refund_again(outside: Outside, event: RefundRetried) -> None:
    """Pay what was refused before, perhaps another way."""
    _pay(outside, event.refund_id)


def _pay(outside: Outside, refund_id: int) -> None:
    with outside.unit_of_work() as uow:
        refund = queries.refund(uow.session, refund_id)
        if refund.state is not RefundState.REQUESTED:
            return
        known = queries.methods_by_id(uow.session, [refund.method_id] if refund.method_id else [])
        method = known.get(refund.method_id or 0)
        if method is not None and method.kind in STORED_VALUE:
            if method.is_active:
                service.pay_into_balance(uow, refund.id)
            else:
                refunds.fail(uow, refund.id, "method_ended", round_=refund.round)
            return
    kind = str(method.kind) if method and refund.payment_ref else BY_HAND
    answer = payment.provider_for(outside.adapters, kind).refund(
        service.call_key(refund.id, refund.round),
        payment_ref=refund.payment_ref,
        amount=refund.amount,
    )
    with outside.unit_of_work() as uow:
        if answer.outcome is Outcome.DONE:
            service.confirm_paid(uow, refund.id, reference=answer.reference)
        elif answer.outcome is Outcome.REFUSED:
            refunds.fail(uow, refund.id, answer.refusal, round_=refund.round)
        else:
            refunds.wait(
                uow,
                refund.id,
                is_by_hand=answer.is_by_hand,
                reference=answer.reference,
                round_=refund.round,
            )


def _ask(provider: PaymentProvider, attempt: AttemptView, bill: Bill) -> Answer:
    match attempt.purpose:
        case Purpose.AUTHORIZE:
            return provider.authorize(attempt.key, bill)
        case Purpose.CHARGE:
            return provider.charge(attempt.key, bill)
        case Purpose.CAPTURE:
            return provider.capture(
                attempt.key,
                payment_ref=attempt.payment_ref,
                amount=attempt.amount,
                is_final=attempt.is_final,
            )
        case Purpose.VOID:
            return provider.void(attempt.key, payment_ref=attempt.payment_ref)


def _waiting(answer: Answer) -> Waiting:
    return Waiting(
        is_by_hand=answer.is_by_hand,
        reference=answer.reference,
        slip_number=answer.slip_number,
        action_url=answer.action_url,
        expires_at=answer.expires_at,
    )
