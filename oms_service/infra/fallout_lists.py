"""Lists of failed steps, those that wait and those that were dealt with; and many at once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from oms_service.infra import fallout
from oms_service.infra.db import UtcTime
from oms_service.infra.fallout import FalloutKind, FalloutRow, FalloutState, FalloutView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid
from oms_service.kernel.pages import Page

#: So many steps are dealt with in one transaction at most.
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Wanted:
    """Which steps; what is empty or None does not matter. ``typed`` is a part of what is shown."""

    kind: FalloutKind | None = None
    typed: str = ""


@dataclass(frozen=True)
class Settled:
    """A step that was dealt with: how, when, by whom, and why where somebody said so."""

    step: FalloutView
    at: datetime
    by: str
    note: str


def waiting(
    session: Session, wanted: Wanted, *, cursor: str = "", limit: int = 50
) -> Page[FalloutView]:
    """One page of what waits for somebody, oldest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(FalloutRow).where(FalloutRow.state == FalloutState.OPEN, *_conditions(wanted))
    if cursor:
        (last,) = pages.read(cursor, int)
        query = query.where(FalloutRow.id > int(last))
    rows = session.scalars(query.order_by(FalloutRow.id).limit(limit + 1)).all()
    return pages.cut(rows, limit, shown=fallout.view, key=lambda row: [row.id])


def settled(
    session: Session, wanted: Wanted, *, cursor: str = "", limit: int = 50
) -> Page[Settled]:
    """One page of what was dealt with, the newest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(FalloutRow).where(
        FalloutRow.settled_at.is_not(None), FalloutRow.state != FalloutState.OPEN
    )
    query = query.where(*_conditions(wanted))
    if cursor:
        said, last = pages.read(cursor, str, int)
        query = query.where(
            tuple_(FalloutRow.settled_at, FalloutRow.id)
            < tuple_(literal(_moment(str(said)), UtcTime()), literal(int(last)))
        )
    newest = (FalloutRow.settled_at.desc(), FalloutRow.id.desc())
    rows = session.scalars(query.order_by(*newest).limit(limit + 1)).all()
    return pages.cut(
        rows,
        limit,
        shown=lambda row: Settled(
            fallout.view(row), row.settled_at or row.failed_at, row.settled_by or "", row.note
        ),
        key=lambda row: [(row.settled_at or row.failed_at).isoformat(), row.id],
    )


def counts(session: Session) -> Mapping[FalloutKind, int]:
    """How many steps of each kind wait for somebody."""
    query = select(FalloutRow.kind, func.count()).where(FalloutRow.state == FalloutState.OPEN)
    return {row[0]: row[1] for row in session.execute(query.group_by(FalloutRow.kind))}


def first_of(session: Session, wanted: Wanted) -> tuple[int, ...]:
    """Ids of the steps that wait, the oldest ``MOST_AT_ONCE``."""
    query = select(FalloutRow.id).where(FalloutRow.state == FalloutState.OPEN, *_conditions(wanted))
    return tuple(session.scalars(query.order_by(FalloutRow.id).limit(MOST_AT_ONCE)))


def retry(uow: UnitOfWork, fallout_ids: Collection[int]) -> int:
    """Make these steps due again, each as ``fallout.retry`` does.

    Returns:
        How many; what somebody else has dealt with meanwhile is left as it is.

    Raises:
        Invalid: more than ``MOST_AT_ONCE``.
    """
    still = _held(uow, fallout_ids)
    for one in still:
        fallout.retry(uow, one)
    return len(still)


def resolve(uow: UnitOfWork, fallout_ids: Collection[int], *, note: str) -> int:
    """Put these steps aside: they were dealt with by hand, as ``note`` says.

    Returns:
        How many; what somebody else has dealt with meanwhile is left as it is.

    Raises:
        Invalid: more than ``MOST_AT_ONCE``, or a note that is none.
    """
    still = _held(uow, fallout_ids)
    for one in still:
        fallout.resolve(uow, one, note=note)
    return len(still)


def _held(uow: UnitOfWork, fallout_ids: Collection[int]) -> tuple[int, ...]:
    """Those of the steps that still wait, each held until the end, in the order of their ids."""
    if len(fallout_ids) > MOST_AT_ONCE:
        raise Invalid("too many at once", {"step": f"no more than {MOST_AT_ONCE}"})
    query = (
        select(FalloutRow.id)
        .where(FalloutRow.id.in_(fallout_ids), FalloutRow.state == FalloutState.OPEN)
        .order_by(FalloutRow.id)
        .with_for_update()
    )
    return tuple(uow.session.scalars(query))


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.kind is not None:
        yield FalloutRow.kind == wanted.kind
    typed = wanted.typed.strip()
    if typed:
        columns = (FalloutRow.what, FalloutRow.step, FalloutRow.cause)
        yield or_(*(column.icontains(typed, autoescape=True) for column in columns))


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return at
