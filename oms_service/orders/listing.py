"""Lists of orders, by what people look for; flat in cost however many there are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    false,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from oms_service.infra.db import UtcTime
from oms_service.infra.hot import among, named, one_of
from oms_service.kernel import pages, text
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.kernel.pages import Page
from oms_service.orders.models import Order, OrderLine
from oms_service.orders.queries import ORDER_COLUMNS, OrderView, order_view
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.shipping import promised
from oms_service.shipping.promised import PROMISES
from oms_service.shipping.states import Jeopardy

Reader = Session | Connection

OPEN: Final = frozenset({OrderState.DRAFT, OrderState.PLACED, OrderState.ON_HOLD})
#: Only orders in these states are counted, and of them only so many.
MOST_COUNTED: Final = 5_000
_DONE: Final = frozenset({FulfilmentState.DELIVERED, FulfilmentState.CANCELLED})


class Sort(StrEnum):
    """What stands first; the orders of which that is not known come last."""

    #: Placed last.
    NEWEST = "newest"
    #: Promised soonest.
    PROMISED = "promised"
    #: Of the largest total; those of one currency after those of another, for they do not compare.
    AMOUNT = "amount"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which orders; what is empty does not matter. ``placed_until`` is the first moment after.

    ``least_minor`` and ``most_minor`` bound the total, both ends included; with ``currency``
    only orders in it fit, for totals in another one do not compare.

    ``typed`` is an order number, its digits, a mail address or a phone number; orders of
    ``customer_ids`` fit it as well. With ``by_number_only`` it is a number and nothing else.
    ``jeopardies`` say how the promise of orders stands that are still to arrive; ``numbers`` are
    whole order numbers, each as it is written.
    """

    order_states: Collection[OrderState] = ()
    payment_states: Collection[PaymentState] = ()
    fulfilment_states: Collection[FulfilmentState] = ()
    channel_id: int | None = None
    customer_id: int | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    currency: str | None = None
    typed: str = ""
    customer_ids: Collection[int] = ()
    by_number_only: bool = False
    with_drafts: bool = False
    jeopardies: Collection[Jeopardy] = ()
    numbers: Collection[str] = ()


@dataclass(frozen=True)
class Head:
    """What a list says of the goods of an order."""

    first_item: Words
    further_items: int
    units: int
    waiting: int


def page(
    reader: Reader,
    wanted: Wanted,
    *,
    sort: Sort = Sort.NEWEST,
    cursor: str = "",
    limit: int = 50,
) -> Page[OrderView]:
    """One page of the orders that fit, in the order of ``sort``; two queries at most.

    Raises:
        Invalid: a cursor of another list, or of another order of this one.
    """
    conditions = _conditions(wanted)
    if sort is not Sort.NEWEST:
        return _sorted(reader, wanted, conditions, sort=sort, cursor=cursor, limit=limit)
    placed, last = _position(cursor)
    rows: list[Any] = []
    if not cursor or placed is not None:
        timed = [*conditions, Order.placed_at.is_not(None)]
        if placed is not None:
            timed.append(tuple_(Order.placed_at, Order.id) < tuple_(placed, last))
        newest_first = (Order.placed_at.desc(), Order.id.desc())
        rows = list(reader.execute(_first(wanted, timed, newest_first, limit + 1)))
    if len(rows) <= limit:
        untimed = [*conditions, Order.placed_at.is_(None)]
        if placed is None and last is not None:
            untimed.append(Order.id < last)
        rest = limit + 1 - len(rows)
        rows += reader.execute(_first(wanted, untimed, (Order.id.desc(),), rest))
    return pages.cut(
        rows,
        limit,
        shown=order_view,
        key=lambda row: [row.placed_at.isoformat() if row.placed_at else "", row.id],
    )


@dataclass(frozen=True)
class _Source:
    """What a sorted list is read from: the orders with what they are sorted by."""

    query: Select[*tuple[Any, ...]]
    promised: Select[*tuple[Any, ...]]
    total: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
    until: ColumnElement[Any]
    is_unpromised: ColumnElement[bool]


def _sorted(
    reader: Reader,
    wanted: Wanted,
    conditions: Sequence[ColumnElement[bool]],
    *,
    sort: Sort,
    cursor: str,
    limit: int,
) -> Page[OrderView]:
    """One page by what each order costs or promises."""
    source = _source(wanted, conditions, sort)
    if sort is Sort.AMOUNT:
        rows = _by_amount(reader, source, cursor, limit + 1)
        return pages.cut(
            rows,
            limit,
            shown=order_view,
            key=lambda row: [str(sort), row.currency, row.total_minor, row.id],
        )
    rows = _by_promise(reader, source, cursor, limit + 1)
    return pages.cut(
        rows,
        limit,
        shown=order_view,
        key=lambda row: [
            str(sort),
            row.promised_until.isoformat() if row.promised_until else "",
            row.id,
        ],
    )


def _by_amount(reader: Reader, source: _Source, cursor: str, limit: int) -> list[Any]:
    query, by = source.query, (*source.total, Order.id)
    if cursor:
        of, currency, total, last = pages.read(cursor, str, str, int, int)
        _check(of, Sort.AMOUNT)
        after = (literal(currency), literal(total, BigInteger), literal(last, BigInteger))
        query = query.where(tuple_(*by) < tuple_(*after))
    return list(reader.execute(query.order_by(*(one.desc() for one in by)).limit(limit)))


def _by_promise(reader: Reader, source: _Source, cursor: str, limit: int) -> list[Any]:
    until, last = _promised_position(cursor)
    rows: list[Any] = []
    if not cursor or until is not None:
        timed = source.promised.add_columns(source.until.label("promised_until"))
        timed = timed.where(source.until.is_not(None))
        if until is not None:
            timed = timed.where(
                tuple_(source.until, Order.id)
                > tuple_(literal(until, UtcTime()), literal(last, BigInteger))
            )
        rows = list(reader.execute(timed.order_by(source.until, Order.id).limit(limit)))
    if len(rows) < limit:
        untimed = source.query.add_columns(null().label("promised_until"))
        untimed = untimed.where(source.is_unpromised)
        if until is None and last is not None:
            untimed = untimed.where(Order.id < last)
        rows += reader.execute(untimed.order_by(Order.id.desc()).limit(limit - len(rows)))
    return rows


def _source(wanted: Wanted, conditions: Sequence[ColumnElement[bool]], sort: Sort) -> _Source:
    """Where the orders that fit are known to be few, they are gathered before they are sorted.

    The walk through a whole index for the few of them that lie at its end would be long, and the
    planner does not know where they lie. Of what was typed, the newest ``MOST_COUNTED`` of each
    way are gathered.
    """
    states = _asked_states(wanted)
    by_promise = sort is Sort.PROMISED
    if wanted.typed.strip():
        newest = (Order.placed_at.desc(), Order.id.desc())
        found = _found(wanted, conditions, newest, MOST_COUNTED)
        fits: Sequence[ColumnElement[bool]] = (
            false() if found is None else Order.id.in_(select(found.c.id)),
        )
    elif wanted.numbers or wanted.jeopardies or (states and states <= OPEN):
        fits = conditions
    else:
        query = select(*ORDER_COLUMNS).where(*conditions)
        return _Source(
            query,
            query.join(PROMISES, PROMISES.c.order_id == Order.id),
            (Order.currency, Order.total_minor),
            PROMISES.c.promised_until,
            promised.is_unpromised(Order.id),
        )
    gathered = select(Order.id, Order.currency, Order.total_minor).where(*fits)
    if by_promise:
        gathered = gathered.add_columns(PROMISES.c.promised_until).outerjoin(
            PROMISES, PROMISES.c.order_id == Order.id
        )
    few = gathered.cte("few").prefix_with("MATERIALIZED")
    until = few.c.promised_until if by_promise else null()
    query = select(*ORDER_COLUMNS).join(few, few.c.id == Order.id)
    return _Source(
        query,
        query,
        (few.c.currency, few.c.total_minor),
        until,
        until.is_(None),
    )


def heads(reader: Reader, order_ids: Collection[int]) -> dict[int, Head]:
    """The goods of some orders in short, in one query."""
    found = {}
    for row in _HEADS.all(reader, order_ids=list(order_ids)):
        first = row.names[row.positions.index(min(row.positions))]
        found[row.order_id] = Head(first, len(row.names) - 1, int(row.units), int(row.waiting))
    return found


_HEADS: Final = named(
    select(
        OrderLine.order_id,
        func.array_agg(OrderLine.name).label("names"),
        func.array_agg(OrderLine.position).label("positions"),
        func.sum(OrderLine.ordered).label("units"),
        func.sum(OrderLine.backordered).label("waiting"),
    )
    .where(OrderLine.order_id == among("order_ids"))
    .group_by(OrderLine.order_id)
)


def open_counts(
    reader: Reader,
) -> Mapping[tuple[OrderState, PaymentState, FulfilmentState], int]:
    """How many open orders stand where; of very many, the newest ``MOST_COUNTED``."""
    return {
        (row.order_state, row.payment_state, row.fulfilment_state): row.orders
        for row in _OPEN_COUNTS.all(reader)
    }


def _open_counts() -> Select[*tuple[Any, ...]]:
    newest = (
        select(Order.order_state, Order.payment_state, Order.fulfilment_state)
        .where(one_of(Order.order_state, OPEN))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    states = (newest.c.order_state, newest.c.payment_state, newest.c.fulfilment_state)
    return select(*states, func.count().label("orders")).group_by(*states)


_OPEN_COUNTS: Final = named(_open_counts())


def _first(
    wanted: Wanted,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """The first orders that fit all ``conditions``, and what was typed.

    Each way of finding what was typed gives its own first ones, so that its index ends early:
    customers with thousands of orders cost no more than those with few.
    """
    query = select(*ORDER_COLUMNS).order_by(*order).limit(limit)
    if not wanted.typed.strip():
        return query.where(*conditions)
    found = _found(wanted, conditions, order, limit)
    if found is None:
        return query.where(false())
    first = select(found.c.id).order_by(found.c.placed_at.desc(), found.c.id.desc()).limit(limit)
    return query.where(Order.id.in_(first))


def _found(
    wanted: Wanted,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int,
) -> Subquery | None:
    """What each way of finding what was typed has first; None where there is no way."""
    ways = [
        select(Order.id, Order.placed_at).where(way, *conditions).order_by(*order).limit(limit)
        for way in _ways(wanted)
    ]
    if wanted.customer_ids:
        ids = literal(list(wanted.customer_ids), ARRAY(BigInteger))
        people = select(func.unnest(ids).label("id")).subquery("people")
        theirs = (
            select(Order.id, Order.placed_at)
            .where(Order.customer_id == people.c.id, *conditions)
            .order_by(*order)
            .limit(limit)
            .lateral("theirs")
        )
        ways.append(
            select(theirs.c.id, theirs.c.placed_at).select_from(people.join(theirs, true()))
        )
    return union(*ways).subquery("found") if ways else None


def _promised_position(cursor: str) -> tuple[datetime | None, int | None]:
    if not cursor:
        return None, None
    of, said, last = pages.read(cursor, str, str, int)
    _check(of, Sort.PROMISED)
    return (_moment(str(said)) if said else None), int(last)


def _check(of: object, sort: Sort) -> None:
    if of != sort:
        raise _not_of_this()


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise _not_of_this() from None
    if at.tzinfo is None:
        raise _not_of_this()
    return at


def _not_of_this() -> Invalid:
    return Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})


def _position(cursor: str) -> tuple[datetime | None, int | None]:
    if not cursor:
        return None, None
    placed, last = pages.read(cursor, str, int)
    return (_moment(str(placed)) if placed else None), int(last)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [_states(wanted)]
    if wanted.payment_states:
        found.append(Order.payment_state.in_(wanted.payment_states))
    if wanted.fulfilment_states:
        found.append(Order.fulfilment_state.in_(wanted.fulfilment_states))
    if wanted.channel_id is not None:
        found.append(Order.channel_id == wanted.channel_id)
    if wanted.customer_id is not None:
        found.append(Order.customer_id == wanted.customer_id)
    if wanted.jeopardies:
        found.append(Order.id.in_(promised.in_jeopardy(wanted.jeopardies)))
    if wanted.numbers:
        found.append(Order.number.in_(wanted.numbers))
    return [*found, *_between(wanted)]


def _between(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """The bounds in time and of the total."""
    if wanted.placed_from is not None:
        yield Order.placed_at >= wanted.placed_from
    if wanted.placed_until is not None:
        yield Order.placed_at < wanted.placed_until
    if wanted.least_minor is not None:
        yield Order.total_minor >= wanted.least_minor
    if wanted.most_minor is not None:
        yield Order.total_minor <= wanted.most_minor
    if wanted.currency is not None:
        yield Order.currency == wanted.currency


def _states(wanted: Wanted) -> ColumnElement[bool]:
    states = _asked_states(wanted)
    if states:
        return Order.order_state.in_(states)
    return true() if wanted.with_drafts else Order.is_draft.is_(False)


def _asked_states(wanted: Wanted) -> frozenset[OrderState]:
    """The states asked for, or those that the other axes leave; few open ones have an index."""
    states = frozenset(wanted.order_states)
    if not states and wanted.fulfilment_states and not _DONE & set(wanted.fulfilment_states):
        return OPEN if wanted.with_drafts else OPEN - {OrderState.DRAFT}
    return states


def _ways(wanted: Wanted) -> list[ColumnElement[bool]]:
    """By number, mail or phone: each way has its own index."""
    ways: list[ColumnElement[bool]] = []
    number, mail = text.order_key(wanted.typed), text.mail_key(wanted.typed)
    phone = text.phone_key(wanted.typed)
    if number:
        ways.append(Order.number_key == number)
    if number.isdecimal():
        ways.append(Order.digits_key == number)
    if wanted.by_number_only:
        return ways
    if "@" in mail:
        ways.append(and_(Order.mail_key == mail, Order.mail_key != ""))
    if phone:
        ways.append(and_(Order.phone_key == phone, Order.phone_key != ""))
    return ways
