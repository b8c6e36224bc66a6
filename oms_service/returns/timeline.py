"""What returns add to a customer's history: asked for, decided, arrived."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from oms_service.ports.timeline import Entry, Subject
from oms_service.returns import queries
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ReturnState

#: Natural places of facts without a time, among those of other packages; see ``history.ordering``.
REQUESTED: Final = 80
DECIDED: Final = 82
RECEIVED: Final = 85

_DECISIONS: Final = {
    ReturnState.APPROVED: "return.approved",
    ReturnState.IN_TRANSIT: "return.approved",
    ReturnState.PARTLY_RECEIVED: "return.approved",
    ReturnState.RECEIVED: "return.approved",
    ReturnState.REJECTED: "return.rejected",
    ReturnState.CANCELLED: "return.withdrawn",
}


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Every return of the subject's orders; two queries."""
    return [entry for view in queries.of_orders(session, subject.order_ids) for entry in _of(view)]


def _of(view: ReturnView) -> Iterator[Entry]:
    facts = {
        "number": view.number,
        "refund_minor": view.refund.minor,
        "currency": view.refund.currency,
        "units": sum(line.quantity for line in view.lines),
        "rule": view.referred_by_rule,
    }

    def entry(kind: str, at: datetime | None, actor: str | None, rank: int) -> Entry:
        return Entry(
            kind=kind,
            at=at,
            actor=actor or "",
            channel=view.channel,
            order_id=view.order_id,
            facts=facts,
            rank=rank,
        )

    yield entry("return.requested", view.requested_at, view.requested_by, REQUESTED)
    if view.state in _DECISIONS:
        yield entry(_DECISIONS[view.state], view.decided_at, view.decided_by, DECIDED)
    if view.state is ReturnState.RECEIVED:
        yield entry("return.received", view.received_at, view.received_by, RECEIVED)
