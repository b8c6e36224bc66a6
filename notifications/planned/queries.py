"""What is to be told to customers and waits, the next first, and what each waits for."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select, tuple_
from sqlalchemy.orm import Session

from notifications.models import Notice
from notifications.rules import BY_TEMPLATE, RULES, Kind, Rule, is_gathered
from notifications.states import NoticeState
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: Of what colleagues who are limited are told nothing: what was said in cases.
_OF_CASES: Final = frozenset({Kind.ANSWERS, Kind.SURVEYS})


@dataclass(frozen=True, kw_only=True)
class PlannedView:
    """A notice that waits. ``why`` is a code of what it waits for; empty where nobody noted it.

    ``together`` is how many others wait to go in one letter with it. ``facts`` are personal.
    """

    id: int
    rule: Rule
    customer_id: int
    order_id: int | None
    language: Language
    facts: dict[str, Any]
    at: datetime
    due_at: datetime
    why: str
    together: int = 0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which of them; ``of_orders_alone`` leaves out what is said of cases."""

    order_id: int | None = None
    of_orders_alone: bool = False


def page(reader: Reader, wanted: Wanted, *, cursor: str = "", limit: int = 40) -> Page[PlannedView]:
    """The next that is due first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(*_COLUMNS)
        .where(*_narrowed(wanted))
        .order_by(Notice.due_at, Notice.id)
        .limit(limit + 1)
    )
    if cursor:
        at, last_id = pages.read(cursor, str, int)
        query = query.where(tuple_(Notice.due_at, Notice.id) > (_moment(str(at)), last_id))
    rows = reader.execute(query).all()
    others = _groups(reader, {row.customer_id for row in rows})
    return pages.cut(
        rows,
        limit,
        shown=lambda row: _view(row, others),
        key=lambda row: [row.due_at.isoformat(), row.id],
    )


def one(reader: Reader, notice_id: int, wanted: Wanted) -> PlannedView:
    """One that waits.

    Raises:
        NotFound: there is none, it does not wait any more, or is not among those ``wanted``.
    """
    query = select(*_COLUMNS).where(Notice.id == notice_id, *_narrowed(wanted))
    row = reader.execute(query).first()
    if row is None:
        raise NotFound("no such notice")
    return _view(row, _groups(reader, {row.customer_id}))


def state_of(reader: Reader, notice_id: int, wanted: Wanted) -> NoticeState:
    """What became of a notice, whether it waits or not.

    Raises:
        NotFound: there is none, or not among those ``wanted``.
    """
    query = select(Notice.state).where(Notice.id == notice_id, *_of(wanted))
    state = reader.execute(query).scalar_one_or_none()
    if state is None:
        raise NotFound("no such notice")
    return state


def count(reader: Reader, wanted: Wanted) -> int:
    """How many wait."""
    return reader.execute(select(func.count()).where(*_narrowed(wanted))).scalar_one()


_COLUMNS: Final = (
    Notice.id,
    Notice.template,
    Notice.customer_id,
    Notice.order_id,
    Notice.language,
    Notice.facts,
    Notice.at,
    Notice.due_at,
    Notice.why,
)


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    return [Notice.state == NoticeState.WAITING, *_of(wanted)]


def _of(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.order_id is not None:
        found.append(Notice.order_id == wanted.order_id)
    if wanted.of_orders_alone:
        theirs = [rule.template for rule in RULES if rule.kind not in _OF_CASES]
        found += [Notice.order_id.is_not(None), Notice.template.in_(theirs)]
    return found


def _groups(reader: Reader, customer_ids: Collection[int]) -> Counter[tuple[object, ...]]:
    """How many wait for the same letter, by whose it is, its language, kind and time."""
    if not customer_ids:
        return Counter()
    query = select(Notice.customer_id, Notice.language, Notice.template, Notice.due_at).where(
        Notice.customer_id.in_(customer_ids), Notice.state == NoticeState.WAITING
    )
    return Counter(_group(row) for row in reader.execute(query))


def _group(row: Any) -> tuple[object, ...]:
    rule = BY_TEMPLATE[row.template]
    alone = "" if is_gathered(rule) else row.template
    return row.customer_id, row.language, rule.kind, row.due_at, alone


def _view(row: Any, others: Counter[tuple[object, ...]]) -> PlannedView:
    rule = BY_TEMPLATE[row.template]
    return PlannedView(
        id=row.id,
        rule=rule,
        customer_id=row.customer_id,
        order_id=row.order_id,
        language=row.language,
        facts=dict(row.facts),
        at=row.at,
        due_at=row.due_at,
        why=row.why,
        together=max(0, others[_group(row)] - 1) if is_gathered(rule) else 0,
    )


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return at
