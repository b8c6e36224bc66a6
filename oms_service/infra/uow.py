"""The unit of work: the only place in the project that commits."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import insert
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel import ids
from oms_service.kernel.actors import Actor
from oms_service.kernel.clock import Clock
from oms_service.kernel.events import Event


class AfterCommit(Protocol):
    """What is told that a transaction has ended well."""

    def __call__(self, *, emitted: bool, topics: list[str]) -> None: ...


_WRITE_DOWN: Final = Hot(
    insert(OutboxRow),
    tuple,
    columns=(
        "event_id",
        "name",
        "version",
        "aggregate",
        "payload",
        "occurred_at",
        "correlation_id",
        "causation_id",
        "actor",
    ),
)


@dataclass
class UnitOfWork:
    """One transaction: who acts in it, when, and the facts it will leave behind."""

    session: Session
    clock: Clock
    actor: Actor
    now: datetime
    correlation_id: uuid.UUID
    causation_id: uuid.UUID | None = None
    emitted: list[Event] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    _gathered: list[Event] | None = None

    def emit(self, event: Event) -> None:
        """Write ``event`` to the outbox, in this transaction."""
        self.emitted.append(event)
        if self._gathered is None:
            self._write_down([event])
        else:
            self._gathered.append(event)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many events in one go: written down, in their order, when the block ends well."""
        if self._gathered is not None:
            yield
            return
        self._gathered = []
        try:
            yield
            self._write_down(self._gathered)
        finally:
            self._gathered = None

    def _write_down(self, events: Sequence[Event]) -> None:
        _WRITE_DOWN.each(
            self.session,
            [
                {
                    "event_id": ids.event_id(self.now),
                    "name": event.name,
                    "version": event.version,
                    "aggregate": event.aggregate,
                    "payload": event.payload(),
                    "occurred_at": self.now,
                    "correlation_id": self.correlation_id,
                    "causation_id": self.causation_id,
                    "actor": self.actor.ref,
                }
                for event in events
            ],
        )

    def touch(self, topic: str) -> None:
        """Hint ``topic`` to open streams once this has been committed."""
        self.topics.append(topic)

    def caused_by(self, row: OutboxRow, actor: Actor) -> "UnitOfWork":
        """The same transaction, as the reaction to ``row`` sees it."""
        return UnitOfWork(
            self.session,
            self.clock,
            actor,
            self.now,
            row.correlation_id,
            row.event_id,
            self.emitted,
            self.topics,
        )


@contextmanager
def transaction(
    session: Session,
    *,
    clock: Clock,
    actor: Actor,
    after_commit: AfterCommit,
    correlation_id: uuid.UUID | None = None,
    causation_id: uuid.UUID | None = None,
) -> Iterator[UnitOfWork]:
    """Commit on a clean exit, roll back on any exception; then tell ``after_commit``."""
    now = clock.now()
    with session:
        uow = UnitOfWork(
            session, clock, actor, now, correlation_id or ids.event_id(now), causation_id
        )
        try:
            yield uow
            session.commit()
        except BaseException:
            session.rollback()
            raise
    after_commit(emitted=bool(uow.emitted), topics=uow.topics)
