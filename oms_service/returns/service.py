"""Writing returns: their rows and their states. ``operations.returns`` decides what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.money import Money
from oms_service.returns import queries
from oms_service.returns.models import Return, ReturnLine
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import (
    RETURN,
    Disposition,
    ReturnAction,
    ReturnReason,
    ReturnState,
)


class AlreadyDecided(IllegalTransition):
    """Somebody was quicker: who, when, and what they decided."""

    code: ClassVar[str] = "already-decided"

    def __init__(self, row: Return, action: ReturnAction) -> None:
        super().__init__("return", row.state, action)
        self.state = row.state
        is_received = row.state is ReturnState.RECEIVED
        self.decided_by: str | None = row.received_by if is_received else row.decided_by
        self.decided_at: datetime | None = row.received_at if is_received else row.decided_at


@dataclass(frozen=True, kw_only=True)
class NewReturnLine:
    order_line_id: int
    quantity: int
    reason: ReturnReason


@dataclass(frozen=True, kw_only=True)
class NewReturn:
    """A return as asked for. ``referred_by_rule`` where a person has to decide."""

    order_id: int
    channel: str
    refund: Money
    fee_minor: int
    refund_method_id: int | None
    referred_by_rule: str
    key: str
    lines: Sequence[NewReturnLine]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """How many of a line came back, and what becomes of them."""

    quantity: int
    disposition: Disposition


def write(uow: UnitOfWork, new: NewReturn) -> ReturnView:
    """The rows of a return in its first state; its order must be held."""
    row = Return(
        number=f"R-{readable_code(8)}",
        order_id=new.order_id,
        state=ReturnState.REQUESTED,
        channel=new.channel,
        refund_minor=new.refund.minor,
        fee_minor=new.fee_minor,
        currency=new.refund.currency,
        refund_method_id=new.refund_method_id,
        referred_by_rule=new.referred_by_rule,
        requested_by=uow.actor.ref,
        requested_at=uow.now,
        key=new.key,
        version=1,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        ReturnLine(
            return_id=row.id,
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            reason=line.reason,
        )
        for line in new.lines
    )
    uow.session.flush()
    return queries.by_id(uow.session, row.id)


def decide(
    uow: UnitOfWork,
    return_id: int,
    action: ReturnAction,
    *,
    version: int | None,
    note: str = "",
    by: str | None = None,
) -> ReturnView:
    """Approve, reject or withdraw a return; its order must be held.

    Args:
        uow: the transaction.
        return_id: which one.
        action: what was decided.
        version: as the decider saw it; None where nobody looked at a screen.
        note: internal words.
        by: who decided, where that is not the actor.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press.
        Stale: it changed since it was read.
    """
    row = _for(uow, return_id, action, version)
    row.decided_by, row.decided_at, row.decision_note = by or uow.actor.ref, uow.now, note
    return _turned(uow, row, action)


def receive(
    uow: UnitOfWork,
    return_id: int,
    arrived: Mapping[int, Arrived],
    *,
    version: int | None,
) -> ReturnView:
    """Write down what came back, by order line; its order must be held.

    Raises:
        NotFound: no such return.
        AlreadyDecided: it is not expected, or has been received before.
        Stale: it changed since it was read.
    """
    row = _for(uow, return_id, ReturnAction.RECEIVE, version)
    lines = uow.session.scalars(
        select(ReturnLine)
        .where(ReturnLine.return_id == return_id)
        .order_by(ReturnLine.order_line_id)
    )
    for line in lines:
        came = arrived.get(line.order_line_id)
        line.received = came.quantity if came else 0
        line.disposition = came.disposition if came else Disposition.MISSING
    row.received_by, row.received_at = uow.actor.ref, uow.now
    return _turned(uow, row, ReturnAction.RECEIVE)


def _for(uow: UnitOfWork, return_id: int, action: ReturnAction, version: int | None) -> Return:
    """The return, locked, if the action is legal and the actor has seen its present state.

    A state that forbids the action says more than an old version, so it speaks first.
    """
    row = locks.one(uow.session, Return, return_id)
    if (row.state, action) not in RETURN.table:
        raise AlreadyDecided(row, action)
    if version is not None and version != row.version:
        raise Stale("this return changed since you opened it")
    return row


def _turned(uow: UnitOfWork, row: Return, action: ReturnAction) -> ReturnView:
    row.state = RETURN.after(row.state, action)
    row.version += 1
    uow.session.flush()
    return queries.by_id(uow.session, row.id)
