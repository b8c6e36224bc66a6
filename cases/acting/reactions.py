"""What cases do when money or changes go another way than whoever asked for them thought."""

from typing import Final

from cases import deciding, holding, opening, queries
from cases import service as working
from cases.acting import queries as acts
from cases.acting import referred
from cases.acting.queries import ActView
from cases.events import CaseAppended
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeView
from oms_service.orders.events import (
    OrderCancelled,
    OrderChangeClosed,
    OrderChanged,
    OrderChangeProposed,
)
from oms_service.orders.states import ChangeKind, ChangeState
from oms_service.payments import queries as payments
from oms_service.payments.events import (
    RefundDeclined,
    RefundFailed,
    RefundPaid,
    RefundRequested,
)
from oms_service.payments.queries import RefundView

#: Under which reason money that does not go back is.
REFUND: Final = "refund"
#: What refunds of claims say they are for.
_OF_CLAIMS: Final = "claim"


def change_referred(uow: UnitOfWork, event: OrderChangeProposed) -> None:
    """A wish that policy leaves to a person waits for one, unless it does, or was decided."""
    change = changes.by_id(uow.session, event.change_id)
    if not event.failed_rule or not change.is_open:
        return
    if queries.carrying(uow.session, change.order_id, "change", str(change.position)) is None:
        referred.open_for_change(uow, change)


def change_made(uow: UnitOfWork, event: OrderChanged) -> None:
    _settle_wish(uow, changes.by_id(uow.session, event.change_id))


def order_cancelled(uow: UnitOfWork, event: OrderCancelled) -> None:
    """A wish to call the whole order off has come true."""
    for change in changes.of_order(uow.session, event.order_id):
        if change.kind is ChangeKind.CANCEL and change.state is ChangeState.CONFIRMED:
            _settle_wish(uow, change)


def change_closed(uow: UnitOfWork, event: OrderChangeClosed) -> None:
    _settle_wish(uow, changes.by_id(uow.session, event.change_id))


def refund_agreed(uow: UnitOfWork, event: RefundRequested) -> None:
    """A second person agreed: the case says so."""
    refund = payments.refund(uow.session, event.refund_id)
    act = acts.of_refund(uow.session, refund.id)
    if act is not None and refund.decided_by is not None:
        _write(uow, act, refund, "refund_agreed")


def refund_paid(uow: UnitOfWork, event: RefundPaid) -> None:
    refund = payments.refund(uow.session, event.refund_id)
    act = acts.of_refund(uow.session, refund.id)
    if act is not None:
        _write(uow, act, refund, "refund_arrives")


def refund_declined(uow: UnitOfWork, event: RefundDeclined) -> None:
    """Money that was to go back does not: the case that asked goes on, or somebody looks anew.

    Whoever took their own wish back knows. A claim that is not put right opens its own case.
    """
    refund = payments.refund(uow.session, event.refund_id)
    if refund.decided_by is None or refund.reason == _OF_CLAIMS:
        return
    act = acts.of_refund(uow.session, refund.id)
    if act is not None and _write(uow, act, refund, "refund_declined", goes_on=True):
        return
    of_return = queries.of_return(uow.session, refund.return_id) if refund.return_id else None
    if of_return is not None and of_return.state in ACTIVE:
        holding.locked(uow, of_return.id, hold=False)
        working.append(uow, of_return.id, "refund_declined")
        return
    _open_for(uow, refund, "refund_declined")


def refund_failed(uow: UnitOfWork, event: RefundFailed) -> None:
    """A provider will not pay: the case that asked says so. The list of failures has it anyway."""
    refund = payments.refund(uow.session, event.refund_id)
    act = acts.of_refund(uow.session, refund.id)
    if act is not None:
        _write(uow, act, refund, "refund_failed", goes_on=True)


def _write(
    uow: UnitOfWork, act: ActView, refund: RefundView, what: str, *, goes_on: bool = False
) -> bool:
    """A line in the record of the case that asked, or that it is part of by now.

    Returns:
        False where that case is settled.
    """
    case = holding.standing(uow, act.case_id)
    holding.enter(
        uow,
        case,
        EntryKind.ACTED,
        data={
            "what": what,
            "act_id": act.id,
            "refund_id": refund.id,
            "amount_minor": refund.amount.minor,
            "currency": refund.amount.currency,
        },
    )
    case.version += 1
    uow.emit(CaseAppended(case_id=case.id, what=what))
    is_active = case.state in ACTIVE
    if goes_on and is_active:
        if case.state not in {CaseState.NEW, CaseState.OPEN}:
            case.state, case.snoozed_until = CASE.after(case.state, CaseAction.RESUME), None
            told = {"to": str(case.state), "why": what}
            holding.enter(uow, case, EntryKind.STATE_CHANGED, data=told)
        holding.wait(uow, case)
    holding.done(uow, case)
    return is_active


def _open_for(uow: UnitOfWork, refund: RefundView, why: str) -> None:
    order = orders.by_id(uow.session, refund.order_id)
    opening.open_case(
        uow,
        reason=REFUND,
        language=order.language,
        channel="desk",
        order_id=order.id,
        customer_id=order.customer_id,
        wanted={
            "refund_minor": refund.amount.minor,
            "currency": refund.amount.currency,
            "reason": refund.reason,
        },
        failed_rule=why,
    )


def _settle_wish(uow: UnitOfWork, change: ChangeView) -> None:
    """The open case that carries this wish ends with it; one that took it in only notes it."""
    found = queries.carrying(uow.session, change.order_id, "change", str(change.position))
    if found is None or change.is_open:
        return
    now = holding.standing(uow, found.id)
    if now.state not in ACTIVE:
        return
    if now.id == found.id:
        deciding.ended(uow, now.id, f"wish_{change.state}")
    else:
        working.acted(uow, now.id, f"wish_{change.state}")
