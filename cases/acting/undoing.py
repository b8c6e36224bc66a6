"""Calling off what was done from a case: whether that is still possible, and doing it."""

from typing import ClassVar, Final

from sqlalchemy.orm import Session

from cases.acting.queries import ActView
from cases.acting.states import ActKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.operations.placement import holding as keeping
from oms_service.operations.returning import claiming, order_book, remedying, returns
from oms_service.orders import queries as orders
from oms_service.orders.states import HoldReason
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.states import ClaimState, ReturnState

#: Changes are made again, not called off.
_CHANGES: Final = frozenset(
    {
        ActKind.ADDRESS,
        ActKind.ITEMS,
        ActKind.QUANTITY,
        ActKind.DELIVERY,
        ActKind.EXPEDITE,
        ActKind.PAYMENT,
    }
)


class CannotUndo(DomainError):
    """It has had its effect; ``why`` is a code of ``words.WHY_NOT_UNDONE``."""

    code: ClassVar[str] = "cannot-undo"

    def __init__(self, why: str) -> None:
        super().__init__(f"this cannot be called off: {why}")
        self.why = why


def why_not(session: Session, act: ActView, *, by: str) -> str:
    """Why something cannot be called off any more by ``by``; empty where it can."""
    if act.undone_at is not None:
        return "undone"
    if act.kind in {ActKind.REFUND, ActKind.STORE_CREDIT}:
        return _of_refunds(session, act, by)
    if act.kind in {ActKind.HOLD, ActKind.RELEASE}:
        is_held = _reason(act) in _holding(session, act.order_id)
        return "" if is_held is (act.kind is ActKind.HOLD) else "changed_since"
    return _of_goods(session, act)


def undo(uow: UnitOfWork, act: ActView) -> None:
    """Call it off; its order and its case are held.

    Raises:
        CannotUndo: it has had its effect.
    """
    why = why_not(uow.session, act, by=uow.actor.ref)
    if why:
        raise CannotUndo(why)
    match act.kind:
        case ActKind.REFUND | ActKind.STORE_CREDIT:
            for refund_id in act.refund_ids:
                refunds.withdraw(uow, refund_id)
        case ActKind.REPLACEMENT:
            _call_off_replacement(uow, act)
        case ActKind.HOLD:
            keeping.release(uow, act.order_id, _reason(act))
        case ActKind.RELEASE:
            keeping.hold(uow, act.order_id, _reason(act))
        case _:
            if act.return_id is not None:
                _withdraw_return(uow, act.return_id)


def _of_refunds(session: Session, act: ActView, by: str) -> str:
    found = [payments.refund(session, one) for one in act.refund_ids]
    if any(one.state is not RefundState.AWAITING_APPROVAL for one in found):
        return "money_on_its_way"
    return "" if all(one.requested_by == by for one in found) else "not_your_wish"


def _of_goods(session: Session, act: ActView) -> str:
    if act.kind is ActKind.REPLACEMENT:
        return _of_claim(session, act)
    if act.kind in {ActKind.RETURN, ActKind.EXCHANGE}:
        return _of_return(session, act)
    if act.kind is ActKind.CANCEL:
        return "cancelled_for_good"
    return "change_again" if act.kind in _CHANGES else "sent"


def _of_claim(session: Session, act: ActView) -> str:
    if act.claim_id is None:
        return "sent"
    claim = claim_queries.by_id(session, act.claim_id)
    if claim.state is ClaimState.REQUESTED:
        return ""
    if claim.state is not ClaimState.REMEDIED:
        return "" if claim.state is ClaimState.AWAITING_GOODS else "changed_since"
    lines = [
        one for one in orders.lines(session, act.order_id) if order_book.claim_of(one) == claim.id
    ]
    is_here = lines and all(not (one.counters.picked or one.counters.shipped) for one in lines)
    return "" if is_here else "being_sent"


def _of_return(session: Session, act: ActView) -> str:
    if act.return_id is None:
        return "sent"
    found = return_queries.by_id(session, act.return_id)
    if found.state in {ReturnState.REQUESTED, ReturnState.APPROVED}:
        return ""
    return "goods_under_way" if found.is_expected else "changed_since"


def _call_off_replacement(uow: UnitOfWork, act: ActView) -> None:
    if act.claim_id is None:
        raise CannotUndo("sent")
    claim = claim_queries.by_id(uow.session, act.claim_id)
    if claim.state is ClaimState.REMEDIED:
        remedying.call_off_replacement(uow, claim.id)
    elif claim.return_id is not None:
        _withdraw_return(uow, claim.return_id)
    else:
        claiming.withdraw(uow, claim.id, version=None)


def _withdraw_return(uow: UnitOfWork, return_id: int) -> None:
    try:
        returns.withdraw(uow, return_id, version=None)
    except returns.AlreadyRefunded:
        raise CannotUndo("money_on_its_way") from None


def _reason(act: ActView) -> HoldReason:
    return HoldReason(act.facts["reason"])


def _holding(session: Session, order_id: int) -> set[HoldReason]:
    return {one.reason for one in orders.holds(session, order_id) if one.released_at is None}
