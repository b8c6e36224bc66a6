"""What orders add to a customer's history: placing, and what the order's log tells."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra.hot import among, named
from oms_service.kernel import actors
from oms_service.orders.models import Order, OrderLog
from oms_service.ports.timeline import Entry, Subject
from oms_service.sales import queries as sales

#: Natural places of facts without a time, among those of other packages; see ``history.ordering``.
PLACED: Final = 10
CHANGED: Final = 40
COMPLETED: Final = 70
CANCELLED: Final = 95
_RANKS: Final = {"completed": COMPLETED, "cancelled": CANCELLED}


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Placing and the log, of all orders of the subject; three queries."""
    if not subject.order_ids:
        return ()
    return [*_placed(session, subject), *_logged(session, subject)]


def _placed(session: Session, subject: Subject) -> list[Entry]:
    channels = {channel.id: channel.code for channel in sales.channels(session)}
    return [
        Entry(
            kind="order.placed",
            at=row.placed_at,
            actor=actors.customer(row.customer_id).ref,
            channel=channels[row.channel_id],
            order_id=row.id,
            facts={
                "number": row.number,
                "total_minor": row.total_minor,
                "currency": row.currency,
            },
            rank=PLACED,
        )
        for row in _PLACED.all(session, order_ids=list(subject.order_ids))
    ]


def _logged(session: Session, subject: Subject) -> list[Entry]:
    return [
        Entry(
            kind=f"order.{row.kind}",
            at=row.at,
            actor=row.actor,
            channel=row.channel,
            order_id=row.order_id,
            facts=row.data,
            rank=_RANKS.get(row.kind, CHANGED),
        )
        for row in _LOGGED.all(session, order_ids=list(subject.order_ids))
    ]


_PLACED: Final = named(
    select(
        Order.id,
        Order.number,
        Order.customer_id,
        Order.channel_id,
        Order.placed_at,
        Order.total_minor,
        Order.currency,
    )
    .where(Order.id == among("order_ids"), Order.is_draft.is_(False))
    .order_by(Order.id)
)
_LOGGED: Final = named(
    select(
        OrderLog.order_id,
        OrderLog.kind,
        OrderLog.at,
        OrderLog.actor,
        OrderLog.channel,
        OrderLog.data,
    )
    .where(OrderLog.order_id == among("order_ids"), OrderLog.kind != "placed")
    .order_by(OrderLog.id)
)
