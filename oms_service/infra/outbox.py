"""Events as rows: written with the change they describe, delivered after it."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Model, enum_column, ref
from oms_service.infra.hot import Hot, value
from oms_service.kernel.actors import Actor


class DeliveryState(StrEnum):
    """How far one subscriber got with one event."""

    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


class OutboxRow(Model):
    """One fact with its full envelope. ``reacted_at`` is empty until every reaction has its say."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "id", postgresql_where=text("reacted_at IS NULL")),
        Index(
            "ix_outbox_pending_aggregate",
            "aggregate",
            "id",
            postgresql_where=text("reacted_at IS NULL"),
        ),
        Index("ix_outbox_aggregate", "aggregate", "id"),
        # What colleagues do is a small part of all that happens, and is looked for by itself.
        Index("ix_outbox_by_staff", "actor", "id", postgresql_where=text("actor LIKE 'staff:%'")),
    )

    id: Mapped[Key]
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(80), info=PLAIN)
    version: Mapped[int]
    aggregate: Mapped[str] = mapped_column(String(80), info=PLAIN)
    payload: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    occurred_at: Mapped[datetime]
    correlation_id: Mapped[uuid.UUID]
    causation_id: Mapped[uuid.UUID | None]
    actor: Mapped[ActorRef]
    next_at: Mapped[datetime | None]
    reacted_at: Mapped[datetime | None]


class Delivery(Model):
    """One reaction to one event: the row that makes it happen exactly once."""

    __tablename__ = "deliveries"

    outbox_id: Mapped[int] = mapped_column(
        BigInteger, ref("outbox.id", ondelete="CASCADE"), primary_key=True
    )
    subscriber: Mapped[str] = mapped_column(String(160), primary_key=True, info=PLAIN)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


class EffectRow(Model):
    """One effect of one event: what must still touch the outside world, and who is at it now."""

    __tablename__ = "effects"
    __table_args__ = (
        Index("uq_effects_outbox_id_subscriber", "outbox_id", "subscriber", unique=True),
        Index("ix_effects_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Key]
    outbox_id: Mapped[int] = mapped_column(BigInteger, ref("outbox.id", ondelete="CASCADE"))
    subscriber: Mapped[str] = mapped_column(String(160), info=PLAIN)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


def actor_of(reader: Session | Connection, event_id: uuid.UUID) -> Actor | None:
    """Who did what an event tells of; None where nobody is known to have emitted it."""
    ref = _ACTOR.first(reader, event_id=event_id)
    return Actor.from_ref(ref) if ref else None


_ACTOR: Final[Hot[str]] = Hot(
    select(OutboxRow.actor).where(OutboxRow.event_id == bindparam("event_id")), value
)
