"""Reading cases. What customers may see has functions of its own, which never touch entries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from cases.models import Case, CaseEntry, CaseLine, InboxRow, Reason
from cases.states import ACTIVE, CaseState
from cases.views import (
    CaseView,
    Counts,
    EntryView,
    InboxLine,
    PublicCase,
    ReasonView,
)
from oms_service.kernel import pages, text
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

_FIELDS: Final = tuple(name for name in CaseView.__dataclass_fields__ if name != "is_new")
_CASE: Final = tuple(getattr(Case, name) for name in _FIELDS)
_REASON: Final = tuple(getattr(Reason, name) for name in ReasonView.__dataclass_fields__)
_MOST_ENTRIES: Final = 500
_WAITING: Final = (
    CaseState.WAITING_CUSTOMER,
    CaseState.WAITING_THIRD_PARTY,
    CaseState.SNOOZED,
)


class Saved(StrEnum):
    """The saved views of the inbox."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"


def by_number(reader: Reader, number: str) -> CaseView:
    """The case people call so, however they type it.

    Raises:
        NotFound: there is none.
    """
    key = text.order_key(number).removeprefix("C")
    return _one(reader, Case.number == f"C-{key}")


def by_id(reader: Reader, case_id: int) -> CaseView:
    """The case an event names.

    Raises:
        NotFound: there is none.
    """
    return _one(reader, Case.id == case_id)


def latest_of_conversation(reader: Reader, conversation_id: int) -> CaseView | None:
    """The case a conversation is about: an open one first, else the newest."""
    return _first(
        reader,
        select(*_CASE)
        .where(Case.conversation_id == conversation_id)
        .order_by(Case.state.in_(ACTIVE).desc(), Case.id.desc()),
    )


def open_of_order(reader: Reader, order_id: int, reason: str) -> CaseView | None:
    """The open case of an order for one reason."""
    return _first(
        reader,
        select(*_CASE).where(
            Case.order_id == order_id, Case.reason == reason, Case.state.in_(ACTIVE)
        ),
    )


def of_return(reader: Reader, return_id: int) -> CaseView | None:
    """The newest case about a return."""
    return _first(
        reader, select(*_CASE).where(Case.return_id == return_id).order_by(Case.id.desc())
    )


def newest(
    reader: Reader,
    *,
    state: CaseState | None = None,
    order_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[CaseView]:
    """One page of all cases, the newest first; only those in a state or about an order. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*_CASE).order_by(Case.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(Case.state == state)
    if order_id is not None:
        query = query.where(Case.order_id == order_id)
    if cursor:
        (before,) = pages.read(cursor, int)
        query = query.where(Case.id < int(before))
    return pages.cut(reader.execute(query).all(), limit, shown=_case, key=lambda row: [int(row.id)])


def entries(reader: Reader, case_id: int) -> list[EntryView]:
    """A case's own record, oldest first. Internal."""
    rows = reader.execute(
        select(
            CaseEntry.id,
            CaseEntry.kind,
            CaseEntry.text,
            CaseEntry.data,
            CaseEntry.actor,
            CaseEntry.at,
        )
        .where(CaseEntry.case_id == case_id)
        .order_by(CaseEntry.id.desc())
        .limit(_MOST_ENTRIES)
    )
    return [EntryView(*row) for row in rows][::-1]


def lines(reader: Reader, case_id: int) -> dict[int, int]:
    """Quantity by order line the case is about."""
    rows = reader.execute(
        select(CaseLine.order_line_id, CaseLine.quantity).where(CaseLine.case_id == case_id)
    )
    return {row.order_line_id: row.quantity for row in rows}


def reasons(reader: Reader) -> dict[str, ReasonView]:
    """Why customers write, by code, in the order in which they are offered."""
    rows = reader.execute(select(*_REASON).order_by(Reason.position, Reason.code))
    return {row.code: ReasonView(*row) for row in rows}


# The inbox


def inbox(
    reader: Reader,
    saved: Saved,
    *,
    staff_id: int,
    search: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[InboxLine]:
    """One page of a saved view: who has waited longest for us comes first, urgent ones above.

    Resolved ones come newest first. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(
        InboxRow.case_id,
        InboxRow.number,
        InboxRow.reason,
        InboxRow.state,
        InboxRow.priority_rank,
        InboxRow.assignee_id,
        InboxRow.customer_name,
        InboxRow.order_number,
        InboxRow.excerpt,
        InboxRow.waiting_since,
        InboxRow.updated_at,
    ).where(_in(saved, staff_id), _fits(search))
    ordered = _after(query, saved, cursor).limit(limit + 1)
    rows = reader.execute(ordered).all()
    return pages.cut(rows, limit, shown=_line, key=_by_age if saved is Saved.RESOLVED else _by_rank)


def counts(reader: Reader, staff_id: int) -> Counts:
    """How many cases each view holds; one query."""
    row = reader.execute(
        select(
            *(func.count().filter(_in(saved, staff_id)).label(saved.value) for saved in Saved)
        ).select_from(InboxRow)
    ).one()
    return Counts(**row._mapping)  # noqa: SLF001 - a row's public way to names


def waiting_for_us(reader: Reader, staff_id: int) -> int:
    """My cases in which a customer waits."""
    query = select(func.count()).where(
        InboxRow.is_active, InboxRow.assignee_id == staff_id, InboxRow.waiting_since.is_not(None)
    )
    return reader.execute(query).scalar_one()


def _in(saved: Saved, staff_id: int) -> ColumnElement[bool]:
    match saved:
        case Saved.MINE:
            return and_(InboxRow.is_active, InboxRow.assignee_id == staff_id)
        case Saved.UNASSIGNED:
            return and_(InboxRow.is_active, InboxRow.assignee_id.is_(None))
        case Saved.OPEN:
            return InboxRow.is_active.is_(True)
        case Saved.WAITING:
            return and_(InboxRow.is_active, InboxRow.state.in_(_WAITING))
        case Saved.RESOLVED:
            return ~InboxRow.is_active


def _fits(search: str) -> ColumnElement[bool]:
    words = text.folded(search).split()
    if not words:
        return true()
    by_words = and_(*(InboxRow.search.contains(word, autoescape=True) for word in words))
    number = text.order_key(search).lower()
    if any(letter.isdigit() for letter in number):
        return or_(by_words, InboxRow.search.contains(number, autoescape=True))
    return by_words


#: Nobody waits: behind everybody who does.
_NEVER: Final = "9999-12-31T00:00:00+00:00"


def _after(
    query: Select[*tuple[Any, ...]], saved: Saved, cursor: str | None
) -> Select[*tuple[Any, ...]]:
    if saved is Saved.RESOLVED:
        if cursor:
            at, case_id = pages.read(cursor, str, int)
            query = query.where(
                or_(
                    InboxRow.updated_at < _moment(at),
                    and_(InboxRow.updated_at == _moment(at), InboxRow.case_id < int(case_id)),
                )
            )
        return query.order_by(InboxRow.updated_at.desc(), InboxRow.case_id.desc())
    since = func.coalesce(InboxRow.waiting_since, _moment(_NEVER))
    if cursor:
        rank, at, case_id = pages.read(cursor, int, str, int)
        here = func.row(InboxRow.priority_rank, since, InboxRow.case_id)
        query = query.where(here > func.row(int(rank), _moment(at), int(case_id)))
    return query.order_by(InboxRow.priority_rank, since, InboxRow.case_id)


def _moment(written: int | str) -> datetime:
    return datetime.fromisoformat(str(written))


def _by_rank(row: Row[*tuple[Any, ...]]) -> list[int | str]:
    since = row.waiting_since.isoformat() if row.waiting_since else _NEVER
    return [row.priority_rank, since, row.case_id]


def _by_age(row: Row[*tuple[Any, ...]]) -> list[int | str]:
    return [row.updated_at.isoformat(), row.case_id]


def _line(row: Row[*tuple[Any, ...]]) -> InboxLine:
    return InboxLine(*row)


# What customers may see


def public_of_customer(reader: Reader, customer_id: int, *, limit: int = 50) -> list[PublicCase]:
    """A customer's own cases, the newest first."""
    return _public(reader, Case.customer_id == customer_id, limit)


def public_of_orders(
    reader: Reader, order_ids: Collection[int], *, limit: int = 200
) -> list[PublicCase]:
    """What customers may know of the cases about some orders, the newest first."""
    return _public(reader, Case.order_id.in_(order_ids), limit)


def _public(reader: Reader, where: ColumnElement[bool], limit: int) -> list[PublicCase]:
    rows = reader.execute(
        select(
            Case.number,
            Reason.public_name,
            Case.state,
            Case.opened_at,
            Case.resolved_at,
            Case.order_id,
        )
        .join(Reason, Reason.code == Case.reason)
        .where(where, ~Case.is_internal, Case.merged_into_id.is_(None))
        .order_by(Case.id.desc())
        .limit(limit)
    )
    return [PublicCase(*row) for row in rows]


# Inside


def _one(reader: Reader, where: ColumnElement[bool]) -> CaseView:
    found = _first(reader, select(*_CASE).where(where))
    if found is None:
        raise NotFound("no such case")
    return found


def _first(reader: Reader, query: Select[*tuple[Any, ...]]) -> CaseView | None:
    row = reader.execute(query.limit(1)).one_or_none()
    return None if row is None else _case(row)


def _case(row: Sequence[Any]) -> CaseView:
    return CaseView(**dict(zip(_FIELDS, row, strict=True)))
