"""What becomes of a refund: approved, declined, refused, paid by hand, sent another way."""

from typing import ClassVar

from oms_service.infra import fallout, locks
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, IllegalTransition
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.payments import limits, queries, service
from oms_service.payments.events import RefundDeclined, RefundFailed, RefundRetried
from oms_service.payments.models import Refund
from oms_service.payments.queries import RefundView
from oms_service.payments.service import REFUND_STEP
from oms_service.payments.states import REFUND, RefundAction, RefundState


class SecondPersonNeeded(DomainError):
    """Whoever asked for a refund cannot approve it as well."""

    code: ClassVar[str] = "second-person-needed"


class NotYours(DomainError):
    """Somebody else asked for this refund."""

    code: ClassVar[str] = "not-your-request"


class PaymentUnderWay(DomainError):
    """The provider is being asked just now; what became of it must be known first."""

    code: ClassVar[str] = "payment-under-way"


def approve(uow: UnitOfWork, refund_id: int) -> RefundView:
    """Agree, as a second person, to an amount above the first one's limit; the money is owed now.

    Where the second person has an own limit, it holds for what they agree to as well.

    Raises:
        NotFound: no such refund.
        SecondPersonNeeded: whoever asked for it approves it.
        AboveOwnLimit: it is above the own limit of whoever approves it.
        IllegalTransition: it was decided before.
    """
    row = _held(uow, refund_id)
    state = REFUND.after(row.state, RefundAction.APPROVE)
    _check_another(uow, row)
    limits.check_second(uow, _seen(uow, refund_id))
    _decide(uow, row, state)
    service.tell_requested(uow, _seen(uow, refund_id))
    return _seen(uow, refund_id)


def decline(uow: UnitOfWork, refund_id: int) -> RefundView:
    """Do not agree; nothing is owed, and the amount may be asked for anew.

    Raises:
        NotFound: no such refund.
        SecondPersonNeeded: whoever asked for it declines it.
        IllegalTransition: it was decided before.
    """
    row = _held(uow, refund_id)
    state = REFUND.after(row.state, RefundAction.DECLINE)
    _decide(uow, row, state)
    row.settled_at = uow.now
    uow.emit(RefundDeclined(order_id=row.order_id, refund_id=row.id))
    return _seen(uow, refund_id)


def withdraw(uow: UnitOfWork, refund_id: int) -> RefundView:
    """Take one's own wish back while nobody has agreed to it; nothing is owed then.

    Raises:
        NotFound: no such refund.
        NotYours: somebody else asked for it.
        IllegalTransition: it was decided before, or never waited for anybody.
    """
    row = _held(uow, refund_id)
    state = REFUND.after(row.state, RefundAction.WITHDRAW)
    if row.requested_by != uow.actor.ref:
        raise NotYours("only whoever asked for it takes it back")
    row.state, row.settled_at = state, uow.now
    uow.session.flush()
    uow.touch(f"order:{row.order_id}")
    uow.emit(RefundDeclined(order_id=row.order_id, refund_id=row.id))
    return _seen(uow, refund_id)


def wait(uow: UnitOfWork, refund_id: int, *, is_by_hand: bool, reference: str, round_: int) -> None:
    """The provider has it, or a colleague must pay it; ``round_`` is the try that was answered."""
    row = _held(uow, refund_id)
    if row.round == round_ and row.state is RefundState.REQUESTED:
        row.is_by_hand = is_by_hand
        row.provider_ref = reference[:120] or row.provider_ref
        uow.touch(f"order:{row.order_id}")


def fail(uow: UnitOfWork, refund_id: int, failure: str, *, round_: int | None = None) -> None:
    """The provider will not pay it: the money is still owed, and somebody has to look.

    Args:
        uow: the transaction.
        refund_id: which refund.
        failure: the provider's code.
        round_: the try that was answered; the present one where not given.
    """
    row = _held(uow, refund_id)
    if row.state is not RefundState.REQUESTED or (round_ or row.round) != row.round:
        return
    row.state = REFUND.after(row.state, RefundAction.FAIL)
    row.failure, row.is_by_hand = failure[:60], False
    number = order_queries.by_id(uow.session, row.order_id).number
    fallout.record(
        uow,
        FalloutKind.PAYMENT,
        subject_id=row.id,
        step=REFUND_STEP,
        what=f"refund {row.amount_minor} {row.currency}, {number}",
        cause=row.failure,
        owner="lead",
        attempts=row.round,
    )
    uow.emit(
        RefundFailed(
            order_id=row.order_id,
            refund_id=row.id,
            return_id=row.return_id,
            failure=row.failure,
        )
    )
    uow.touch(f"order:{row.order_id}")


def retry(uow: UnitOfWork, refund_id: int) -> RefundView:
    """Have a refused refund paid anew, the same way, under a new key.

    Raises:
        NotFound: no such refund.
        IllegalTransition: it was not refused, or is paid.
    """
    row = _held(uow, refund_id)
    _again(uow, row, RefundAction.RETRY)
    return _seen(uow, refund_id)


def redirect(uow: UnitOfWork, refund_id: int, *, method_id: int) -> RefundView:
    """Pay it to another method instead: refused ones, and those that wait for a colleague.

    Whether the method may be used is for the caller to ask.

    Raises:
        NotFound: no such refund.
        PaymentUnderWay: a provider has it; only what that becomes tells whether it is paid.
        IllegalTransition: it is paid, declined, or not approved yet.
    """
    row = _held(uow, refund_id)
    if row.state is RefundState.REQUESTED and not row.is_by_hand:
        raise PaymentUnderWay("the provider is paying it")
    row.method_id, row.payment_ref = method_id, ""
    _again(uow, row, RefundAction.REDIRECT)
    return _seen(uow, refund_id)


def confirm_by_hand(uow: UnitOfWork, refund_id: int, *, reference: str = "") -> RefundView:
    """Say that a colleague has paid it; said again, it changes nothing.

    Raises:
        NotFound: no such refund.
        PaymentUnderWay: a provider is paying it.
        IllegalTransition: it is not owed.
    """
    row = _held(uow, refund_id)
    if row.state is RefundState.REQUESTED and not row.is_by_hand:
        raise PaymentUnderWay("the provider is paying it")
    if row.state is RefundState.AWAITING_APPROVAL:
        raise IllegalTransition("refund", row.state, RefundAction.PAY)
    return service.confirm_paid(uow, refund_id, reference=reference)


def _held(uow: UnitOfWork, refund_id: int) -> Refund:
    orders.hold_against_others(uow, queries.refund(uow.session, refund_id).order_id)
    return locks.one(uow.session, Refund, refund_id)


def _decide(uow: UnitOfWork, row: Refund, state: RefundState) -> None:
    _check_another(uow, row)
    row.state, row.decided_by, row.decided_at = state, uow.actor.ref, uow.now
    uow.session.flush()
    uow.touch(f"order:{row.order_id}")


def _check_another(uow: UnitOfWork, row: Refund) -> None:
    if row.requested_by == uow.actor.ref:
        raise SecondPersonNeeded("a second person has to decide this")


def _again(uow: UnitOfWork, row: Refund, action: RefundAction) -> None:
    row.state = REFUND.after(row.state, action)
    row.round += 1
    row.failure, row.is_by_hand, row.provider_ref = "", False, ""
    uow.session.flush()
    fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=row.id, step=REFUND_STEP)
    uow.emit(RefundRetried(order_id=row.order_id, refund_id=row.id, method_id=row.method_id))
    uow.touch(f"order:{row.order_id}")


def _seen(uow: UnitOfWork, refund_id: int) -> RefundView:
    uow.session.flush()
    return queries.refund(uow.session, refund_id)
