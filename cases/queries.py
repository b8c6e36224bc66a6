"""Reading cases. What customers may see has functions of its own, which never touch entries."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Subquery, bindparam, select
from sqlalchemy.orm import Session

from cases.models import Case, CaseEntry, CaseLine, CaseOrder, Reason
from cases.states import ACTIVE, CaseState, EntryKind
from cases.views import (
    CaseView,
    EntryView,
    Note,
    PublicCase,
    ReasonView,
)
from oms_service.infra.hot import Hot, among, named, one_of
from oms_service.infra.once import learn, once
from oms_service.kernel import pages, text
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

_FIELDS: Final = tuple(name for name in CaseView.__dataclass_fields__ if name != "is_new")
_CASE: Final = tuple(getattr(Case, name) for name in _FIELDS)
_REASON: Final = tuple(getattr(Reason, name) for name in ReasonView.__dataclass_fields__)
_MOST_ENTRIES: Final = 500


@once
def by_number(reader: Reader, number: str) -> CaseView:
    """The case people call so, however they type it.

    Raises:
        NotFound: there is none.
    """
    key = text.order_key(number).removeprefix("C")
    found = _the(_BY_NUMBER.first(reader, number=f"C-{key}"))
    learn(reader, by_id, found, found.id)
    return found


@once
def by_id(reader: Reader, case_id: int) -> CaseView:
    """The case an event names.

    Raises:
        NotFound: there is none.
    """
    return _the(_BY_ID.first(reader, case_id=case_id))


@once
def by_ids(reader: Reader, case_ids: Collection[int]) -> list[CaseView]:
    """Some cases, the oldest first; one query."""
    return _BY_IDS.all(reader, case_ids=list(case_ids)) if case_ids else []


@once
def numbers_of(reader: Reader, case_ids: Collection[int]) -> dict[int, str]:
    """What people call some cases, by id; one query."""
    if not case_ids:
        return {}
    rows = _NUMBERS.all(reader, case_ids=list(case_ids))
    return {row.id: row.number for row in rows}


def latest_of_conversation(reader: Reader, conversation_id: int) -> CaseView | None:
    """The case a conversation is about: an open one first, else the newest."""
    return _first(
        reader,
        select(*_CASE)
        .where(Case.conversation_id == conversation_id)
        .order_by(Case.state.in_(ACTIVE).desc(), Case.id.desc()),
    )


def numbers_of_conversations(reader: Reader, ids: Collection[int]) -> dict[int, str]:
    """What people call the newest case of each of some conversations; one query."""
    rows = reader.execute(
        select(Case.conversation_id, Case.number)
        .where(Case.conversation_id.in_(ids))
        .order_by(Case.id)
    )
    return {row.conversation_id: row.number for row in rows}


def of_conversations() -> Subquery:
    """Every case that came out of a conversation: ``case_id``, ``conversation_id``, ``at``."""
    return (
        select(Case.id.label("case_id"), Case.conversation_id, Case.opened_at.label("at"))
        .where(Case.conversation_id.is_not(None))
        .subquery()
    )


def open_of_order(reader: Reader, order_id: int, reason: str) -> CaseView | None:
    """The open case of an order for one reason."""
    return _OPEN_OF_ORDER.first(reader, order_id=order_id, reason=reason)


def ids_of_order(reader: Reader, order_id: int, *, limit: int) -> list[int]:
    """The newest cases about an order."""
    query = select(Case.id).where(Case.order_id == order_id).order_by(Case.id.desc()).limit(limit)
    return list(reader.execute(query).scalars())


def ids_of_customer(reader: Reader, customer_id: int) -> list[int]:
    """Every case of a customer."""
    query = select(Case.id).where(Case.customer_id == customer_id).order_by(Case.id)
    return list(reader.execute(query).scalars())


def of_return(reader: Reader, return_id: int) -> CaseView | None:
    """The newest case about a return."""
    return _first(
        reader, select(*_CASE).where(Case.return_id == return_id).order_by(Case.id.desc())
    )


def carrying(reader: Reader, order_id: int, what: str, value: str) -> CaseView | None:
    """The case of an order that carries a claim or a wish: an open one first, else the newest.

    It is found by what was asked for, whatever reason it was given since.
    """
    return _first(
        reader,
        select(*_CASE)
        .where(Case.order_id == order_id, Case.wanted[what].astext == value)
        .order_by(Case.state.in_(ACTIVE).desc(), Case.id.desc()),
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


@once
def entries(reader: Reader, case_id: int) -> list[EntryView]:
    """A case's own record, oldest first. Internal."""
    return _ENTRIES.all(reader, case_id=case_id)[::-1]


def notes(reader: Reader, case_ids: Collection[int], *, limit: int = 10) -> list[Note]:
    """The notes of several cases, newest first. Internal."""
    rows = reader.execute(
        select(Case.number, CaseEntry.text, CaseEntry.actor, CaseEntry.at)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(CaseEntry.case_id.in_(case_ids), CaseEntry.kind == EntryKind.NOTE)
        .order_by(CaseEntry.id.desc())
        .limit(limit)
    )
    return [Note(*row) for row in rows]


def lines(reader: Reader, case_id: int) -> dict[int, int]:
    """Quantity by order line the case is about."""
    return {row.order_line_id: row.quantity for row in chosen_lines(reader, case_id)}


@once
def chosen_lines(reader: Reader, case_id: int) -> list[Any]:
    """The same as rows of ``order_line_id``, ``quantity`` and ``resolution``, empty while open."""
    return _LINES.all(reader, case_id=case_id)


@once
def further_orders(reader: Reader, case_id: int) -> dict[int, Mapping[str, Any]]:
    """The orders a case is about besides its main one, by id: as each was when it came to it."""
    return {row.order_id: row.snapshot for row in _FURTHER.all(reader, case_id=case_id)}


@once
def reasons(reader: Reader) -> dict[str, ReasonView]:
    """Why customers write, by code, in the order in which they are offered."""
    return {one.code: one for one in _REASONS.all(reader)}


# What customers may see


def public_of_customer(reader: Reader, customer_id: int, *, limit: int = 50) -> list[PublicCase]:
    """A customer's own cases, the newest first."""
    return _public(reader, Case.customer_id == customer_id, limit)


def public_of_orders(
    reader: Reader, order_ids: Collection[int], *, limit: int = 200
) -> list[PublicCase]:
    """What customers may know of the cases about some orders, the newest first."""
    further = select(CaseOrder.case_id).where(CaseOrder.order_id.in_(order_ids))
    return _public(reader, Case.order_id.in_(order_ids) | Case.id.in_(further), limit)


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


def _the(found: CaseView | None) -> CaseView:
    if found is None:
        raise NotFound("no such case")
    return found


def _first(reader: Reader, query: Select[*tuple[Any, ...]]) -> CaseView | None:
    row = reader.execute(query.limit(1)).one_or_none()
    return None if row is None else _case(row)


def _case(row: Sequence[Any]) -> CaseView:
    return CaseView(**dict(zip(_FIELDS, row, strict=True)))


def _of(*columns: Any) -> CaseView:
    return _case(columns)


_BY_NUMBER: Final = Hot(select(*_CASE).where(Case.number == bindparam("number")), _of)
_BY_ID: Final = Hot(select(*_CASE).where(Case.id == bindparam("case_id")), _of)
_BY_IDS: Final = Hot(select(*_CASE).where(Case.id == among("case_ids")).order_by(Case.id), _of)
_OPEN_OF_ORDER: Final = Hot(
    select(*_CASE)
    .where(
        Case.order_id == bindparam("order_id"),
        Case.reason == bindparam("reason"),
        one_of(Case.state, ACTIVE),
    )
    .limit(1),
    _of,
)
_NUMBERS: Final = named(select(Case.id, Case.number).where(Case.id == among("case_ids")))
_ENTRIES: Final = Hot(
    select(
        CaseEntry.id, CaseEntry.kind, CaseEntry.text, CaseEntry.data, CaseEntry.actor, CaseEntry.at
    )
    .where(CaseEntry.case_id == bindparam("case_id"))
    .order_by(CaseEntry.id.desc())
    .limit(_MOST_ENTRIES),
    EntryView,
)
_LINES: Final = named(
    select(CaseLine.order_line_id, CaseLine.quantity, CaseLine.resolution).where(
        CaseLine.case_id == bindparam("case_id")
    )
)
_FURTHER: Final = named(
    select(CaseOrder.order_id, CaseOrder.snapshot)
    .where(CaseOrder.case_id == bindparam("case_id"))
    .order_by(CaseOrder.order_id)
)
_REASONS: Final = Hot(select(*_REASON).order_by(Reason.position, Reason.code), ReasonView)
