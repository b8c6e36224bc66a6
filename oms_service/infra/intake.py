"""From a stored body to its effect: each source's reader, run again until nothing is left.

A body is kept in a transaction of its own before anybody reads it. Reading runs in a second one;
what cannot be read, or not wholly, is fallout with its body at hand, and a retry reads it again.

Bodies of one source that come at the same time are read together: whoever is first reads for those
who came meanwhile, in one transaction.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.inbound import InboundBody, InboundState
from oms_service.infra.uow import UnitOfWork

log = structlog.get_logger(__name__)

#: Whoever stored a body reads it at once; after this long it has died and the sweep reads it.
ABANDONED: Final = timedelta(seconds=15)
BATCH: Final = 50


@dataclass(frozen=True)
class Inbound:
    """A stored body, handed to its reader."""

    id: int
    source: str
    body: bytes


Reader = Callable[[UnitOfWork, Inbound], str | None]
"""Reads a body and does what it says; answers a cause if a part was left undone. It may run
again over the same body and must then change nothing twice."""


ReadTogether = Callable[[UnitOfWork, Sequence[Inbound]], Sequence[str | None]]
"""Reads several bodies of one kind at once; answers a cause, or None, for each."""
OpenUow = Callable[[], AbstractContextManager[UnitOfWork]]


@dataclass
class _Queue:
    """Bodies of one source that wait for whoever reads now."""

    ids: list[int] = field(default_factory=list)
    reading: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Intake:
    """The readers, by the kind of source: ``carrier`` reads what came from ``carrier:yamato``."""

    _readers: dict[str, tuple[Reader, str]] = field(default_factory=dict)
    _together: dict[str, ReadTogether] = field(default_factory=dict)
    _queues: dict[str, _Queue] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, kind: str, reader: Reader, *, owner: str, together: ReadTogether | None = None
    ) -> None:
        """Let ``reader`` read a kind of source; ``owner`` is asked to look when it cannot.

        Args:
            kind: what stands before the colon of a source.
            reader: reads one body.
            owner: a role.
            together: reads several at once; what goes wrong there is tried again one by one.
        """
        if kind in self._readers:
            raise ValueError(f"two readers of {kind!r}")
        self._readers[kind] = reader, owner
        if together is not None:
            self._together[kind] = together

    def take_now(self, open_uow: OpenUow, source: str, inbound_id: int) -> None:
        """Have a body read before this returns, by this thread or by one that is at it already.

        Args:
            open_uow: opens a transaction in the name of the source.
            source: as the body was kept under.
            inbound_id: the body, committed.
        """
        with self._gate:
            queue = self._queues.setdefault(source, _Queue())
            queue.ids.append(inbound_id)
        with queue.reading:
            with self._gate:
                if inbound_id not in queue.ids:
                    return
                ids, queue.ids = queue.ids[:BATCH], queue.ids[BATCH:]
            self._take_several(open_uow, source, sorted({*ids, inbound_id}))

    def _take_several(self, open_uow: OpenUow, source: str, ids: Sequence[int]) -> None:
        together = self._together.get(source.partition(":")[0])
        if together is None or len(ids) == 1 or not self._read_together(open_uow, together, ids):
            for one in ids:
                with open_uow() as uow:
                    self.take(uow, one)

    def _read_together(self, open_uow: OpenUow, together: ReadTogether, ids: Sequence[int]) -> bool:
        """Whether it went well; nothing is changed otherwise."""
        try:
            with open_uow() as uow:
                rows = uow.session.scalars(
                    select(InboundBody)
                    .where(InboundBody.id.in_(ids), InboundBody.state == InboundState.STORED)
                    .order_by(InboundBody.id)
                    .with_for_update(skip_locked=True)
                ).all()
                bodies = [Inbound(row.id, row.source, row.body or b"") for row in rows]
                for row, cause in zip(rows, together(uow, bodies), strict=True):
                    self._settle(uow, row, cause)
        except Exception as error:  # noqa: BLE001 - each of them says why, one by one
            log.warning("inbound.not_together", cause=fallout.cause_of(error), bodies=len(ids))
            return False
        return True

    def take(self, uow: UnitOfWork, inbound_id: int) -> bool:
        """Read one body unless it is done or somebody is at it; whether all of it was used."""
        row = uow.session.scalar(
            select(InboundBody)
            .where(InboundBody.id == inbound_id, InboundBody.state == InboundState.STORED)
            .with_for_update(skip_locked=True)
        )
        return row is not None and self._read(uow, row)

    def take_waiting(self, uow: UnitOfWork) -> int:
        """Read what a crash or a retry has left: one batch; returns how many were looked at."""
        rows = uow.session.scalars(
            select(InboundBody)
            .where(
                InboundBody.state == InboundState.STORED,
                InboundBody.received_at <= uow.now - ABANDONED,
            )
            .order_by(InboundBody.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            self._read(uow, row)
        return len(rows)

    def _read(self, uow: UnitOfWork, row: InboundBody) -> bool:
        kind = row.source.partition(":")[0]
        reader, _ = self._readers.get(kind, (None, ""))
        mark = len(uow.emitted), len(uow.topics)
        cause: str | None
        if reader is None:
            cause = f"nobody reads {kind}"
        elif row.body is None:
            cause = "the body was erased"
        else:
            try:
                with uow.session.begin_nested():
                    cause = reader(uow, Inbound(row.id, row.source, row.body))
                    uow.session.flush()
            except Exception as error:
                if _passes(error):
                    raise
                del uow.emitted[mark[0] :], uow.topics[mark[1] :]
                cause = fallout.cause_of(error)
        return self._settle(uow, row, cause)

    def _settle(self, uow: UnitOfWork, row: InboundBody, cause: str | None) -> bool:
        kind = row.source.partition(":")[0]
        _, owner = self._readers.get(kind, (None, "operations"))
        row.settled_at = uow.now
        row.state = InboundState.TAKEN if cause is None else InboundState.REFUSED
        if cause is None:
            return True
        log.warning("inbound.refused", inbound_id=row.id, source=row.source, cause=cause)
        fallout.record(
            uow,
            FalloutKind.INBOUND,
            subject_id=row.id,
            step=kind,
            what=f"body {row.id} from {row.source}",
            cause=cause,
            owner=owner,
            attempts=1,
        )
        return False


def _passes(error: Exception) -> bool:
    """A lost connection or a deadlock: the body stays stored and is read again soon."""
    return isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
