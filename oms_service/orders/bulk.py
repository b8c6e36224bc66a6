"""The bulk door of orders: orders, their lines and log, many at once, states derived."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.kernel.languages import Language, Words
from oms_service.orders.models import Hold, Order, OrderChange, OrderLine, OrderLog, OrderTax
from oms_service.orders.policy import Counters
from oms_service.orders.states import (
    ChangeKind,
    ChangeState,
    FulfilmentState,
    HoldReason,
    OrderState,
    PaymentState,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRow:
    """One order as a load brings it."""

    id: int
    number: str
    number_key: str
    digits_key: str
    channel_id: int
    external_ref: str
    customer_id: int
    language: Language
    currency: str
    placed_at: datetime | None
    created_at: datetime
    ship_to: dict[str, Any] | None
    mail_key: str = ""
    phone_key: str = ""
    postal_key: str = ""
    pickup_location_id: int | None = None
    items_minor: int
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    total_minor: int
    cancel_reason: str = ""
    order_state: OrderState
    payment_state: PaymentState
    fulfilment_state: FulfilmentState


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRow:
    """One line of an order, with how far its units got."""

    id: int
    order_id: int
    position: int
    variant_id: int
    sku: str
    name: Words
    options: dict[str, str]
    unit_price_minor: int
    discount_minor: int = 0
    tax_rate_bp: int
    ordered: int
    allocated: int = 0
    backordered: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    return_requested: int = 0
    returned: int = 0
    refunded: int = 0

    @property
    def counters(self) -> Counters:
        """The part that ``orders.policy`` looks at."""
        return Counters(
            ordered=self.ordered,
            allocated=self.allocated,
            backordered=self.backordered,
            shipped=self.shipped,
            delivered=self.delivered,
            cancelled=self.cancelled,
            return_requested=self.return_requested,
            returned=self.returned,
            refunded=self.refunded,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LogRow:
    """One thing that happened to an order; ``at`` is empty where unknown."""

    order_id: int
    kind: str
    at: datetime | None
    actor: str
    channel: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldRow:
    """Why an order waits, since when."""

    order_id: int
    reason: HoldReason
    held_at: datetime
    held_by: str
    released_at: datetime | None = None
    released_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRow:
    """A change that came to its end before; ``wish`` is empty where nobody knows what it was."""

    order_id: int
    position: int
    kind: ChangeKind
    state: ChangeState
    channel: str
    wish: dict[str, Any]
    before_minor: int
    after_minor: int
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime
    key: str
    reason: str = ""
    settled_minor: int = 0
    digest: str = ""
    referred_by_rule: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxRow:
    """What one order is taxed at one rate."""

    order_id: int
    rate_bp: int
    taxable_minor: int
    tax_minor: int


def reserve_orders(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Order, count)


def reserve_lines(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, OrderLine, count)


def add(
    session: Session,
    orders: Sequence[OrderRow],
    lines: Sequence[LineRow],
    log: Sequence[LogRow],
    holds: Sequence[HoldRow] = (),
    changes: Sequence[ChangeRow] = (),
) -> None:
    bulk.insert(session, Order, orders)
    bulk.insert(session, OrderLine, lines)
    bulk.insert(session, OrderLog, log)
    bulk.insert(session, Hold, holds)
    bulk.insert(session, OrderChange, changes)


def add_taxes(session: Session, taxes: Sequence[TaxRow]) -> None:
    bulk.insert(session, OrderTax, taxes)


def known(session: Session, channel_id: int, references: Iterable[str]) -> set[str]:
    """Which of these external references the channel has already."""
    return set(
        session.scalars(
            select(Order.external_ref).where(
                Order.channel_id == channel_id, bulk.among(Order.external_ref, references)
            )
        )
    )


def taken_numbers(session: Session, keys: Iterable[str]) -> set[str]:
    """Which of these order number keys belong to an order already, of whatever channel."""
    return set(session.scalars(select(Order.number_key).where(bulk.among(Order.number_key, keys))))


def after_promise(line: LineRow, units: int) -> Counters:
    """A backordered line's counters once ``units`` of it are allocated."""
    return replace(
        line.counters,
        allocated=line.allocated + units,
        backordered=line.backordered - units,
    )


def promise(
    session: Session,
    lines: Mapping[int, tuple[int, int]],
    states: Mapping[int, FulfilmentState],
) -> None:
    """After allocation: (allocated, backordered) by line, the derived state by order."""
    if lines:
        session.execute(
            update(OrderLine),
            [
                {"id": line_id, "allocated": allocated, "backordered": backordered}
                for line_id, (allocated, backordered) in sorted(lines.items())
            ],
        )
    if states:
        session.execute(
            update(Order),
            [
                {"id": order_id, "fulfilment_state": state}
                for order_id, state in sorted(states.items())
            ],
        )
