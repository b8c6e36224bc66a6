"""Lists of orders: newest first, by what people look for; flat in cost however many there are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from oms_service.kernel import pages, text
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.kernel.pages import Page
from oms_service.orders.models import Order, OrderLine
from oms_service.orders.queries import ORDER_COLUMNS, OrderView, order_view
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState

Reader = Session | Connection

OPEN: Final = frozenset({OrderState.DRAFT, OrderState.PLACED, OrderState.ON_HOLD})
#: Only orders in these states are counted, and of them only so many.
MOST_COUNTED: Final = 5_000
_DONE: Final = frozenset({FulfilmentState.DELIVERED, FulfilmentState.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which orders; what is empty does not matter. ``placed_until`` is the first moment after.

    ``least_minor`` and ``most_minor`` bound the total, both ends included; with ``currency``
    only orders in it fit, for totals in another one do not compare.

    ``typed`` is an order number, its digits, a mail address or a phone number; orders of
    ``customer_ids`` fit it as well. With ``by_number_only`` it is a number and nothing else.
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


@dataclass(frozen=True)
class Head:
    """What a list says of the goods of an order."""

    first_item: Words
    further_items: int
    units: int
    waiting: int


def page(reader: Reader, wanted: Wanted, *, cursor: str = "", limit: int = 50) -> Page[OrderView]:
    """One page of the orders that fit, newest first, those of unknown time last.

    Raises:
        Invalid: a cursor of another list.
    """
    conditions = _conditions(wanted)
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


def heads(reader: Reader, order_ids: Collection[int]) -> dict[int, Head]:
    """The goods of some orders in short, in one query."""
    rows = reader.execute(
        select(
            OrderLine.order_id,
            func.array_agg(OrderLine.name).label("names"),
            func.array_agg(OrderLine.position).label("positions"),
            func.sum(OrderLine.ordered).label("units"),
            func.sum(OrderLine.backordered).label("waiting"),
        )
        .where(OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.order_id)
    )
    found = {}
    for row in rows:
        first = row.names[row.positions.index(min(row.positions))]
        found[row.order_id] = Head(first, len(row.names) - 1, int(row.units), int(row.waiting))
    return found


def open_counts(
    reader: Reader,
) -> Mapping[tuple[OrderState, PaymentState, FulfilmentState], int]:
    """How many open orders stand where; of very many, the newest ``MOST_COUNTED``."""
    newest = (
        select(Order.order_state, Order.payment_state, Order.fulfilment_state)
        .where(Order.order_state.in_(OPEN))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    states = (newest.c.order_state, newest.c.payment_state, newest.c.fulfilment_state)
    rows = reader.execute(select(*states, func.count().label("orders")).group_by(*states))
    return {(row.order_state, row.payment_state, row.fulfilment_state): row.orders for row in rows}


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
    if not ways:
        return query.where(false())
    found = union(*ways).subquery("found")
    first = select(found.c.id).order_by(found.c.placed_at.desc(), found.c.id.desc()).limit(limit)
    return query.where(Order.id.in_(first))


def _position(cursor: str) -> tuple[datetime | None, int | None]:
    if not cursor:
        return None, None
    placed, last = pages.read(cursor, str, int)
    if not placed:
        return None, int(last)
    try:
        at = datetime.fromisoformat(str(placed))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return at, int(last)


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
    """The states asked for, or those that the other axes leave; few open ones have an index."""
    states = frozenset(wanted.order_states)
    if not states and wanted.fulfilment_states and not _DONE & set(wanted.fulfilment_states):
        states = OPEN if wanted.with_drafts else OPEN - {OrderState.DRAFT}
    if states:
        return Order.order_state.in_(states)
    return true() if wanted.with_drafts else Order.is_draft.is_(False)


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
