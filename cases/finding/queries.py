"""Reading the inbox: lists, search and counts, from the projection alone, each by an index."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import text as sql_text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases import folding
from cases.finding import filters
from cases.finding.filters import Filters, Key, Wanted
from cases.finding.marking import Part, around
from cases.finding.states import Sort
from cases.models import Case, CaseEntry, InboxRow, Queue
from cases.states import ACTIVE, CaseState, Priority
from oms_service.conversations import queries as conversations
from oms_service.infra.hot import Hot, among, named
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: As many cases as a page may hold.
MOST: Final = 200
#: A count that says "so many, or more": nobody reads the difference, and counting on costs.
COUNTED: Final = 100
#: What is due within so long is due soon.
SOON: Final = timedelta(hours=4)
#: How much of a word has to be there for a case to come close, and how many candidates are
#: looked at for it. By trial: below, names of one letter in common come up.
_CLOSE: Final = 0.45
_CANDIDATES: Final = 150
_SHORTEST_CLOSE: Final = 3
#: So many rows that hold a word are read and put in order; of more the list is walked, in
#: stretches of so many.
_MANY: Final = 1_500
_STRETCH: Final = 2_000
#: How long the database may look, and what it says when that was not enough.
_PATIENCE_S: Final = 3
_CANCELLED: Final = "57014"
_LASTS: Final = sql_text("SELECT set_config('statement_timeout', :wait, false)")
#: So many messages and notes are looked through for the words to show.
_MOST_SAID: Final = 60
_RANK: Final = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}


@dataclass(frozen=True)
class Viewer:
    """Who looks: a colleague by id, or a program; ``queues`` limit them to cases of those.

    Who does not see personal data (``sees_people``) finds cases by whole numbers alone: else
    they would learn of a name or an address by trying it.
    """

    staff_id: int | None
    queues: frozenset[int] = frozenset()
    sees_people: bool = True


@dataclass(frozen=True)
class Line:
    """A case as lists show it; ``parts`` is where the words that were searched for stand."""

    case_id: int
    number: str
    reason: str
    state: CaseState
    priority_rank: int
    queue_id: int
    assignee_id: int | None
    customer_name: str
    tier: str
    channel: str
    language: Language
    tags: Sequence[int]
    order_number: str
    excerpt: str
    opened_at: datetime
    waiting_since: datetime | None
    due_at: datetime | None
    due_metric: str
    updated_at: datetime
    parts: Sequence[Part] = ()


_LINE: Final = tuple(
    getattr(InboxRow, name) for name in Line.__dataclass_fields__ if name != "parts"
)


@dataclass(frozen=True)
class Found:
    """One page of a list; ``is_close``: nothing is written so, these are written much like it."""

    page: Page[Line]
    is_close: bool = False


@dataclass(frozen=True)
class _Order:
    """How a list is ordered: columns of one direction, that make each row's place its own."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    kinds: tuple[type, ...]
    is_falling: bool = False


_ORDERS: Final[Mapping[Sort, _Order]] = {
    Sort.PRIORITY: _Order(
        (InboxRow.priority_rank, InboxRow.waits_from, InboxRow.case_id), (int, str, int)
    ),
    Sort.DUE: _Order((InboxRow.due_by, InboxRow.case_id), (str, int)),
    Sort.WAITING: _Order((InboxRow.waits_from, InboxRow.case_id), (str, int)),
    Sort.NEWEST: _Order((InboxRow.opened_at, InboxRow.case_id), (str, int), is_falling=True),
    Sort.CHANGED: _Order((InboxRow.updated_at, InboxRow.case_id), (str, int), is_falling=True),
}
#: What a list is read by: its lines, and where each stands in its order.
_SELECTED: Final = (*_LINE, InboxRow.waits_from, InboxRow.due_by)
#: What the cursors of searches begin with.
_SEARCH: Final = "search"


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Which cases somebody may find at all: the one place that says so, for every list."""
    return InboxRow.queue_id.in_(sorted(viewer.queues)) if viewer.queues else true()


def _of_customer(seen: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_LINE)
        .join(Case, Case.id == InboxRow.case_id)
        .where(Case.customer_id == bindparam("customer_id"), seen)
        .order_by(InboxRow.is_active.desc(), InboxRow.opened_at.desc(), InboxRow.case_id.desc())
        .limit(bindparam("limit"))
    )


#: Asked for on every page of a case: ``visible`` to whom no queues limit, and to whom they do.
_OF_CUSTOMER: Final = Hot(_of_customer(true()), Line)
_OF_CUSTOMER_IN: Final = Hot(_of_customer(InboxRow.queue_id == among("queues")), Line)


def page(
    reader: Reader,
    wanted: Wanted,
    viewer: Viewer,
    *,
    now: datetime,
    zone: ZoneInfo,
    cursor: str = "",
    limit: int = 50,
) -> Found:
    """One page of the cases that are wanted.

    With words that are searched for, whole numbers come first, then names and numbers, then
    what was written, each newest first; where nothing is written so, what comes close.

    Args:
        reader: where to read.
        wanted: which cases, in which order.
        viewer: who looks.
        now: UTC; says what is overdue.
        zone: whose days ``after`` and ``before`` name.
        cursor: of the page before; empty for the first.
        limit: at most ``MOST``.

    Raises:
        Invalid: a cursor of another list, or words that would be looked for far too long.
    """
    where = [visible(viewer), *conditions(wanted.filters, viewer, now=now, zone=zone)]
    limit = min(limit, MOST)
    words = folding.words(wanted.typed)
    if words and not viewer.sees_people:
        where, words = [*where, _is_number(wanted.typed)], []
    if not words:
        return Found(_listed(reader, wanted, where, cursor, limit))
    with _patiently(reader):
        found = _searched(reader, wanted.typed, words, where, cursor, limit)
        is_close = not found.items and not cursor
        if is_close:
            found = _close(reader, words, where, limit)
    shown = tuple(_marked(reader, found.items, words))
    return Found(Page(shown, found.next_cursor), is_close and bool(shown))


def ids(
    reader: Reader, wanted: Wanted, viewer: Viewer, *, now: datetime, zone: ZoneInfo, most: int
) -> list[int]:
    """The cases that are wanted, in no order, at most so many."""
    where = [visible(viewer), *conditions(wanted.filters, viewer, now=now, zone=zone)]
    if viewer.sees_people:
        where += [_holds(word) for word in folding.words(wanted.typed)]
    elif wanted.typed.strip():
        where.append(_is_number(wanted.typed))
    with _patiently(reader):
        return list(reader.execute(select(InboxRow.case_id).where(*where).limit(most)).scalars())


def numbered(reader: Reader, numbers: Collection[str], viewer: Viewer) -> list[int]:
    """The cases of these numbers that somebody may find."""
    query = select(InboxRow.case_id).where(InboxRow.number.in_(numbers), visible(viewer))
    return list(reader.execute(query.order_by(InboxRow.case_id)).scalars())


def of_customer(reader: Reader, customer_id: int, viewer: Viewer, *, limit: int = 20) -> list[Line]:
    """A customer's cases that somebody may find, the open ones first, then the newest."""
    found = _OF_CUSTOMER_IN if viewer.queues else _OF_CUSTOMER
    return found.all(reader, customer_id=customer_id, queues=sorted(viewer.queues), limit=limit)


def counts(
    reader: Reader,
    views: Mapping[str, Filters],
    viewer: Viewer,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> dict[str, int]:
    """How many cases each view holds, at most ``COUNTED``; one query."""
    if not views:
        return {}
    each = [
        select(func.count())
        .select_from(
            select(literal(1).label("one"))
            .select_from(InboxRow)
            .where(visible(viewer), *conditions(held, viewer, now=now, zone=zone))
            .limit(COUNTED)
            .subquery()
        )
        .scalar_subquery()
        for held in views.values()
    ]
    return dict(zip(views, reader.execute(select(*each)).one(), strict=True))


def waiting_for_us(reader: Reader, viewer: Viewer) -> int:
    """My cases in which a customer waits."""
    query = select(func.count()).where(
        visible(viewer),
        InboxRow.is_active,
        InboxRow.assignee_id == viewer.staff_id,
        InboxRow.waiting_since.is_not(None),
    )
    return reader.execute(query).scalar_one()


# Filters


def conditions(
    wanted: Filters, viewer: Viewer, *, now: datetime, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    """What a row has to be; whether a case is open stands in it, as indexes begin with that."""
    found = [
        _CONDITIONS[key](values, viewer) for key, values in wanted.items() if key in _CONDITIONS
    ]
    only = filters.is_active_only(wanted)
    if only is not None:
        found.append(InboxRow.is_active.is_(True) if only else InboxRow.is_active.is_(False))
    if due := wanted.get(Key.DUE):
        found.append(or_(*(_due(one, now) for one in due)))
    if after := wanted.get(Key.AFTER):
        found.append(InboxRow.opened_at >= _midnight(max(after), zone))
    if before := wanted.get(Key.BEFORE):
        found.append(InboxRow.opened_at < _midnight(min(before), zone))
    return found


def _state(values: Sequence[str], viewer: Viewer) -> ColumnElement[bool]:
    del viewer
    states = {one for one in values if one in set(CaseState)}
    states |= set(ACTIVE) if filters.OPEN in values else set()
    states |= set(CaseState) - set(ACTIVE) if filters.SETTLED in values else set()
    if states in (set(ACTIVE), set(CaseState) - set(ACTIVE)):
        return true()  # ``is_active`` says it
    return InboxRow.state.in_(sorted(CaseState(one) for one in states))


def _queue(values: Sequence[str], viewer: Viewer) -> ColumnElement[bool]:
    del viewer
    each = (select(Queue.id).where(Queue.code == one).scalar_subquery() for one in values)
    return or_(*(InboxRow.queue_id == one for one in each))


def _tag(values: Sequence[str], viewer: Viewer) -> ColumnElement[bool]:
    del viewer
    return InboxRow.tags.op("&&", return_type=Boolean())(
        cast([int(one) for one in values], ARRAY(Integer))
    )


def _assignee(values: Sequence[str], viewer: Viewer) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = []
    staff = {int(one) for one in values if one.isdecimal()}
    if filters.ME in values:
        staff.add(viewer.staff_id or 0)
    if staff:
        found.append(InboxRow.assignee_id.in_(sorted(staff)))
    if filters.NOBODY in values:
        found.append(InboxRow.assignee_id.is_(None))
    return or_(*found)


_CONDITIONS: Final[Mapping[Key, Callable[[Sequence[str], Viewer], ColumnElement[bool]]]] = {
    Key.STATE: _state,
    Key.QUEUE: _queue,
    Key.TAG: _tag,
    Key.ASSIGNEE: _assignee,
    Key.REASON: lambda values, _viewer: InboxRow.reason.in_(values),
    Key.CHANNEL: lambda values, _viewer: InboxRow.channel.in_(values),
    Key.PRIORITY: lambda values, _viewer: InboxRow.priority_rank.in_(
        sorted(_RANK[Priority(one)] for one in values)
    ),
    Key.LANGUAGE: lambda values, _viewer: InboxRow.language.in_([Language(one) for one in values]),
}


def _due(value: str, now: datetime) -> ColumnElement[bool]:
    if value == filters.OVER:
        return InboxRow.due_by <= now
    return and_(InboxRow.due_by > now, InboxRow.due_by <= now + SOON)


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(filters.day(day), time.min, zone).astimezone(UTC)


# Lists in order


def _listed(
    reader: Reader,
    wanted: Wanted,
    where: Sequence[ColumnElement[bool]],
    cursor: str,
    limit: int,
) -> Page[Line]:
    order = _ORDERS[wanted.sort]
    if cursor:
        where = [*where, _beyond(wanted.sort, cursor)]
    if filters.is_active_only(wanted.filters) is None:
        # Every index begins with it: two short lists made one are quicker than one long one.
        short = (
            _in_order(select(InboxRow.case_id).where(*where, one), order, limit + 1)
            for one in (InboxRow.is_active.is_(True), InboxRow.is_active.is_(False))
        )
        where = [InboxRow.case_id.in_(union_all(*short))]
    rows = reader.execute(_in_order(select(*_SELECTED).where(*where), order, limit + 1)).all()
    return pages.cut(rows, limit, shown=_line, key=lambda row: _key(wanted.sort, row))


def _in_order(
    query: Select[*tuple[Any, ...]], order: _Order, limit: int
) -> Select[*tuple[Any, ...]]:
    columns = [one.desc() if order.is_falling else one.asc() for one in order.columns]
    return query.order_by(*columns).limit(limit)


def _beyond(sort: Sort, cursor: str) -> ColumnElement[bool]:
    """What comes after the row that a cursor names."""
    order = _ORDERS[sort]
    of, *values = pages.read(cursor, str, *order.kinds)
    if of != sort:
        raise Invalid("this cursor is of another list", {"cursor": "not a cursor of this list"})
    here = func.row(*order.columns)
    there = func.row(
        *(
            _moment(value) if kind is str else int(value)
            for value, kind in zip(values, order.kinds, strict=True)
        )
    )
    return here < there if order.is_falling else here > there


def _key(sort: Sort, row: Row[*tuple[Any, ...]]) -> list[int | str]:
    found = (getattr(row, column.key) for column in _ORDERS[sort].columns)
    return [str(sort), *(one.isoformat() if isinstance(one, datetime) else one for one in found)]


def _moment(written: int | str) -> datetime:
    """The time in a cursor; one that somebody made up is refused."""
    with suppress(ValueError):
        found = datetime.fromisoformat(str(written))
        if found.tzinfo is not None:
            return found
    raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(*row[: len(_LINE)])


# Search


@contextmanager
def _patiently(reader: Reader) -> Iterator[None]:
    """Look for so long and no longer: whoever searches for letters keeps no others waiting.

    Raises:
        Invalid: it would have taken longer.
    """
    reader.execute(_LASTS, {"wait": f"{_PATIENCE_S}s"})
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _CANCELLED:
            raise
        raise Invalid("this is found in too many places", {"text": "is too little"}) from None
    finally:
        # In a transaction that was refused nothing runs, and what it set ends with it.
        with suppress(DBAPIError):
            reader.execute(_LASTS, {"wait": "0"})


@dataclass(frozen=True)
class _Texts:
    """The two searched texts of a row, as a condition names them."""

    search: ColumnElement[str]
    words: ColumnElement[str]


_OF_ROWS: Final = _Texts(InboxRow.search.expression, InboxRow.words.expression)
_Fits = Callable[[_Texts], ColumnElement[bool]]


def _holds(word: str, of: _Texts = _OF_ROWS) -> ColumnElement[bool]:
    found = folding.patterns(word)
    return or_(*(of.search.like(one) for one in found), *(of.words.like(one) for one in found))


def _named(word: str, of: _Texts) -> ColumnElement[bool]:
    return or_(*(of.search.like(one) for one in folding.patterns(word)))


def _is_number(typed: str, of: _Texts = _OF_ROWS) -> ColumnElement[bool]:
    """Whether the row is named by the whole number that was typed."""
    number = folding.key(typed)
    return of.search.like(folding.whole(number)) if number else false()


def _tiers(typed: str, words: Sequence[str]) -> Sequence[_Fits]:
    """How a row may fit, the best first: a whole number, names and numbers, what was written."""

    def is_number(of: _Texts) -> ColumnElement[bool]:
        return _is_number(typed, of)

    def named(of: _Texts) -> ColumnElement[bool]:
        return and_(*(_named(word, of) for word in words))

    def held(of: _Texts) -> ColumnElement[bool]:
        return and_(*(_holds(word, of) for word in words))

    return (
        is_number,
        lambda of: and_(named(of), not_(is_number(of))),
        lambda of: and_(held(of), not_(named(of)), not_(is_number(of))),
    )


def _searched(
    reader: Reader,
    typed: str,
    words: Sequence[str],
    where: Sequence[ColumnElement[bool]],
    cursor: str,
    limit: int,
) -> Page[Line]:
    first, place = 0, None
    if cursor:
        of, at_rank, at, case_id = pages.read(cursor, str, int, str, int)
        if of != _SEARCH:
            raise Invalid("this cursor is of another list", {"cursor": "not a cursor of this list"})
        first, place = int(at_rank), (_moment(at), int(case_id))
    rows: list[tuple[int, datetime, int]] = []
    for rank, fits in enumerate(_tiers(typed, words)):
        is_nothing = not rank and not folding.key(typed)
        if rank >= first and len(rows) <= limit and not is_nothing:
            beyond = place if rank == first else None
            found = _newest(reader, fits, where, beyond, limit + 1 - len(rows))
            rows += [(rank, updated_at, case_id) for updated_at, case_id in found]
    lines = _lines(reader, [case_id for _, _, case_id in rows])
    kept = [row for row in rows if row[2] in lines]
    return pages.cut(
        kept,
        limit,
        shown=lambda row: lines[row[2]],
        key=lambda row: [_SEARCH, row[0], row[1].isoformat(), row[2]],
    )


def _newest(
    reader: Reader,
    fits: _Fits,
    where: Sequence[ColumnElement[bool]],
    beyond: tuple[datetime, int] | None,
    limit: int,
) -> list[tuple[datetime, int]]:
    """The newest rows that fit, each by when it changed and its id.

    A word that few hold is found by its index, and what is found is put in order. Of a word that
    many hold the index finds too much to read: the list is walked from its newest end instead,
    until the page is full.
    """
    columns = (InboxRow.updated_at, InboxRow.case_id)
    some = select(*columns).where(*where, fits(_OF_ROWS)).limit(_MANY)
    found = [(row.updated_at, row.case_id) for row in reader.execute(some)]
    if len(found) < _MANY:
        return sorted((one for one in found if beyond is None or one < beyond), reverse=True)[
            :limit
        ]
    return _walked(reader, fits, where, beyond, limit)


def _walked(
    reader: Reader,
    fits: _Fits,
    where: Sequence[ColumnElement[bool]],
    beyond: tuple[datetime, int] | None,
    limit: int,
) -> list[tuple[datetime, int]]:
    """The newest rows that fit, of open and of settled cases: every index begins with that."""
    halves = (InboxRow.is_active.is_(True), InboxRow.is_active.is_(False))
    each = (_in_stretches(reader, fits, [*where, half], beyond, limit) for half in halves)
    return sorted((one for found in each for one in islice(found, limit)), reverse=True)[:limit]


def _in_stretches(
    reader: Reader,
    fits: _Fits,
    where: Sequence[ColumnElement[bool]],
    place: tuple[datetime, int] | None,
    limit: int,
) -> Iterator[tuple[datetime, int]]:
    """What fits, from ``place`` on, newest first; no index of words is asked."""
    order = _ORDERS[Sort.CHANGED]
    while True:
        beyond = [func.row(*order.columns) < func.row(*place)] if place else []
        rows = select(*order.columns, InboxRow.search, InboxRow.words).where(*where, *beyond)
        stretch = _in_order(rows, order, _STRETCH).subquery()
        here = (stretch.c.updated_at, stretch.c.case_id)
        fitting = select(*here).where(fits(_Texts(stretch.c.search, stretch.c.words)))
        hits = fitting.order_by(*(one.desc() for one in here)).limit(limit)
        yield from ((row.updated_at, row.case_id) for row in reader.execute(hits))
        edge = _in_order(select(*order.columns).where(*where, *beyond), order, 1)
        last = reader.execute(edge.offset(_STRETCH - 1)).one_or_none()
        if last is None:
            return
        place = (last.updated_at, last.case_id)


def _lines(reader: Reader, case_ids: Collection[int]) -> dict[int, Line]:
    return {one.case_id: one for one in _THESE.all(reader, case_ids=list(case_ids))}


def _close(
    reader: Reader, words: Sequence[str], where: Sequence[ColumnElement[bool]], limit: int
) -> Page[Line]:
    """What is written much like the words, the closest first; there is no second page of it."""
    long = [folding.grams(word) for word in words if len(word) >= _SHORTEST_CLOSE]
    if not long or len(long) < len(words):
        return Page(())
    reader.execute(
        select(func.set_config("pg_trgm.word_similarity_threshold", str(_CLOSE), false()))
    )
    each = [
        select(InboxRow.case_id)
        .where(*(literal(word, Text).op("<%", return_type=Boolean())(column) for word in long))
        .limit(_CANDIDATES)
        for column in (InboxRow.search, InboxRow.words)
    ]
    near = sum(
        (
            func.greatest(
                func.word_similarity(word, InboxRow.search),
                func.word_similarity(word, InboxRow.words),
            )
            for word in long
        ),
        start=literal(0.0),
    )
    rows = reader.execute(
        select(*_SELECTED)
        .where(*where, InboxRow.case_id.in_(union_all(*each)))
        .order_by(near.desc(), InboxRow.updated_at.desc(), InboxRow.case_id)
        .limit(limit)
    ).all()
    return Page(tuple(_line(row) for row in rows))


def _marked(reader: Reader, lines: Sequence[Line], words: Sequence[str]) -> Iterator[Line]:
    """The lines with the place in what was written where the words stand."""
    shown = [one.case_id for one in lines]
    threads = {row.id: row.conversation_id for row in _THREADS.all(reader, case_ids=shown)}
    said = conversations.said(reader, {one for one in threads.values() if one}, most=_MOST_SAID)
    noted: dict[int, list[str]] = {}
    for one in _NOTED.all(reader, case_ids=list(threads)):
        noted.setdefault(one.case_id, []).append(one.text)
    for line in lines:
        written = [one.text for one in said.get(threads.get(line.case_id) or 0, ())]
        parts = around([line.excerpt, *written, *noted.get(line.case_id, ())], words)
        yield replace(line, parts=parts)


#: What every look at the inbox asks for, and what is read of the cases that a search found.
_THESE: Final = Hot(select(*_LINE).where(InboxRow.case_id == among("case_ids")), Line)
_THREADS: Final = named(select(Case.id, Case.conversation_id).where(Case.id == among("case_ids")))
_NOTED: Final = named(
    select(CaseEntry.case_id, CaseEntry.text)
    .where(CaseEntry.case_id == among("case_ids"), CaseEntry.text != "")
    .order_by(CaseEntry.id.desc())
    .limit(_MOST_SAID * MOST)
)
