"""What arrived from outside, kept as it came: a parser may fail, a message is not lost."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    String,
    false,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Key, Model, enum_column
from oms_service.infra.hot import Hot, value
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


_KEEP: Final[Hot[int]] = Hot(
    insert(InboundBody).on_conflict_do_nothing().returning(InboundBody.id),
    value,
    columns=("source", "digest", "body", "received_at", "state"),
)


def keep(uow: UnitOfWork, *, source: str, body: bytes) -> int | None:
    """Store a body; its id, or None when the very same bytes from that source are already here."""
    return _KEEP.first(
        uow.session,
        source=source,
        digest=hashlib.sha256(body).hexdigest(),
        body=body,
        received_at=uow.now,
        state=InboundState.STORED,
    )


def settle(uow: UnitOfWork, inbound_id: int, state: InboundState) -> None:
    row = uow.session.get_one(InboundBody, inbound_id)
    row.state, row.settled_at = state, uow.now


def read_bodies(session: Session, ids: Collection[int]) -> dict[int, tuple[str, bytes]]:
    """Source and bytes of bodies that were read before, by id; not of those emptied since."""
    query = select(InboundBody.id, InboundBody.source, InboundBody.body).where(
        InboundBody.id.in_(ids),
        InboundBody.body.is_not(None),
        InboundBody.state != InboundState.STORED,
    )
    return {row.id: (row.source, row.body or b"") for row in session.execute(query)}


def read_again(uow: UnitOfWork, ids: Collection[int]) -> None:
    """Let bodies that were refused be read once more."""
    uow.session.execute(
        update(InboundBody)
        .where(InboundBody.id.in_(ids), InboundBody.state == InboundState.REFUSED)
        .values(state=InboundState.STORED, settled_at=None)
        .execution_options(synchronize_session=False)
    )


def is_unread(session: Session, naming: Collection[str]) -> bool:
    """Whether a body that has one of these texts in it still waits for its reader."""
    query = select(InboundBody.id).where(InboundBody.state == InboundState.STORED, _names(naming))
    return bool(naming) and session.scalar(query.limit(1)) is not None


def empty(uow: UnitOfWork, ids: Collection[int], *, naming: Collection[str]) -> int:
    """Empty bodies by id, and those that have one of these texts in them; not the unread ones."""
    if not (ids or naming):
        return 0
    return _empty(uow, or_(InboundBody.id.in_(ids), _names(naming)))


def old_bodies(session: Session, before: datetime) -> int:
    """How many bodies that came before then were read and are still there."""
    return session.scalar(select(func.count()).select_from(InboundBody).where(*_read(before))) or 0


def forget_old_bodies(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Whatever was read long ago goes empty; what was understood of it stays."""
    old = (
        select(InboundBody.id)
        .where(*_read(before))
        .order_by(InboundBody.received_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _empty(uow, InboundBody.id.in_(old))


def _read(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        InboundBody.body.is_not(None),
        InboundBody.received_at < before,
        InboundBody.state != InboundState.STORED,
    )


def _empty(uow: UnitOfWork, where: ColumnElement[bool]) -> int:
    read = (InboundBody.body.is_not(None), InboundBody.state != InboundState.STORED)
    done = uow.session.execute(update(InboundBody).where(where, *read).values(body=None))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _names(naming: Collection[str]) -> ColumnElement[bool]:
    """Bytes against bytes: a body need not be text."""
    return or_(
        false(),
        *(
            func.position(literal(one.encode(), LargeBinary).op("IN")(InboundBody.body)) > 0
            for one in sorted(set(naming))
        ),
    )
