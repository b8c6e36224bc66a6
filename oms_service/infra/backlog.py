"""How much has been stated and not yet been reacted to, and since when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from oms_service.infra.fallout import FalloutRow, FalloutState
from oms_service.infra.inbound import InboundBody, InboundState
from oms_service.infra.outbox import DeliveryState, EffectRow, OutboxRow


@dataclass(frozen=True)
class Backlog:
    """What waits: events for the relay, effects for a worker, failed steps for a person.

    ``bodies`` are those from outside that no reader has taken up.
    """

    events: int
    oldest_at: datetime | None
    effects: int
    bodies: int
    fallout: int

    def age_s(self, now: datetime) -> float:
        """For how long the oldest event has waited; 0 when none waits."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0


def look(connection: Connection) -> Backlog:
    """Count everything that waits, in one statement over partial indexes."""
    waits = OutboxRow.reacted_at.is_(None)
    row = connection.execute(
        select(
            select(func.count()).select_from(OutboxRow).where(waits).scalar_subquery(),
            select(func.min(OutboxRow.occurred_at)).where(waits).scalar_subquery(),
            select(func.count())
            .select_from(EffectRow)
            .where(EffectRow.state == DeliveryState.WAITING)
            .scalar_subquery(),
            select(func.count())
            .select_from(InboundBody)
            .where(InboundBody.state == InboundState.STORED)
            .scalar_subquery(),
            select(func.count())
            .select_from(FalloutRow)
            .where(FalloutRow.state == FalloutState.OPEN)
            .scalar_subquery(),
        )
    ).one()
    events, oldest_at, effects, bodies, fallout = row
    return Backlog(events, oldest_at, effects, bodies, fallout)
