"""What comes back adds to a customer's history: returns, exchanges and claims, step by step."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from oms_service.ports.timeline import Entry, Subject
from oms_service.returns import claim_queries, exchanges, queries
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.exchanges import ExchangeView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ClaimState, Remedy, ReturnKind, ReturnState

#: Natural places of facts without a time, among those of other packages; see ``history.ordering``.
REQUESTED: Final = 80
DECIDED: Final = 82
RECEIVED: Final = 85
SENT_INSTEAD: Final = 86

_DECISIONS: Final = {
    ReturnState.APPROVED: "return.approved",
    ReturnState.IN_TRANSIT: "return.approved",
    ReturnState.PARTLY_RECEIVED: "return.approved",
    ReturnState.RECEIVED: "return.approved",
    ReturnState.REJECTED: "return.rejected",
    ReturnState.CANCELLED: "return.withdrawn",
}


_CLAIM_DECISIONS: Final = {
    ClaimState.REJECTED: "claim.rejected",
    ClaimState.CANCELLED: "claim.withdrawn",
}


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Every return, exchange and claim of the subject's orders; six queries at most."""
    found = queries.of_orders(session, subject.order_ids)
    exchanged = [view.id for view in found if view.kind is ReturnKind.EXCHANGE]
    swaps = exchanges.of_returns(session, exchanged) if exchanged else {}
    claims = claim_queries.of_orders(session, subject.order_ids)
    return [
        *(entry for view in found for entry in _of(view)),
        *(entry for view in found if view.id in swaps for entry in _swap(view, swaps[view.id])),
        *(entry for claim in claims for entry in _claim(claim)),
    ]


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


def _swap(view: ReturnView, exchange: ExchangeView) -> Iterator[Entry]:
    if exchange.sent_at is not None:
        yield Entry(
            kind="exchange.sent",
            at=exchange.sent_at,
            actor="",
            channel=view.channel,
            order_id=view.order_id,
            facts={
                "number": view.number,
                "amount_minor": exchange.difference.minor,
                "currency": exchange.difference.currency,
            },
            rank=SENT_INSTEAD,
        )


def _claim(claim: ClaimView) -> Iterator[Entry]:
    facts = {
        "number": claim.number,
        "remedy": claim.remedy,
        "units": sum(line.quantity for line in claim.lines),
        "rule": claim.referred_by_rule,
    }

    def entry(kind: str, at: datetime | None, actor: str | None, rank: int) -> Entry:
        return Entry(
            kind=kind,
            at=at,
            actor=actor or "",
            channel=claim.channel,
            order_id=claim.order_id,
            facts=facts,
            rank=rank,
        )

    yield entry("claim.requested", claim.requested_at, claim.requested_by, REQUESTED)
    if claim.state in _CLAIM_DECISIONS:
        yield entry(_CLAIM_DECISIONS[claim.state], claim.decided_at, claim.decided_by, DECIDED)
    if claim.state is ClaimState.REMEDIED:
        how = "claim.refunded" if claim.remedy is Remedy.REFUND else "claim.replaced"
        yield entry(how, claim.remedied_at, claim.decided_by, SENT_INSTEAD)
