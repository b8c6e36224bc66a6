"""From a stored body to its effect: each source's reader, run again until nothing is left.

A body is kept in a transaction of its own before anybody reads it. Reading runs in a second one;
what cannot be read, or not wholly, is fallout with its body at hand, and a retry reads it again.
"""

from collections.abc import Callable
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


@dataclass
class Intake:
    """The readers, by the kind of source: ``carrier`` reads what came from ``carrier:yamato``."""

    _readers: dict[str, tuple[Reader, str]] = field(default_factory=dict)

    def add(self, kind: str, reader: Reader, *, owner: str) -> None:
        """Let ``reader`` read a kind of source; ``owner`` is asked to look when it cannot."""
        if kind in self._readers:
            raise ValueError(f"two readers of {kind!r}")
        self._readers[kind] = reader, owner

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
        reader, owner = self._readers.get(kind, (None, "operations"))
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
