"""What a colleague was told: how much is unread, and the list, unread first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from cases import reach
from notifications.colleagues.models import ColleagueNotice
from notifications.colleagues.rules import BY_CODE, RULES, Rule
from oms_service.access.queries import StaffView
from oms_service.infra.hot import Hot, value
from oms_service.kernel import pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: More than this is shown as so many and more.
MOST: Final = 99


@dataclass(frozen=True)
class NoticeView:
    """One notice; ``why`` says what made it old, empty where nothing has."""

    id: int
    rule: Rule
    path: str
    facts: Mapping[str, Any]
    at: datetime
    read_at: datetime | None
    old_at: datetime | None
    why: str

    @property
    def is_unread(self) -> bool:
        return self.read_at is None and self.old_at is None


_COLUMNS: Final = (
    ColleagueNotice.id,
    ColleagueNotice.rule,
    ColleagueNotice.path,
    ColleagueNotice.facts,
    ColleagueNotice.at,
    ColleagueNotice.read_at,
    ColleagueNotice.old_at,
    ColleagueNotice.why,
)
_OPEN: Final = and_(ColleagueNotice.read_at.is_(None), ColleagueNotice.old_at.is_(None))


#: On every page of staff: of who is limited to nothing.
_UNREAD: Final[Hot[int]] = Hot(
    select(func.count()).select_from(
        select(ColleagueNotice.id)
        .where(
            ColleagueNotice.staff_id == bindparam("staff_id"),
            ColleagueNotice.rule == func.any(bindparam("rules", type_=ARRAY(String))),
            _OPEN,
        )
        .limit(MOST + 1)
        .subquery()
    ),
    value,
)


_UNREAD_AT: Final[Hot[int]] = Hot(
    select(ColleagueNotice.id)
    .where(
        ColleagueNotice.staff_id == bindparam("staff_id"),
        ColleagueNotice.path == bindparam("path"),
        _OPEN,
    )
    .limit(1),
    value,
)


def unread(reader: Reader, me: StaffView) -> int:
    """How many notices a colleague has not read, at most ``MOST`` and one; one query."""
    if not (me.queues or me.locations):
        may = [one.code for one in RULES if me.may(one.permission)]
        return _UNREAD.first(reader, staff_id=me.id, rules=may) or 0
    query = select(ColleagueNotice.id).where(*_theirs(me), _OPEN).limit(MOST + 1)
    return reader.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def is_unread_at(reader: Reader, staff_id: int, path: str) -> bool:
    """Whether a colleague has not read something that is told of a page."""
    return _UNREAD_AT.first(reader, staff_id=staff_id, path=path) is not None


def page(
    reader: Reader, me: StaffView, *, cursor: str | None = None, limit: int = 30
) -> Page[NoticeView]:
    """What a colleague was told: the unread first, then the rest, each the newest first. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    is_open = cast(_OPEN, Integer)
    query = (
        select(*_COLUMNS, is_open.label("is_open"))
        .where(*_theirs(me))
        .order_by(is_open.desc(), ColleagueNotice.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        was_open, before = pages.read(cursor, int, int)
        query = query.where(
            func.row(is_open, ColleagueNotice.id) < func.row(int(was_open), int(before))
        )
    rows = reader.execute(query).all()
    return pages.cut(
        rows, limit, shown=lambda row: _view(row[:-1]), key=lambda row: [row.is_open, row.id]
    )


def one(reader: Reader, me: StaffView, notice_id: int) -> NoticeView:
    """One notice of a colleague.

    Raises:
        NotFound: there is none, it is somebody else's, or they may not see it any more.
    """
    query = select(*_COLUMNS).where(ColleagueNotice.id == notice_id, *_theirs(me))
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such notice")
    return _view(row)


def _theirs(me: StaffView) -> tuple[ColumnElement[bool], ...]:
    """Their own, of what they may see now: rights may have been taken since they were told."""
    may = tuple(one.code for one in RULES if me.may(one.permission))
    which = [ColleagueNotice.staff_id == me.id, ColleagueNotice.rule.in_(may)]
    if me.queues:
        is_reached = reach.reached(ColleagueNotice.case_id, me)
        which.append(or_(ColleagueNotice.case_id.is_(None), is_reached))
    if me.locations:
        place = ColleagueNotice.location_id
        which.append(or_(place.is_(None), place.in_(sorted(me.locations))))
    return tuple(which)


def _view(row: Any) -> NoticeView:
    notice_id, code, *rest = row
    return NoticeView(notice_id, BY_CODE[code], *rest)
