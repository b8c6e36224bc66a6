"""Writing returns: their rows and their states. ``returning.returns`` decides what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    Condition,
    Disposition,
    Finding,
    RefundFor,
    RefundWhen,
    ReturnAction,
    ReturnKind,
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
    condition: Condition | None = None
    evidence: frozenset[str] = frozenset()


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
    kind: ReturnKind = ReturnKind.RETURN
    restocking_minor: int = 0
    postage_minor: int = 0
    refund_when: RefundWhen = RefundWhen.ON_RECEIPT
    refund_for: RefundFor = RefundFor.RECEIVED
    send_back_by: datetime | None = None
    policy_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """How many of a line came back, and what becomes of them."""

    quantity: int
    disposition: Disposition
    finding: Finding = Finding.EXPECTED


def days_from(now: datetime, days: int | None) -> datetime | None:
    """The last moment to send goods back; None where the policy names no days."""
    return None if days is None else now + timedelta(days=days)


def write(uow: UnitOfWork, new: NewReturn) -> ReturnView:
    """The rows of a return in its first state; its order must be held."""
    row = Return(
        number=f"R-{readable_code(8)}",
        order_id=new.order_id,
        kind=new.kind,
        state=ReturnState.REQUESTED,
        channel=new.channel,
        refund_minor=new.refund.minor,
        fee_minor=new.fee_minor,
        restocking_minor=new.restocking_minor,
        postage_minor=new.postage_minor,
        currency=new.refund.currency,
        refund_method_id=new.refund_method_id,
        refund_when=new.refund_when,
        refund_for=new.refund_for,
        send_back_by=new.send_back_by,
        referred_by_rule=new.referred_by_rule,
        policy_id=new.policy_id,
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
            condition=line.condition,
            evidence=sorted(line.evidence),
        )
        for line in new.lines
    )
    uow.session.flush()
    return queries.by_id(uow.session, row.id)


def decide(  # noqa: PLR0913 - by name, each a part of one decision
    uow: UnitOfWork,
    return_id: int,
    action: ReturnAction,
    *,
    version: int | None,
    note: str = "",
    answer: str = "",
    by: str | None = None,
    needs_second_person: bool = False,
) -> ReturnView:
    """Approve, reject or withdraw a return; its order must be held.

    Args:
        uow: the transaction.
        return_id: which one.
        action: what was decided.
        version: as the decider saw it; None where nobody looked at a screen.
        note: internal words.
        answer: words for the customer.
        by: who decided, where that is not the actor.
        needs_second_person: its refund is above what whoever decided may give alone.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press.
        Stale: it changed since it was read.
    """
    row = _for(uow, return_id, action, version)
    row.decided_by, row.decided_at = by or uow.actor.ref, uow.now
    row.decision_note, row.answer = note, answer
    row.needs_second_person = needs_second_person
    if action is ReturnAction.APPROVE and row.send_back_by is not None:
        row.send_back_by += uow.now - row.requested_at  # days to send it count from the yes
    return _turned(uow, row, action)


def send(uow: UnitOfWork, return_id: int, *, at: datetime) -> ReturnView:
    """Its carrier has it: once, and only where goods are expected; its order must be held."""
    row = locks.one(uow.session, Return, return_id)
    if (row.state, ReturnAction.SEND) not in RETURN.table:
        return queries.by_id(uow.session, return_id)
    row.sent_at = at
    return _turned(uow, row, ReturnAction.SEND)


def receive(
    uow: UnitOfWork,
    return_id: int,
    arrived: Mapping[int, Sequence[Arrived]],
    *,
    version: int | None,
    is_last: bool = True,
) -> ReturnView:
    """Count what came back, by order line; its order must be held.

    What has not come is missing once nothing more is expected: when everything is here, or when
    ``is_last`` says so.

    Raises:
        NotFound: no such return.
        AlreadyDecided: it is not expected, or has been received before.
        Stale: it changed since it was read.
    """
    row = _for(uow, return_id, ReturnAction.RECEIVE, version)
    lines = list(
        uow.session.scalars(
            select(ReturnLine)
            .where(ReturnLine.return_id == return_id)
            .order_by(ReturnLine.order_line_id)
        )
    )
    for line in lines:
        came = [one for one in arrived.get(line.order_line_id, ()) if one.quantity]
        line.received += sum(one.quantity for one in came)
        if came:
            line.disposition = max(came, key=lambda one: one.quantity).disposition
    is_done = is_last or all(line.received == line.quantity for line in lines)
    if is_done:
        for line in lines:
            if not line.received:
                line.disposition = Disposition.MISSING
    row.received_by, row.received_at = uow.actor.ref, uow.now
    return _turned(uow, row, ReturnAction.RECEIVE if is_done else ReturnAction.RECEIVE_PART)


def mark_overdue(uow: UnitOfWork, return_id: int) -> bool:
    """Note that the goods should be on their way; False where that was noted, or they are."""
    row = locks.one(uow.session, Return, return_id)
    if row.state is not ReturnState.APPROVED or row.overdue_at is not None:
        return False
    row.overdue_at = uow.now
    row.version += 1
    uow.session.flush()
    return True


def mark_settled(uow: UnitOfWork, return_id: int) -> bool:
    """Note that nothing is open of a received return; False where that was noted before."""
    row = locks.one(uow.session, Return, return_id)
    if row.settled_at is not None or row.state is not ReturnState.RECEIVED:
        return False
    row.settled_at = uow.now
    uow.session.flush()
    return True


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
