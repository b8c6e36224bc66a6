"""What arrived from outside, kept as it came: a parser may fail, a message is not lost."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Key, Model, enum_column
from oms_service.infra.uow import UnitOfWork


class InboundState(StrEnum):
    """How far a body got."""

    STORED = "stored"
    TAKEN = "taken"
    REFUSED = "refused"


class InboundBody(Model):
    """A raw body. Personal data may be in it: ``body`` is emptied by erasure and by age."""

    __tablename__ = "inbound_bodies"
    __table_args__ = (
        Index("uq_inbound_bodies_source_digest", "source", "digest", unique=True),
        Index("ix_inbound_bodies_stored", "id", postgresql_where=text("state = 'stored'")),
        Index("ix_inbound_bodies_kept", "received_at", postgresql_where=text("body IS NOT NULL")),
    )

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(60), info=PLAIN)
    digest: Mapped[str] = mapped_column(String(64), info=PLAIN)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, info=PERSONAL)
    received_at: Mapped[datetime]
    state: Mapped[InboundState] = mapped_column(enum_column(InboundState, "state"))
    settled_at: Mapped[datetime | None]


def keep(uow: UnitOfWork, *, source: str, body: bytes) -> int | None:
    """Store a body; its id, or None when the very same bytes from that source are already here."""
    return uow.session.scalar(
        insert(InboundBody)
        .values(
            source=source,
            digest=hashlib.sha256(body).hexdigest(),
            body=body,
            received_at=uow.now,
            state=InboundState.STORED,
        )
        .on_conflict_do_nothing()
        .returning(InboundBody.id)
    )


def settle(uow: UnitOfWork, inbound_id: int, state: InboundState) -> None:
    row = uow.session.get_one(InboundBody, inbound_id)
    row.state, row.settled_at = state, uow.now
