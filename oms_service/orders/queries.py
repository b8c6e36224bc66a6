"""Reading orders, however a person names them; views only, a fixed number of queries each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, among, value
from oms_service.infra.once import learn, once
from oms_service.kernel import pages, text
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language, Words
from oms_service.kernel.money import Money
from oms_service.kernel.pages import Page
from oms_service.orders.models import Hold, Order, OrderLine, OrderTax
from oms_service.orders.policy import COUNTERS, Counters, PricedLine, line_values
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState

Reader = Session | Connection
N = TypeVar("N", bound=Any)
"""A session, or the autocommit connection of a hot read."""

#: The same words for an order that does not exist and for one that is somebody else's.
_UNKNOWN: Final = "no such order"


@dataclass(frozen=True)
class OrderView:
    """An order without its lines and without personal data."""

    id: int
    number: str
    channel_id: int
    customer_id: int
    language: Language
    placed_at: datetime | None
    items: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    cancel_reason: str
    order_state: OrderState
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    version: int
    deliver_on: date | None = None
    delivery_window: str = ""

    @property
    def added_tax_minor(self) -> int:
        """Tax on top of the prices; 0 where prices contain it."""
        net = self.items.minor - self.discount.minor + self.shipping.minor
        return max(0, self.total.minor - net)


@dataclass(frozen=True)
class LineView:
    """One line: what was sold, for how much, and how far its units got."""

    id: int
    order_id: int
    position: int
    variant_id: int
    sku: str
    name: Words
    options: Mapping[str, str]
    unit_price: Money
    discount: Money
    tax_rate_bp: int
    counters: Counters
    origin: str = ""
    replaces_line_id: int | None = None
    ships_by: date | None = None

    @property
    def priced(self) -> PricedLine:
        return PricedLine(
            line_id=self.id,
            ordered=self.counters.ordered,
            unit_price_minor=self.unit_price.minor,
            discount_minor=self.discount.minor,
            tax_rate_bp=self.tax_rate_bp,
            removed=self.counters.removed,
        )


@dataclass(frozen=True)
class TaxView:
    """What an order is taxed at one rate, in basis points.

    ``taxable`` holds the tax where prices contain it.
    """

    rate_bp: int
    taxable: Money
    tax: Money


@dataclass(frozen=True)
class HoldView:
    """Why an order waits or waited, and who said so."""

    reason: HoldReason
    held_at: datetime
    held_by: str
    released_at: datetime | None
    released_by: str | None


@dataclass(frozen=True)
class Way:
    """How goods reach the customer: collected at a location, or sent at some speed.

    ``speed`` is a code such as ``express``; empty for the usual delivery.
    """

    pickup_location_id: int | None
    speed: str


@dataclass(frozen=True)
class OrderSummary:
    """What a list shows of an order: its first item's name, and how many more there are."""

    order: OrderView
    first_item: Words
    further_items: int
    units: int


@dataclass(frozen=True)
class Proofs:
    """What identifies the buyer of one order. Personal: for comparing, never for showing."""

    order_id: int
    customer_id: int
    mail_key: str
    phone_key: str
    postal_key: str


ORDER_COLUMNS: Final = (
    Order.id,
    Order.number,
    Order.channel_id,
    Order.customer_id,
    Order.language,
    Order.placed_at,
    Order.currency,
    Order.items_minor,
    Order.discount_minor,
    Order.shipping_minor,
    Order.tax_minor,
    Order.total_minor,
    Order.cancel_reason,
    Order.order_state,
    Order.payment_state,
    Order.fulfilment_state,
    Order.version,
    Order.deliver_on,
    Order.delivery_window,
)
_LINE: Final = (
    OrderLine.id,
    OrderLine.order_id,
    OrderLine.position,
    OrderLine.variant_id,
    OrderLine.sku,
    OrderLine.name,
    OrderLine.options,
    OrderLine.unit_price_minor,
    OrderLine.discount_minor,
    OrderLine.tax_rate_bp,
    OrderLine.origin,
    OrderLine.replaces_line_id,
    Order.currency,
    *(getattr(OrderLine, name) for name in COUNTERS),
    OrderLine.ships_by,
)


_ORDER_NAMES: Final = tuple(column.key for column in ORDER_COLUMNS)
_LINE_NAMES: Final = tuple(column.key for column in _LINE)


@once
def numbers_of(reader: Reader, order_ids: Collection[int]) -> dict[int, str]:
    """The numbers of several orders, by id."""
    if not order_ids:
        return {}
    return dict(_NUMBERS.all(reader, order_ids=list(order_ids)))


def find(reader: Reader, typed: str) -> OrderView:
    """The order a person means by ``typed``: full-width, spaced, without ``#`` or prefix.

    The whole number wins; bare digits count where they fit one order only.

    Raises:
        NotFound: none fits, or several do.
    """
    key = text.order_key(typed)
    # NULL is no number's digits.
    found = _FITTING.all(reader, key=key, digits=key if key.isdecimal() else None)
    meant = _the_one(key, found)
    learn(reader, by_id, meant, meant.id)
    learn(reader, by_ids, {meant.id: meant}, [meant.id])
    return meant


def own(reader: Reader, typed: str, customer_id: int) -> OrderView:
    """The same among one customer's orders only.

    Raises:
        NotFound: unknown and somebody else's alike.
    """
    mine = select(*ORDER_COLUMNS).where(Order.customer_id == customer_id, Order.is_draft.is_(False))
    return order_view(_the_one(*_fitting(reader, typed, mine)))


@once
def by_id(reader: Reader, order_id: int) -> OrderView:
    """The order of that id.

    Raises:
        NotFound: there is none.
    """
    found = _BY_ID.first(reader, order_id=order_id)
    if found is None:
        raise NotFound(_UNKNOWN)
    learn(reader, by_ids, {found.id: found}, [order_id])
    return found


@once
def by_ids(reader: Reader, order_ids: Collection[int]) -> dict[int, OrderView]:
    """These orders by id, in one query; an unknown id is left out."""
    return {one.id: one for one in _BY_IDS.all(reader, order_ids=list(order_ids))}


@once
def placed_at(reader: Reader, order_ids: Collection[int]) -> dict[int, datetime]:
    """When these orders were placed; drafts and unknown ids are left out."""
    query = select(Order.id, Order.placed_at).where(Order.id.in_(order_ids))
    return {order_id: at for order_id, at in reader.execute(query) if at is not None}


def proofs(reader: Reader, typed: str) -> Proofs:
    """What would prove that somebody bought the order they name.

    Raises:
        NotFound: no order fits, or several do.
    """
    columns = (
        Order.number,
        Order.id,
        Order.customer_id,
        Order.mail_key,
        Order.phone_key,
        Order.postal_key,
    )
    row = _the_one(*_fitting(reader, typed, select(*columns)))
    return Proofs(row.id, row.customer_id, row.mail_key, row.phone_key, row.postal_key)


def summaries(reader: Reader, customer_id: int, *, limit: int = 50) -> tuple[OrderSummary, ...]:
    """A customer's orders, newest first, those of unknown time last; one query."""
    return tuple(_SUMMARIES.all(reader, customer_id=customer_id, limit=limit))


def page_of_customer(
    reader: Reader, customer_id: int, *, cursor: str | None = None, limit: int = 20
) -> Page[OrderView]:
    """One page of a customer's orders, newest first, those of unknown time last; one query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*ORDER_COLUMNS).where(
        Order.customer_id == customer_id, Order.is_draft.is_(False)
    )
    if cursor:
        query = query.where(_after(*pages.read(cursor, str, int)))
    rows = reader.execute(
        query.order_by(Order.placed_at.desc().nulls_last(), Order.id.desc()).limit(limit + 1)
    ).all()
    return pages.cut(
        rows,
        limit,
        shown=order_view,
        key=lambda row: [row.placed_at.isoformat() if row.placed_at else "", row.id],
    )


def _after(placed: int | str, order_id: int | str) -> ColumnElement[bool]:
    """What stands behind an order in that list."""
    if not placed:
        return and_(Order.placed_at.is_(None), Order.id < int(order_id))
    try:
        at = datetime.fromisoformat(str(placed))
    except ValueError:
        raise Invalid("this cursor is not valid here", {"cursor": "not of this list"}) from None
    return or_(
        Order.placed_at < at,
        and_(Order.placed_at == at, Order.id < int(order_id)),
        Order.placed_at.is_(None),
    )


def ids_of_customer(reader: Reader, customer_id: int) -> tuple[int, ...]:
    """The ids of a customer's orders, oldest row first."""
    query = select(Order.id).where(Order.customer_id == customer_id).order_by(Order.id)
    return tuple(reader.execute(query).scalars())


def currencies_of_customer(reader: Reader, customer_id: int) -> dict[int, str]:
    """The currency of each order a customer has placed, by id of the order; one query."""
    query = select(Order.id, Order.currency).where(
        Order.customer_id == customer_id, Order.is_draft.is_(False)
    )
    return {row.id: row.currency for row in reader.execute(query)}


def customers_at_postal_code(reader: Reader, customer_ids: Collection[int], key: str) -> set[int]:
    """Those of some customers who had an order sent to that postal code, as it is compared."""
    query = select(Order.customer_id).where(
        Order.customer_id.in_(customer_ids), Order.postal_key == key
    )
    return set(reader.execute(query.distinct()).scalars())


def channels_of_customer(reader: Reader, customer_id: int) -> frozenset[int]:
    """The ids of the channels a customer has orders in."""
    query = select(Order.channel_id).where(Order.customer_id == customer_id).distinct()
    return frozenset(reader.execute(query).scalars())


def lines(reader: Reader, order_id: int) -> tuple[LineView, ...]:
    """Every line of an order, in its order."""
    return lines_of(reader, [order_id]).get(order_id, ())


@once
def lines_of(reader: Reader, order_ids: Collection[int]) -> dict[int, tuple[LineView, ...]]:
    """The lines of several orders, in one query."""
    found: dict[int, list[LineView]] = {}
    for line in _LINES.all(reader, order_ids=list(order_ids)):
        found.setdefault(line.order_id, []).append(line)
    return {order_id: tuple(of) for order_id, of in found.items()}


def values_of_lines(order: OrderView, of: Collection[LineView]) -> dict[int, int]:
    """What each line, as ordered, costs the customer in minor units, added tax included."""
    return line_values([line.priced for line in of], added_tax_minor=order.added_tax_minor)


@once
def open_holds(reader: Reader, order_id: int) -> tuple[HoldReason, ...]:
    """Why the order waits, oldest reason first."""
    return tuple(_OPEN_HOLDS.all(reader, order_id=order_id))


def has_others(reader: Reader, customer_id: int, *, but: int) -> bool:
    """Whether a customer has placed another order than that one."""
    query = (
        select(Order.id)
        .where(Order.customer_id == customer_id, Order.id != but, Order.is_draft.is_(False))
        .limit(1)
    )
    return reader.execute(query).one_or_none() is not None


def is_held(reader: Reader, order_id: int) -> bool:
    """Whether anything keeps the order from being fulfilled."""
    return bool(open_holds(reader, order_id))


@once
def holds(reader: Reader, order_id: int) -> tuple[HoldView, ...]:
    """Every hold an order has or had, oldest first."""
    return tuple(_HOLDS.all(reader, order_id=order_id))


@once
def taxes(reader: Reader, order_id: int) -> tuple[TaxView, ...]:
    """What the order is taxed at each rate, lowest first; empty where its source did not say."""
    return tuple(_TAXES.all(reader, order_id=order_id))


def content_key(reader: Reader, order_id: int) -> str:
    """The digest of what a channel sent for the order; empty where nobody keeps one."""
    return reader.execute(select(Order.content_key).where(Order.id == order_id)).scalar_one()


def waiting_units(reader: Reader, variant_id: int, *, channel_id: int | None = None) -> int:
    """Units of a variant that were sold and wait for stock; those of one channel where given."""
    query = select(func.coalesce(func.sum(OrderLine.backordered), 0)).where(
        OrderLine.variant_id == variant_id, OrderLine.backordered > 0
    )
    if channel_id is not None:
        query = query.join(Order, Order.id == OrderLine.order_id).where(
            Order.channel_id == channel_id
        )
    return int(reader.execute(query).scalar_one())


def waiting_orders(
    reader: Reader,
    variant_id: int,
    *,
    channel_id: int | None,
    but_channels: Collection[int | None] = (),
    after: int,
    limit: int,
) -> tuple[int, ...]:
    """Orders with waiting units of a variant, by id; of one channel, or of all but some."""
    query = (
        select(OrderLine.order_id)
        .distinct()
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.variant_id == variant_id,
            OrderLine.backordered > 0,
            OrderLine.order_id > after,
        )
        .order_by(OrderLine.order_id)
        .limit(limit)
    )
    if channel_id is not None:
        query = query.where(Order.channel_id == channel_id)
    elif but_channels:
        query = query.where(Order.channel_id.not_in(but_channels))
    return tuple(reader.execute(query).scalars())


@once
def way(reader: Reader, order_id: int) -> Way:
    """How the goods of an order reach the customer.

    Raises:
        NotFound: there is no such order.
    """
    found = _WAY.first(reader, order_id=order_id)
    if found is None:
        raise NotFound(_UNKNOWN)
    return found


@once
def destination(reader: Reader, order_id: int) -> Mapping[str, Any]:
    """Where the order goes; personal. Empty where nothing is sent."""
    return _SHIP_TO.first(reader, order_id=order_id) or {}


def _fitting(
    reader: Reader, typed: str, query: Select[*tuple[Any, ...]]
) -> tuple[str, Sequence[Row[*tuple[Any, ...]]]]:
    """The key of what was typed, and rows of two orders that fit; both keys have an index."""
    key = text.order_key(typed)
    fits = Order.number_key == key
    if key.isdecimal():
        fits = fits | (Order.digits_key == key)
    return key, reader.execute(
        query.where(fits).order_by((Order.number_key == key).desc()).limit(2)
    ).all()


def _the_one(key: str, found: Sequence[N]) -> N:
    """Which of those that fit is meant.

    Bare digits fit a number that is just these digits, else the one order that has them behind
    some prefix.
    """
    exact = [row for row in found if text.order_key(row.number) == key]
    if len(exact or found) != 1:
        raise NotFound(_UNKNOWN)
    return (exact or found)[0]


def _lowest() -> Any:
    """The first position of an order."""
    lowest = OrderLine.__table__.alias("lowest")
    return (
        select(func.min(lowest.c.position))
        .where(lowest.c.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )


def order_of(*columns: Any) -> OrderView:
    """The view of ``ORDER_COLUMNS``; for the services of this package."""
    return order_view(SimpleNamespace(**dict(zip(_ORDER_NAMES, columns, strict=True))))


def order_view(row: Row[*tuple[Any, ...]] | Order | SimpleNamespace) -> OrderView:
    """The view of a row, read or just written; for the services of this package."""

    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return OrderView(
        row.id,
        row.number,
        row.channel_id,
        row.customer_id,
        row.language,
        row.placed_at,
        money(row.items_minor),
        money(row.discount_minor),
        money(row.shipping_minor),
        money(row.tax_minor),
        money(row.total_minor),
        row.cancel_reason,
        row.order_state,
        row.payment_state,
        row.fulfilment_state,
        row.version,
        row.deliver_on,
        row.delivery_window,
    )


def _line_view(row: Row[*tuple[Any, ...]] | SimpleNamespace) -> LineView:
    return LineView(
        row.id,
        row.order_id,
        row.position,
        row.variant_id,
        row.sku,
        row.name,
        row.options,
        Money(row.unit_price_minor, row.currency),
        Money(row.discount_minor, row.currency),
        row.tax_rate_bp,
        Counters(**{name: getattr(row, name) for name in COUNTERS}),
        row.origin,
        row.replaces_line_id,
        row.ships_by,
    )


def _line(*columns: Any) -> LineView:
    return _line_view(SimpleNamespace(**dict(zip(_LINE_NAMES, columns, strict=True))))


def _tax(rate_bp: int, taxable_minor: int, tax_minor: int, currency: str) -> TaxView:
    return TaxView(rate_bp, Money(taxable_minor, currency), Money(tax_minor, currency))


def _summary(*columns: Any) -> OrderSummary:
    *of, first_item, lines, units = columns
    return OrderSummary(order_of(*of), first_item, lines - 1, int(units))


def _summaries() -> Select[*tuple[Any, ...]]:
    mine = Order.customer_id == bindparam("customer_id")
    first = (
        select(
            OrderLine.order_id,
            func.count().label("lines"),
            func.sum(OrderLine.ordered).label("units"),
        )
        .where(OrderLine.order_id.in_(select(Order.id).where(mine)))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    return (
        select(*ORDER_COLUMNS, OrderLine.name.label("first_item"), first.c.lines, first.c.units)
        .join(first, first.c.order_id == Order.id)
        .join(OrderLine, (OrderLine.order_id == Order.id) & (OrderLine.position == _lowest()))
        .where(mine, Order.is_draft.is_(False))
        .order_by(Order.placed_at.desc().nulls_last(), Order.id.desc())
        .limit(bindparam("limit"))
    )


_FITTING: Final = Hot(
    select(*ORDER_COLUMNS)
    .where(or_(Order.number_key == bindparam("key"), Order.digits_key == bindparam("digits")))
    .order_by((Order.number_key == bindparam("key")).desc())
    .limit(2),
    order_of,
)
_NUMBERS: Final[Hot[tuple[int, str]]] = Hot(
    select(Order.id, Order.number).where(Order.id == among("order_ids")), lambda *row: row
)
_WAY: Final = Hot(
    select(Order.pickup_location_id, Order.speed).where(Order.id == bindparam("order_id")), Way
)
_SHIP_TO: Final[Hot[Mapping[str, Any] | None]] = Hot(
    select(Order.ship_to).where(Order.id == bindparam("order_id")), value
)
_HOLDS: Final = Hot(
    select(Hold.reason, Hold.held_at, Hold.held_by, Hold.released_at, Hold.released_by)
    .where(Hold.order_id == bindparam("order_id"))
    .order_by(Hold.id),
    HoldView,
)
_BY_ID: Final = Hot(select(*ORDER_COLUMNS).where(Order.id == bindparam("order_id")), order_of)
_BY_IDS: Final = Hot(select(*ORDER_COLUMNS).where(Order.id == among("order_ids")), order_of)
_SUMMARIES: Final = Hot(_summaries(), _summary)
_LINES: Final = Hot(
    select(*_LINE)
    .join(Order, Order.id == OrderLine.order_id)
    .where(OrderLine.order_id == func.any(bindparam("order_ids", type_=ARRAY(BigInteger))))
    .order_by(OrderLine.order_id, OrderLine.position),
    _line,
)
_OPEN_HOLDS: Final = Hot(
    select(Hold.reason)
    .where(Hold.order_id == bindparam("order_id"), Hold.released_at.is_(None))
    .order_by(Hold.id),
    value,
)
_TAXES: Final = Hot(
    select(OrderTax.rate_bp, OrderTax.taxable_minor, OrderTax.tax_minor, Order.currency)
    .join(Order, Order.id == OrderTax.order_id)
    .where(OrderTax.order_id == bindparam("order_id"))
    .order_by(OrderTax.rate_bp),
    _tax,
)
