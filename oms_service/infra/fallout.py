"""Fallout: failed steps that wait for their owner, with cause, retry and resolve."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Index, String, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Model, enum_column
from oms_service.infra.inbound import InboundBody, InboundState
from oms_service.infra.outbox import Delivery, DeliveryState, EffectRow, OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.events import Event, event

#: The length of what whoever settles a step by hand says about it.
NOTE_LENGTH: Final = 200


class FalloutKind(StrEnum):
    """Which mechanism gave up; payments try again by themselves when they are told to."""

    REACTION = "reaction"
    EFFECT = "effect"
    INBOUND = "inbound"
    PAYMENT = "payment"
    LABEL = "label"
    WEBHOOK = "webhook"
    LETTER = "letter"


class FalloutState(StrEnum):
    """Whether somebody still has to look."""

    OPEN = "open"
    RETRIED = "retried"
    RESOLVED = "resolved"


@event("fallout.retried", of="fallout")
@dataclass(frozen=True, kw_only=True)
class FalloutRetried(Event):
    """Whoever has the step is to try it again; ``step`` says which, ``subject_id`` of what."""

    fallout_id: int
    step: str
    subject_id: int


@event("fallout.parked", of="fallout")
@dataclass(frozen=True, kw_only=True)
class FalloutParked(Event):
    """A step has failed for the last time and waits for ``owner``, a role; ``kind`` is a code."""

    fallout_id: int
    kind: str
    owner: str


@event("fallout.settled", of="fallout")
@dataclass(frozen=True, kw_only=True)
class FalloutSettled(Event):
    """A failed step waits for nobody any more; ``state`` says whether it is tried again."""

    fallout_id: int
    state: str


class FalloutRow(Model):
    """One failed step. ``subject`` is the row it belongs to: outbox, effect or inbound body."""

    __tablename__ = "fallout"
    __table_args__ = (
        Index(
            "uq_fallout_open",
            "kind",
            "subject_id",
            "step",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_fallout_state_id", "state", "id"),
        Index("ix_fallout_settled_at", "settled_at", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[FalloutKind] = mapped_column(enum_column(FalloutKind, "kind"))
    subject_id: Mapped[int]
    step: Mapped[str] = mapped_column(String(160), info=PLAIN)
    what: Mapped[str] = mapped_column(String(200), info=PLAIN)
    cause: Mapped[str] = mapped_column(String(500), info=PLAIN)
    owner: Mapped[str] = mapped_column(String(40), info=PLAIN)
    attempts: Mapped[int]
    failed_at: Mapped[datetime]
    state: Mapped[FalloutState] = mapped_column(enum_column(FalloutState, "state"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[ActorRef | None]
    #: Why whoever settled it by hand did; empty where it was tried again, or is open.
    note: Mapped[str] = mapped_column(
        String(NOTE_LENGTH), default="", server_default="", info=PLAIN
    )


@dataclass(frozen=True)
class FalloutView:
    id: int
    kind: FalloutKind
    subject_id: int
    step: str
    what: str
    cause: str
    owner: str
    attempts: int
    failed_at: datetime
    state: FalloutState


def record(  # noqa: PLR0913 - one argument a column
    uow: UnitOfWork,
    kind: FalloutKind,
    *,
    subject_id: int,
    step: str,
    what: str,
    cause: str,
    owner: str,
    attempts: int,
) -> None:
    """Put a failed step on the list; while it is open, a second failure adds nothing."""
    parked = uow.session.scalar(
        insert(FalloutRow)
        .values(
            kind=kind,
            subject_id=subject_id,
            step=step,
            what=what,
            cause=cause[:500],
            owner=owner,
            attempts=attempts,
            failed_at=uow.now,
            state=FalloutState.OPEN,
        )
        .on_conflict_do_nothing()
        .returning(FalloutRow.id)
    )
    # What hears of failed steps may fail itself: that is on the list, and is told to nobody.
    if parked is not None and not what.startswith((FalloutParked.name, FalloutSettled.name)):
        uow.emit(FalloutParked(fallout_id=parked, kind=str(kind), owner=owner))


def settle_for(uow: UnitOfWork, kind: FalloutKind, *, subject_id: int, step: str) -> None:
    """Take a step off the list that was put right another way."""
    settled = uow.session.scalars(
        update(FalloutRow)
        .where(
            FalloutRow.kind == kind,
            FalloutRow.subject_id == subject_id,
            FalloutRow.step == step,
            FalloutRow.state == FalloutState.OPEN,
        )
        .values(state=FalloutState.RESOLVED, settled_at=uow.now, settled_by=uow.actor.ref)
        .returning(FalloutRow.id)
        .execution_options(synchronize_session=False)
    )
    for fallout_id in settled:
        uow.emit(FalloutSettled(fallout_id=fallout_id, state=str(FalloutState.RESOLVED)))


def cause_of(error: BaseException) -> str:
    """What may be shown of an error: kind and place; its text may quote a customer."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


def waiting(session: Session, *, limit: int = 100) -> list[FalloutView]:
    """The open list, oldest first."""
    query = (
        select(FalloutRow)
        .where(FalloutRow.state == FalloutState.OPEN)
        .order_by(FalloutRow.id)
        .limit(limit)
    )
    return [view(row) for row in session.scalars(query)]


def is_open(session: Session, fallout_id: int) -> bool:
    """Whether a failed step still waits for somebody."""
    query = select(FalloutRow.id).where(
        FalloutRow.id == fallout_id, FalloutRow.state == FalloutState.OPEN
    )
    return session.scalar(query) is not None


def open_entry(session: Session, kind: FalloutKind, *, subject_id: int, step: str) -> int | None:
    """The id of the entry of a step, while it waits for somebody."""
    query = select(FalloutRow.id).where(
        FalloutRow.kind == kind,
        FalloutRow.subject_id == subject_id,
        FalloutRow.step == step,
        FalloutRow.state == FalloutState.OPEN,
    )
    return session.scalar(query)


def count(session: Session) -> int:
    query = select(func.count()).where(FalloutRow.state == FalloutState.OPEN)
    return session.scalar(query) or 0


def retry(uow: UnitOfWork, fallout_id: int) -> FalloutView:
    """Make the step due again and take it off the list; a second press finds it gone.

    Raises:
        NotFound: no open entry of that id.
    """
    row = _settle(uow, fallout_id, FalloutState.RETRIED)
    if row.kind is FalloutKind.EFFECT:
        uow.session.execute(
            update(EffectRow)
            .where(EffectRow.id == row.subject_id, EffectRow.state == DeliveryState.PARKED)
            .values(state=DeliveryState.WAITING, attempts=0, next_at=uow.now, leased_until=None)
        )
    elif row.kind is FalloutKind.REACTION:
        uow.session.execute(
            update(Delivery)
            .where(
                Delivery.outbox_id == row.subject_id,
                Delivery.subscriber == row.step,
                Delivery.state == DeliveryState.PARKED,
            )
            .values(state=DeliveryState.WAITING, attempts=0)
        )
        uow.session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == row.subject_id)
            .values(reacted_at=None, next_at=None)
        )
    elif row.kind is FalloutKind.INBOUND:
        uow.session.execute(
            update(InboundBody)
            .where(InboundBody.id == row.subject_id, InboundBody.state == InboundState.REFUSED)
            .values(state=InboundState.STORED, settled_at=None)
        )
    else:
        uow.emit(FalloutRetried(fallout_id=row.id, step=row.step, subject_id=row.subject_id))
    return view(row)


def resolve(uow: UnitOfWork, fallout_id: int, *, note: str = "") -> FalloutView:
    """Say that it was dealt with by hand, and how.

    Raises:
        NotFound: no open entry of that id.
        Invalid: a note that is too long.
    """
    if len(note) > NOTE_LENGTH:
        raise Invalid(
            "the note is too long", {"note": f"has no more than {NOTE_LENGTH} characters"}
        )
    row = _settle(uow, fallout_id, FalloutState.RESOLVED)
    row.note = note
    return view(row)


def _settle(uow: UnitOfWork, fallout_id: int, state: FalloutState) -> FalloutRow:
    query = (
        select(FalloutRow)
        .where(FalloutRow.id == fallout_id, FalloutRow.state == FalloutState.OPEN)
        .with_for_update()
    )
    row = uow.session.scalar(query)
    if row is None:
        raise NotFound(f"no open fallout {fallout_id}")
    row.state, row.settled_at, row.settled_by = state, uow.now, uow.actor.ref
    uow.emit(FalloutSettled(fallout_id=fallout_id, state=str(state)))
    return row


def view(row: FalloutRow) -> FalloutView:
    """The row as readers get it."""
    return FalloutView(
        row.id,
        row.kind,
        row.subject_id,
        row.step,
        row.what,
        row.cause,
        row.owner,
        row.attempts,
        row.failed_at,
        row.state,
    )
