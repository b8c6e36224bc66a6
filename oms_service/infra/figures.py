"""How much waits in the house: for health and metrics, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from oms_service.infra.fallout import FalloutRow, FalloutState
from oms_service.infra.inbound import InboundBody, InboundState
from oms_service.infra.outbox import DeliveryState, EffectRow, OutboxRow


@dataclass(frozen=True)
class Figures:
    """Counts of what waits, and how long the oldest event has."""

    events_waiting: int
    oldest_event_s: float
    effects_waiting: int
    bodies_waiting: int
    fallout_open: int


_WAITING: Final = OutboxRow.reacted_at.is_(None)
_QUERY: Final = select(
    select(func.count()).where(_WAITING).scalar_subquery().label("events"),
    select(func.min(OutboxRow.occurred_at)).where(_WAITING).scalar_subquery().label("oldest"),
    select(func.count())
    .where(EffectRow.state == DeliveryState.WAITING)
    .scalar_subquery()
    .label("effects"),
    select(func.count())
    .where(InboundBody.state == InboundState.STORED)
    .scalar_subquery()
    .label("bodies"),
    select(func.count())
    .where(FalloutRow.state == FalloutState.OPEN)
    .scalar_subquery()
    .label("fallout"),
)


def figures(connection: Connection, *, now: datetime) -> Figures:
    """What waits at this moment."""
    row = connection.execute(_QUERY).one()
    age = (now - row.oldest).total_seconds() if row.oldest else 0.0
    return Figures(row.events, max(0.0, age), row.effects, row.bodies, row.fallout)
