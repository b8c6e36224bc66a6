"""Orders as stored: the order, its lines with their counters, holds, and its log."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import (
    PERSONAL,
    PLAIN,
    ActorRef,
    Code,
    Currency,
    Key,
    Minor,
    Model,
    enum_column,
    ref,
)
from oms_service.kernel.languages import Language, Words
from oms_service.orders.states import (
    ChangeKind,
    ChangeState,
    FulfilmentState,
    HoldReason,
    OrderState,
    PaymentState,
)


class Order(Model):
    """One order as placed.

    The three state columns repeat what ``orders.policy`` derives, so that lists can filter;
    ``oms reconcile`` proves them equal.
    ``placed_at`` is empty where a source did not say: unknown stays unknown.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("uq_orders_channel_id_external_ref", "channel_id", "external_ref", unique=True),
        Index("ix_orders_customer_id_placed_at", "customer_id", "placed_at"),
        Index("ix_orders_digits_key", "digits_key"),
        Index("ix_orders_placed_at", "placed_at", "id"),
        Index("ix_orders_currency_total_minor", "currency", "total_minor", "id"),
        Index("ix_orders_fulfilment_state_id", "fulfilment_state", "id"),
        Index(
            "ix_orders_open",
            "placed_at",
            "id",
            postgresql_where=text("order_state IN ('draft', 'placed', 'on_hold')"),
        ),
        Index("ix_orders_mail_key", "mail_key", postgresql_where=text("mail_key <> ''")),
        Index("ix_orders_phone_key", "phone_key", postgresql_where=text("phone_key <> ''")),
        CheckConstraint(
            "items_minor >= 0 AND discount_minor >= 0 AND shipping_minor >= 0"
            " AND tax_minor >= 0 AND total_minor >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "pickup_location_id IS NULL OR (deliver_on IS NULL AND delivery_window = '')",
            name="wish_of_sent",
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(40), unique=True, info=PLAIN)
    #: ``kernel.text.order_key`` of the number; and its digits, for people who leave the rest out.
    number_key: Mapped[str] = mapped_column(String(40), unique=True, info=PLAIN)
    digits_key: Mapped[str] = mapped_column(String(40), info=PLAIN)
    channel_id: Mapped[int] = mapped_column(ref("sales_channels.id"))
    external_ref: Mapped[str] = mapped_column(String(80), info=PLAIN)
    #: A digest of what the channel sent, to tell a repeat from another order under the same
    #: reference; empty where nobody keeps one. Made of the address as well, so it goes with it.
    content_key: Mapped[str] = mapped_column(
        String(64), default="", server_default="", info=PERSONAL
    )
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    currency: Mapped[Currency]
    placed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    #: Where to: recipient, country, postal_code, region, city, line1, line2, phone. Personal.
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(info=PERSONAL)
    #: What the buyer gave with this order, by ``kernel.text``; for guests' look-up. Personal.
    mail_key: Mapped[str] = mapped_column(String(320), default="", info=PERSONAL)
    phone_key: Mapped[str] = mapped_column(String(40), default="", info=PERSONAL)
    postal_key: Mapped[str] = mapped_column(String(12), default="", info=PERSONAL)
    pickup_location_id: Mapped[int | None] = mapped_column(ref("locations.id"))
    items_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(default=0)
    shipping_minor: Mapped[Minor] = mapped_column(default=0)
    tax_minor: Mapped[Minor] = mapped_column(default=0)
    total_minor: Mapped[Minor]
    #: Still being put together: not placed, nothing promised.
    is_draft: Mapped[bool] = mapped_column(default=False)
    cancel_reason: Mapped[Code] = mapped_column(default="")
    #: The kind of delivery the customer pays for, such as ``express``; empty for the usual one.
    speed: Mapped[Code] = mapped_column(default="")
    #: The day and the hours the customer wishes it to arrive, at its destination. The hours are
    #: those of any carrier, such as ``1416``; empty where any will do.
    deliver_on: Mapped[date | None]
    delivery_window: Mapped[Code] = mapped_column(default="", server_default="")
    order_state: Mapped[OrderState] = mapped_column(enum_column(OrderState, "order_state"))
    payment_state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState, "payment_state"))
    fulfilment_state: Mapped[FulfilmentState] = mapped_column(
        enum_column(FulfilmentState, "fulfilment_state")
    )
    version: Mapped[int] = mapped_column(default=1)


class OrderLine(Model):
    """One variant in one order, as sold, and how far its units got.

    Of the units ordered some are cancelled; the others are backordered, allocated or shipped.
    Picked ones are among the allocated, delivered and returned ones among the shipped.
    Removed ones are no longer charged for: called off by a change, or exchanged for others.
    A line that came after the order was placed has an ``origin``, such as ``change:12``, and
    names the line whose units it replaces, if it does.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("ordered > 0", name="ordered"),
        CheckConstraint(
            "allocated >= 0 AND backordered >= 0 AND picked >= 0 AND packed >= 0 AND shipped >= 0"
            " AND delivered >= 0 AND cancelled >= 0 AND return_requested >= 0 AND returned >= 0"
            " AND refunded >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "cancelled + backordered + allocated + shipped <= ordered", name="units_once"
        ),
        CheckConstraint("packed <= picked AND picked <= allocated", name="picked_of_allocated"),
        CheckConstraint("delivered <= shipped", name="delivered_of_shipped"),
        CheckConstraint("return_requested + returned <= shipped", name="returned_of_shipped"),
        CheckConstraint("refunded <= ordered", name="refunded_of_ordered"),
        CheckConstraint("removed >= 0 AND removed <= cancelled + shipped", name="removed_of_gone"),
        CheckConstraint(
            "unit_price_minor >= 0 AND discount_minor >= 0"
            " AND discount_minor <= unit_price_minor * ordered",
            name="money",
        ),
        Index("uq_order_lines_order_id_position", "order_id", "position", unique=True),
        Index("ix_order_lines_variant_id", "variant_id"),
        Index("ix_order_lines_waiting", "variant_id", postgresql_where=text("backordered > 0")),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    sku: Mapped[Code]
    name: Mapped[Words] = mapped_column(info=PLAIN)
    options: Mapped[dict[str, str]] = mapped_column(info=PLAIN)
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(default=0)
    tax_rate_bp: Mapped[int]
    #: The day by which units that had to wait for stock are to leave; of the channel's zone.
    ships_by: Mapped[date | None]
    ordered: Mapped[int]
    allocated: Mapped[int] = mapped_column(default=0)
    backordered: Mapped[int] = mapped_column(default=0)
    picked: Mapped[int] = mapped_column(default=0)
    packed: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    return_requested: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    origin: Mapped[Code] = mapped_column(default="")
    replaces_line_id: Mapped[int | None] = mapped_column(ref("order_lines.id"))


class OrderTax(Model):
    """What an order is taxed at one rate: invoices name it, rounded once."""

    __tablename__ = "order_taxes"
    __table_args__ = (
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_bp"),
        CheckConstraint("taxable_minor >= 0 AND tax_minor >= 0", name="not_negative"),
        CheckConstraint("tax_minor <= taxable_minor", name="tax_of_taxable"),
        Index("uq_order_taxes_order_id_rate_bp", "order_id", "rate_bp", unique=True),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    rate_bp: Mapped[int]
    #: Prices less discounts, and shipping: with the tax in it where prices contain tax.
    taxable_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]


class Hold(Model):
    """Why an order waits; released, never deleted."""

    __tablename__ = "order_holds"
    __table_args__ = (
        Index(
            "uq_order_holds_open",
            "order_id",
            "reason",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    reason: Mapped[HoldReason] = mapped_column(enum_column(HoldReason, "reason"))
    held_at: Mapped[datetime]
    held_by: Mapped[ActorRef]
    released_at: Mapped[datetime | None]
    released_by: Mapped[ActorRef | None]


class OrderChange(Model):
    """A change of a placed order: proposed with what it would bring, then confirmed or not.

    ``wish`` holds what is wanted in ids, codes and numbers; an address stands apart. Amounts are
    in the order's currency: what the customer owed for the order before and owes after, and
    ``settled_minor`` what was taken (above 0) or given back for it.
    """

    __tablename__ = "order_changes"
    __table_args__ = (
        CheckConstraint("before_minor >= 0 AND after_minor >= 0", name="totals"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_when_over"),
        CheckConstraint("kind = 'cancel' OR reason = ''", name="reason_of_cancelling"),
        CheckConstraint("kind = 'address' OR address IS NULL", name="address_of_address"),
        Index("uq_order_changes_order_id_position", "order_id", "position", unique=True),
        Index(
            "ix_order_changes_expiring",
            "expires_at",
            "id",
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    position: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind, "kind"))
    state: Mapped[ChangeState] = mapped_column(enum_column(ChangeState, "state"))
    channel: Mapped[Code]
    reason: Mapped[Code] = mapped_column(default="")
    wish: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    #: Where to from now on, and where to before. Personal.
    address: Mapped[dict[str, Any] | None] = mapped_column(info=PERSONAL)
    address_before: Mapped[dict[str, Any] | None] = mapped_column(info=PERSONAL)
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    before_minor: Mapped[Minor]
    after_minor: Mapped[Minor]
    settled_minor: Mapped[Minor] = mapped_column(default=0)
    #: What the asker saw: a change confirmed later is the one that was shown. Made of the address
    #: as well, so it goes with it.
    digest: Mapped[str] = mapped_column(String(64), info=PERSONAL)
    #: Why policy sent it to a person; empty when it was allowed at once.
    referred_by_rule: Mapped[Code] = mapped_column(default="")
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]
    #: The caller's own: asked twice it is one change.
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class OrderLog(Model):
    """What happened to an order that no other ledger tells: placed, held, changed, cancelled.

    ``data`` holds ids, codes and amounts, no personal data. ``at`` is empty where unknown.
    """

    __tablename__ = "order_log"
    __table_args__ = (Index("ix_order_log_order_id", "order_id"),)

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    kind: Mapped[Code]
    at: Mapped[datetime | None]
    actor: Mapped[ActorRef]
    channel: Mapped[Code]
    data: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
