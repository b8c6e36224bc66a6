"""Who did what, when and to what: the events as they were written, for whoever looks into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, text
from sqlalchemy.orm import Session

from oms_service.infra.outbox import OutboxRow
from oms_service.kernel import pages
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.pages import Page

Reader = Session | Connection

#: As the index over what colleagues did says it.
_BY_STAFF: Final = "actor LIKE 'staff:%'"


@dataclass(frozen=True)
class Fact:
    """One thing that happened. ``about`` is the thing it happened to, such as ``order:12``."""

    id: int
    name: str
    about: str
    at: datetime
    actor: str
    correlation_id: UUID
    told: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which facts; what is empty does not matter. ``until`` is the first moment after.

    ``actor`` is one party, such as ``staff:3``; ``kind`` all of a kind. ``of`` is the first word
    of an event's name, such as ``order``.
    """

    actor: str = ""
    kind: ActorKind | None = None
    of: str = ""
    about: str = ""
    correlation_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(reader: Reader, wanted: Wanted, *, cursor: str = "", limit: int = 50) -> Page[Fact]:
    """One page of what happened, newest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(
            OutboxRow.id,
            OutboxRow.name,
            OutboxRow.aggregate,
            OutboxRow.occurred_at,
            OutboxRow.actor,
            OutboxRow.correlation_id,
            OutboxRow.payload,
        )
        .where(*_conditions(wanted))
        .order_by(OutboxRow.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        (last,) = pages.read(cursor, int)
        query = query.where(OutboxRow.id < int(last))
    rows = [Fact(*row) for row in reader.execute(query)]
    return pages.cut(rows, limit, shown=lambda one: one, key=lambda one: [one.id])


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    kind = ActorKind.STAFF if wanted.actor.startswith("staff:") else wanted.kind
    if kind is ActorKind.STAFF:
        found.append(text(_BY_STAFF))  # type: ignore[arg-type]  # a piece of SQL is a condition, too
    elif kind is not None:
        found.append(OutboxRow.actor.startswith(str(kind), autoescape=True))
    equal = (
        (OutboxRow.actor, wanted.actor),
        (OutboxRow.aggregate, wanted.about),
        (OutboxRow.correlation_id, wanted.correlation_id),
    )
    found += [column == value for column, value in equal if value]
    if wanted.of:
        found.append(OutboxRow.name.startswith(f"{wanted.of}.", autoescape=True))
    if wanted.since is not None:
        found.append(OutboxRow.occurred_at >= wanted.since)
    if wanted.until is not None:
        found.append(OutboxRow.occurred_at < wanted.until)
    return found
