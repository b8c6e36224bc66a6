"""Stock as stored: levels, the ledger that explains them, and what is spoken for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel.languages import Words


class Location(Model):
    """A warehouse or a shop."""

    __tablename__ = "locations"

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


class StockLevel(Model):
    """How much of one variant one location has. Only movements change it."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint(
            "on_hand >= 0 AND allocated >= 0 AND reserved >= 0 AND safety >= 0"
            " AND incoming >= 0 AND damaged >= 0 AND quality_control >= 0",
            name="not_negative",
        ),
        CheckConstraint("allocated + reserved <= on_hand", name="not_oversold"),
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


class StockMovement(Model):
    """One change of one level, for ever: what moved, why, who, because of what.

    ``key`` makes a repeated command find its own movement instead of moving twice.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "kind NOT IN ('adjusted', 'set_aside') OR reason <> ''", name="reason_given"
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
        Index("ix_reservations_open", "until", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Key]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    quantity: Mapped[int]
    holder: Mapped[str] = mapped_column(String(80), info=PLAIN)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)
