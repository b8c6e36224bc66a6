"""Stock as stored: levels, the ledger that explains them, and what is spoken for."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Code, Key, Minor, Model, enum_column, ref
from oms_service.inventory.states import (
    CountState,
    Explanation,
    LocationKind,
    MovementKind,
    PurchaseState,
    ReservationEnd,
    TransferState,
)
from oms_service.kernel.languages import Words


class Location(Model):
    """A warehouse or a shop."""

    __tablename__ = "locations"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 0 AND 10000", name="priority"),
        CheckConstraint("handling_minor >= 0", name="handling_minor"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[LocationKind] = mapped_column(enum_column(LocationKind, "kind"))
    name: Mapped[Words] = mapped_column(info=PLAIN)
    country: Mapped[str] = mapped_column(String(2), info=PLAIN)
    postal_code: Mapped[str] = mapped_column(String(12), info=PLAIN)
    region: Mapped[str] = mapped_column(String(60), info=PLAIN)
    zone: Mapped[str] = mapped_column(String(60), info=PLAIN)
    #: Orders that come in before this hour leave on the same day; in the location's zone.
    cut_off_hour: Mapped[int] = mapped_column(default=14)
    is_pickup_point: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    #: Whether orders are sent from here, besides being fetched.
    ships_orders: Mapped[bool] = mapped_column(default=True)
    #: Of locations that are as good, the lower number sends.
    priority: Mapped[int] = mapped_column(default=100)
    #: What packing a parcel costs here, in minor units of the carriers' tables.
    handling_minor: Mapped[Minor] = mapped_column(default=0)
    #: Since when nothing is sent from here, and why.
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[ActorRef | None]
    closed_for: Mapped[Code] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class StockLevel(Model):
    """How much of one variant one location has. Only movements change it.

    ``safety`` and ``reorder_point`` are settings, not units: what is kept back, and the number of
    available units at which somebody should order more.
    """

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint(
            "on_hand >= 0 AND allocated >= 0 AND reserved >= 0 AND safety >= 0"
            " AND incoming >= 0 AND damaged >= 0 AND quality_control >= 0",
            name="not_negative",
        ),
        CheckConstraint("allocated + reserved <= on_hand", name="not_oversold"),
        CheckConstraint("reorder_point >= 0", name="reorder_point"),
        Index("uq_stock_levels_variant_id_location_id", "variant_id", "location_id", unique=True),
        Index("ix_stock_levels_location_id", "location_id"),
    )

    id: Mapped[Key]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    allocated: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    safety: Mapped[int] = mapped_column(default=0)
    incoming: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    quality_control: Mapped[int] = mapped_column(default=0)
    reorder_point: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class StockMovement(Model):
    """One change of one level, for ever: what moved, why, who, because of what.

    ``key`` makes a repeated command find its own movement instead of moving twice.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "kind NOT IN ('adjusted', 'set_aside', 'quarantined', 'cleared', 'damaged',"
            " 'condemned', 'mended', 'discarded') OR reason <> ''",
            name="reason_given",
        ),
        Index("uq_stock_movements_key", "key", unique=True),
        Index("ix_stock_movements_variant_id_location_id_id", "variant_id", "location_id", "id"),
    )

    id: Mapped[Key]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind, "kind"))
    on_hand: Mapped[int] = mapped_column(default=0)
    allocated: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    incoming: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    quality_control: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(String(80), info=PLAIN)
    reason: Mapped[str] = mapped_column(String(200), default="", info=PLAIN)
    actor: Mapped[ActorRef]
    at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(120), info=PLAIN)


class Allocation(Model):
    """Units of one level promised to one order line."""

    __tablename__ = "allocations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index(
            "uq_allocations_order_line_id_location_id", "order_line_id", "location_id", unique=True
        ),
        Index("ix_allocations_location_id", "location_id"),
    )

    id: Mapped[Key]
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    quantity: Mapped[int]


class Reservation(Model):
    """Units held for a cart or a pickup until a time."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended_somehow"),
        CheckConstraint(
            "order_line_id IS NULL OR ended_how = 'redeemed'", name="redeemed_for_a_line"
        ),
        Index("ix_reservations_open", "until", postgresql_where=text("ended_at IS NULL")),
        Index("ix_reservations_holder", "holder"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    quantity: Mapped[int]
    holder: Mapped[str] = mapped_column(String(80), info=PLAIN)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[ReservationEnd | None] = mapped_column(
        enum_column(ReservationEnd, "ended_how")
    )
    order_line_id: Mapped[int | None] = mapped_column(ref("order_lines.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class StockReason(Model):
    """A reason people choose when they move stock by hand; the shop may add its own."""

    __tablename__ = "stock_reasons"
    __table_args__ = (CheckConstraint("code <> ''", name="code"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    words: Mapped[Words] = mapped_column(info=PLAIN)
    rank: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class PurchaseOrder(Model):
    """Goods ordered from a supplier for one location."""

    __tablename__ = "purchase_orders"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('received', 'closed', 'cancelled')) = (ended_at IS NOT NULL)",
            name="ended_when_over",
        ),
        CheckConstraint("supplier <> ''", name="supplier"),
        Index("ix_purchase_orders_state_expected_on_id", "state", "expected_on", "id"),
        Index("ix_purchase_orders_location_id", "location_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    #: The supplier's company, and what they call this order.
    supplier: Mapped[str] = mapped_column(String(80), info=PLAIN)
    reference: Mapped[str] = mapped_column(String(80), default="", info=PLAIN)
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    state: Mapped[PurchaseState] = mapped_column(enum_column(PurchaseState, "state"))
    expected_on: Mapped[date]
    ordered_by: Mapped[ActorRef]
    ordered_at: Mapped[datetime]
    ended_by: Mapped[ActorRef | None]
    ended_at: Mapped[datetime | None]
    #: Why less came than was ordered, as a reason's code.
    end_reason: Mapped[Code] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(80), unique=True, info=PLAIN)


class PurchaseLine(Model):
    """Units of one variant in a purchase order. More may come than was ordered."""

    __tablename__ = "purchase_lines"
    __table_args__ = (
        CheckConstraint("ordered BETWEEN 1 AND 1000000", name="ordered"),
        CheckConstraint("received >= 0 AND damaged >= 0 AND called_off >= 0", name="not_negative"),
        CheckConstraint(
            "called_off = 0 OR received + damaged + called_off = ordered", name="called_off"
        ),
        Index("uq_purchase_lines_purchase_id_variant_id", "purchase_id", "variant_id", unique=True),
        Index("ix_purchase_lines_variant_id", "variant_id"),
    )

    id: Mapped[Key]
    purchase_id: Mapped[int] = mapped_column(ref("purchase_orders.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    ordered: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    called_off: Mapped[int] = mapped_column(default=0)


class Receipt(Model):
    """One delivery against a purchase order."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_purchase_id", "purchase_id"),)

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    purchase_id: Mapped[int] = mapped_column(ref("purchase_orders.id"))
    delivery_note: Mapped[str] = mapped_column(String(80), default="", info=PLAIN)
    received_by: Mapped[ActorRef]
    received_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(80), unique=True, info=PLAIN)


class ReceiptLine(Model):
    """What one delivery brought of one line."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        CheckConstraint("received >= 0 AND damaged >= 0", name="not_negative"),
        CheckConstraint("received + damaged > 0", name="something"),
        Index(
            "uq_receipt_lines_receipt_id_purchase_line_id",
            "receipt_id",
            "purchase_line_id",
            unique=True,
        ),
        Index("ix_receipt_lines_purchase_line_id", "purchase_line_id"),
    )

    id: Mapped[Key]
    receipt_id: Mapped[int] = mapped_column(ref("receipts.id"))
    purchase_line_id: Mapped[int] = mapped_column(ref("purchase_lines.id"))
    received: Mapped[int]
    damaged: Mapped[int]


class Transfer(Model):
    """Goods on their way from one location to another, in two steps: sent, received.

    ``owner`` is who has to explain what differs.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("from_location_id <> to_location_id", name="two_places"),
        CheckConstraint(
            "(state IN ('requested', 'cancelled')) = (dispatched_at IS NULL)", name="dispatched"
        ),
        CheckConstraint(
            "(state IN ('received', 'discrepant', 'settled')) = (received_at IS NOT NULL)",
            name="received",
        ),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled"),
        CheckConstraint(
            "state NOT IN ('discrepant', 'settled') OR owner IS NOT NULL", name="owned"
        ),
        Index("ix_transfers_state_id", "state", "id"),
        Index("ix_transfers_from_location_id", "from_location_id"),
        Index("ix_transfers_to_location_id", "to_location_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    from_location_id: Mapped[int] = mapped_column(ref("locations.id"))
    to_location_id: Mapped[int] = mapped_column(ref("locations.id"))
    state: Mapped[TransferState] = mapped_column(enum_column(TransferState, "state"))
    expected_on: Mapped[date | None]
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    dispatched_by: Mapped[ActorRef | None]
    dispatched_at: Mapped[datetime | None]
    received_by: Mapped[ActorRef | None]
    received_at: Mapped[datetime | None]
    owner: Mapped[ActorRef | None]
    settled_by: Mapped[ActorRef | None]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(80), unique=True, info=PLAIN)


class TransferLine(Model):
    """Units of one variant in a transfer; ``explanation`` where what arrived is not what left."""

    __tablename__ = "transfer_lines"
    __table_args__ = (
        CheckConstraint("requested BETWEEN 1 AND 1000000", name="requested"),
        CheckConstraint("sent >= 0 AND received >= 0 AND damaged >= 0", name="not_negative"),
        CheckConstraint(
            "explanation IS NULL OR received + damaged <> sent", name="explained_difference"
        ),
        Index("uq_transfer_lines_transfer_id_variant_id", "transfer_id", "variant_id", unique=True),
        Index("ix_transfer_lines_variant_id", "variant_id"),
    )

    id: Mapped[Key]
    transfer_id: Mapped[int] = mapped_column(ref("transfers.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    requested: Mapped[int]
    sent: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[Explanation | None] = mapped_column(enum_column(Explanation, "explanation"))


class StockCount(Model):
    """A count sheet of one location."""

    __tablename__ = "stock_counts"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('approved', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_when_over"
        ),
        CheckConstraint(
            "state = 'open' OR state = 'cancelled' OR submitted_at IS NOT NULL", name="submitted"
        ),
        Index("ix_stock_counts_state_id", "state", "id"),
        Index("ix_stock_counts_location_id", "location_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    state: Mapped[CountState] = mapped_column(enum_column(CountState, "state"))
    started_by: Mapped[ActorRef]
    started_at: Mapped[datetime]
    submitted_by: Mapped[ActorRef | None]
    submitted_at: Mapped[datetime | None]
    ended_by: Mapped[ActorRef | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(80), unique=True, info=PLAIN)


class CountLine(Model):
    """One variant on a count sheet.

    ``expected`` is what the books said when the sheet was made, ``booked`` what they said at the
    moment of counting: what moved before that is no variance, what moves after it stays.
    """

    __tablename__ = "count_lines"
    __table_args__ = (
        CheckConstraint(
            "expected >= 0 AND counted BETWEEN 0 AND 1000000 AND booked >= 0", name="not_negative"
        ),
        CheckConstraint(
            "(counted IS NULL) = (booked IS NULL) AND (counted IS NULL) = (counted_at IS NULL)",
            name="counted_at_once",
        ),
        Index("uq_count_lines_count_id_variant_id", "count_id", "variant_id", unique=True),
        # What two sheets found missing at one time would be written off twice.
        Index(
            "uq_count_lines_open",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where=text("is_open"),
        ),
    )

    id: Mapped[Key]
    count_id: Mapped[int] = mapped_column(ref("stock_counts.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    expected: Mapped[int]
    counted: Mapped[int | None]
    booked: Mapped[int | None]
    counted_by: Mapped[ActorRef | None]
    counted_at: Mapped[datetime | None]
    is_open: Mapped[bool] = mapped_column(default=True)
