"""What payment providers tell: whose money it is, once, in whatever order it is told."""

from typing import Final

from oms_service.infra.intake import Inbound, Reader
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.operations.money import paying
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderPlaced
from oms_service.payments import attempts, chargebacks, notices, refunds
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.attempts import AttemptView
from oms_service.payments.chargebacks import NewChargeback
from oms_service.payments.events import SendBackRequested
from oms_service.payments.notices import NoticeView
from oms_service.payments.queries import RefundView
from oms_service.payments.service import NewEntry, RefundTooHigh, WantedRefund
from oms_service.payments.states import (
    UNDER_WAY,
    ChargebackAction,
    EntryKind,
    NoticeState,
    Purpose,
    RefundState,
)
from oms_service.ports import payment
from oms_service.ports.payment import Outcome, Told, ToldKind
from oms_service.ports.registry import Adapters

#: The kind of source under which bodies of payment providers are kept.
SOURCE: Final = "payments"


def reader(adapters: Adapters) -> Reader:
    """The reader of stored bodies of payment providers."""

    def read(uow: UnitOfWork, inbound: Inbound) -> str | None:
        slug = inbound.source.partition(":")[2]
        told = payment.teller(adapters, slug).read(inbound.body)
        return hear(uow, told, provider=slug, inbound_id=inbound.id)

    return read


def hear(uow: UnitOfWork, told: Told, *, provider: str, inbound_id: int) -> str | None:
    """Do what a notice says; the cause where it has to wait for a person. Again, nothing more."""
    if told.kind is ToldKind.OTHER:
        return None
    seen = notices.note(uow, told, provider=provider, inbound_id=inbound_id)
    if seen.order_id is not None or seen.state not in {NoticeState.APPLIED, NoticeState.UNMATCHED}:
        return None
    order_id = _order_of(uow, told)
    if order_id is None:
        return _without_order(uow, told, seen)
    orders.hold_against_others(uow, order_id)
    cause = _apply(uow, told, order_id, provider)
    if cause is None:
        notices.belongs(uow, seen.id, order_id)
    return cause


def after_placement(uow: UnitOfWork, event: OrderPlaced) -> None:
    """Money that was told of before its order came finds it."""
    order = order_queries.by_id(uow.session, event.order_id)
    waiting = notices.waiting_for(
        uow.session,
        {order.number},
        payment_queries.references(uow.session, event.order_id),
    )
    for one in waiting:
        _take(uow, one, event.order_id)
        notices.belongs(uow, one.id, event.order_id)


def attach(uow: UnitOfWork, notice_id: int, number: str) -> NoticeView:
    """Say which order money without one belongs to; it is captured money of that order then.

    Raises:
        NotFound: no such notice or order.
        Invalid: the order is of another currency.
        IllegalTransition: it has an order already, or goes back.
    """
    order = order_queries.find(uow.session, number)
    orders.hold_against_others(uow, order.id)
    seen = notices.one(uow.session, notice_id)
    if seen.amount.currency != order.total.currency:
        raise Invalid("this order is of another currency", {"number": "is of another currency"})
    attached = notices.attach(uow, notice_id, order.id)
    _take(uow, seen, order.id)
    return attached


def send_back(outside: Outside, event: SendBackRequested) -> None:
    """Pay back money that belongs to no order; every try carries the notice's own key."""
    with outside.unit_of_work() as uow:
        seen = notices.one(uow.session, event.notice_id)
    if seen.state is not NoticeState.SENDING_BACK:
        return
    provider = payment.by_name(outside.adapters, seen.provider)
    answer = provider.refund(seen.key, payment_ref=seen.payment_ref, amount=seen.amount)
    with outside.unit_of_work() as uow:
        if answer.outcome is Outcome.REFUSED:
            notices.not_sent_back(uow, seen.id, round_=seen.round)
        else:
            notices.sent_back(uow, seen.id)


def _order_of(uow: UnitOfWork, told: Told) -> int | None:
    """By the key of our own request, by the payment's name in our books, by the order's number."""
    attempt = _attempt(uow, told)
    if attempt is not None:
        return attempt.order_id
    refund = _refund(uow, told)
    if refund is not None:
        return refund.order_id
    known = payment_queries.order_by_reference(uow.session, told.payment_ref)
    if known is not None or not told.order_hint:
        return known
    try:
        found = order_queries.find(uow.session, told.order_hint)
    except NotFound:
        return None
    return found.id if found.number == told.order_hint else None


def _attempt(uow: UnitOfWork, told: Told) -> AttemptView | None:
    if told.key.startswith("attempt:"):
        found = attempts.of_call(uow.session, told.key)
        if found is not None:
            return found
    asked = attempts.by_reference(uow.session, told.payment_ref)
    paying_ones = {Purpose.AUTHORIZE, Purpose.CHARGE}
    return next((one for one in asked if one.purpose in paying_ones), None)


def _refund(uow: UnitOfWork, told: Told) -> RefundView | None:
    if told.key.startswith("refund:"):
        number = told.key.split(":")[1]
        if number.isascii() and number.isdigit() and len(number) < 19:  # noqa: PLR2004 - an int8
            return payment_queries.refund_or_none(uow.session, int(number))
    return next(iter(payment_queries.refunds_by_reference(uow.session, told.subject_ref)), None)


def _without_order(uow: UnitOfWork, told: Told, seen: NoticeView) -> str | None:
    """Only money that was taken matters where no order is known; a promise ends by itself."""
    if told.kind not in {ToldKind.CAPTURED, ToldKind.DISPUTE_OPENED}:
        return None
    if told.kind is ToldKind.CAPTURED:
        notices.leave_unmatched(uow, seen.id)
    return "money without an order"


def _apply(uow: UnitOfWork, told: Told, order_id: int, provider: str) -> str | None:
    match told.kind:
        case ToldKind.AUTHORIZED | ToldKind.CAPTURED:
            _money(uow, told, order_id)
        case ToldKind.REFUSED:
            attempt = _attempt(uow, told)
            if attempt is not None:
                attempts.refuse(uow, attempt.id, told.reason, round_=attempt.round)
        case ToldKind.RELEASED:
            _released(uow, told, order_id, provider)
        case ToldKind.REFUND_PAID | ToldKind.REFUND_FAILED:
            return _money_back(uow, told, order_id, provider)
        case _:
            _dispute(uow, told, order_id, provider)
    return None


def _money(uow: UnitOfWork, told: Told, order_id: int) -> None:
    """Finish what we asked for; what was captured beyond that, we did not ask for, and it came."""
    is_captured = told.kind is ToldKind.CAPTURED
    attempt = _attempt(uow, told)
    if attempt is not None and (is_captured or attempt.purpose is Purpose.AUTHORIZE):
        attempts.finish(uow, attempt.id, reference=told.payment_ref)
    if not is_captured:
        return
    uow.session.flush()
    known = payment_queries.captured_of(uow.session, order_id, told.payment_ref)
    for one in attempts.of_order(uow.session, order_id):
        is_ours = one.purpose is Purpose.CAPTURE and one.payment_ref == told.payment_ref
        if is_ours and one.state in UNDER_WAY and known + one.amount.minor <= told.amount.minor:
            attempts.finish(uow, one.id, reference=told.payment_ref)
            known += one.amount.minor
    if told.amount.minor > known:
        more = Money(told.amount.minor - known, told.amount.currency)
        _record(uow, order_id, told.payment_ref, more, told)


def _released(uow: UnitOfWork, told: Told, order_id: int, provider: str) -> None:
    """The provider let promised money go, or a payment was given up."""
    for one in attempts.of_order(uow.session, order_id):
        named = told.payment_ref in {one.payment_ref, one.provider_ref}
        if named and one.purpose is Purpose.VOID and one.state in UNDER_WAY:
            attempts.finish(uow, one.id, reference=told.payment_ref)
        elif named and one.purpose is not Purpose.VOID:
            attempts.end_if_waiting(uow, one.id, reason="released")
    uow.session.flush()
    for left in payment_queries.authorizations(uow.session, order_id):
        if left.payment_ref == told.payment_ref:
            payments.record(
                uow,
                NewEntry(
                    order_id=order_id,
                    kind=EntryKind.VOIDED,
                    amount=Money(left.left_minor, told.amount.currency),
                    key=f"{provider}:{told.event_id}",
                    method_id=left.method_id,
                    provider_ref=told.payment_ref,
                ),
            )
    payments.rederive(uow, order_id)


def _money_back(uow: UnitOfWork, told: Told, order_id: int, provider: str) -> str | None:
    refund = _refund(uow, told)
    if told.kind is ToldKind.REFUND_PAID:
        if refund is None:
            return _refund_of_theirs(uow, told, order_id, provider)
        if refund.state is not RefundState.DECLINED:
            payments.confirm_paid(uow, refund.id, reference=told.subject_ref)
        return None
    if refund is None or refund.state is RefundState.PAID:
        return "refund came back from the bank"
    refunds.fail(uow, refund.id, told.reason or "failed")
    return None


def _refund_of_theirs(uow: UnitOfWork, told: Told, order_id: int, provider: str) -> str | None:
    """Somebody paid money back on the provider's own pages: our books follow."""
    wanted = WantedRefund(
        order_id=order_id,
        amount=told.amount,
        reason="at_the_provider",
        key=f"{provider}:{told.subject_ref}",
        method_id=payment_queries.method_of(uow.session, order_id, told.payment_ref),
    )
    try:
        with uow.session.begin_nested():
            made = payments.request_refund(uow, wanted)
    except RefundTooHigh:
        return "refund above what was paid"
    for one in made:
        payments.confirm_paid(uow, one.id, reference=told.subject_ref)
    return None


def _dispute(uow: UnitOfWork, told: Told, order_id: int, provider: str) -> None:
    """A dispute may be told of as decided before it is told of as opened."""
    opened = chargebacks.open_one(
        uow,
        NewChargeback(
            order_id=order_id,
            amount=told.amount,
            reason=told.reason,
            key=f"{provider}:{told.subject_ref}"[: attempts.LONGEST_KEY],
            method_id=payment_queries.method_of(uow.session, order_id, told.payment_ref),
            provider_ref=told.subject_ref,
            evidence_due_at=told.due_at,
        ),
    )
    if told.kind is not ToldKind.DISPUTE_OPENED:
        won = told.kind is ToldKind.DISPUTE_WON
        chargebacks.settle(uow, opened.id, ChargebackAction.WIN if won else ChargebackAction.LOSE)


def _take(uow: UnitOfWork, seen: NoticeView, order_id: int) -> None:
    """Write unmatched money into an order's ledger, less what stands there under its name."""
    orders.hold_against_others(uow, order_id)
    uow.session.flush()
    known = payment_queries.captured_of(uow.session, order_id, seen.payment_ref)
    if seen.amount.minor > known:
        _record(
            uow,
            order_id,
            seen.payment_ref,
            Money(seen.amount.minor - known, seen.amount.currency),
            seen,
        )


def _record(
    uow: UnitOfWork, order_id: int, payment_ref: str, amount: Money, of: Told | NoticeView
) -> None:
    payments.record(
        uow,
        NewEntry(
            order_id=order_id,
            kind=EntryKind.CAPTURED,
            amount=amount,
            key=f"told:{payment_ref}:{of.event_id}"[:120],
            method_id=payment_queries.method_of(uow.session, order_id, payment_ref),
            provider_ref=payment_ref,
            at=of.occurred_at,
        ),
    )
    payments.rederive(uow, order_id)
    paying.send_back_if_cancelled(uow, order_id, key=f"told:{of.event_id}"[:60])
