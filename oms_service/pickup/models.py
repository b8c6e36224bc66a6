"""Collecting in a shop as stored: the shop's terms, pickups, what was handed over."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words
from oms_service.pickup.states import IdentityCheck, PickupState


class PickupPoint(Model):
    """On what terms a location hands goods over; one without a row has the usual ones.

    ``hours``: from Monday to Sunday, ``[opens, closes]`` in minutes of the day at the location,
    or null where it is closed. The position is in millionths of a degree, both parts or neither.
    """

    __tablename__ = "pickup_points"
    __table_args__ = (
        CheckConstraint("jsonb_array_length(hours) = 7", name="hours"),
        CheckConstraint("handling_minutes BETWEEN 0 AND 10080", name="handling_minutes"),
        CheckConstraint("hold_days BETWEEN 1 AND 90", name="hold_days"),
        CheckConstraint("extension_days BETWEEN 0 AND 90", name="extension_days"),
        CheckConstraint("transfer_days BETWEEN 0 AND 60", name="transfer_days"),
        CheckConstraint("(latitude_e6 IS NULL) = (longitude_e6 IS NULL)", name="position"),
        CheckConstraint(
            "latitude_e6 BETWEEN -90000000 AND 90000000"
            " AND longitude_e6 BETWEEN -180000000 AND 180000000",
            name="position_on_earth",
        ),
    )

    location_id: Mapped[int] = mapped_column(ref("locations.id"), primary_key=True)
    hours: Mapped[list[list[int] | None]] = mapped_column(JSONB, info=PLAIN)
    handling_minutes: Mapped[int]
    hold_days: Mapped[int]
    extension_days: Mapped[int]
    transfer_days: Mapped[int]
    address: Mapped[Words] = mapped_column(info=PLAIN)
    latitude_e6: Mapped[int | None]
    longitude_e6: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)


class Pickup(Model):
    """What one customer fetches at one shop, for one order.

    Before anything is sold the order is a draft and reservations of the holder ``pickup:<id>``
    keep the units; ``order_id`` goes empty when such a draft is thrown away. ``code`` is shown to
    the customer and asked for at the counter; it is drawn at random and unique among open ones.
    """

    __tablename__ = "pickups"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        CheckConstraint(
            "(state IN ('collected', 'expired', 'cancelled', 'no_show')) = (ended_at IS NOT NULL)",
            name="ended",
        ),
        CheckConstraint("state <> 'ready' OR ready_at IS NOT NULL", name="ready"),
        CheckConstraint("ready_at IS NULL OR collect_by IS NOT NULL", name="deadline"),
        Index(
            "uq_pickups_code_open",
            "code",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("uq_pickups_order_id", "order_id", unique=True),
        Index("ix_pickups_location_id_state_ready_by", "location_id", "state", "ready_by", "id"),
        Index("ix_pickups_due", "collect_by", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int | None] = mapped_column(ref("orders.id", ondelete="SET NULL"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    state: Mapped[PickupState] = mapped_column(enum_column(PickupState, "state"))
    code: Mapped[str] = mapped_column(String(12), info=PLAIN)
    #: Nothing is sold yet: units are reserved, the order is a draft.
    is_reservation: Mapped[bool]
    created_at: Mapped[datetime]
    #: What the customer was told: ready by then.
    ready_by: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    #: Until when it is kept; empty before it is ready, except for reservations.
    collect_by: Mapped[datetime | None]
    is_extended: Mapped[bool] = mapped_column(default=False)
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: The caller's own key of the reservation: asking twice is one pickup.
    key: Mapped[str | None] = mapped_column(String(160), unique=True, info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)


class PickupTransfer(Model):
    """Goods on their way to the shop for a pickup."""

    __tablename__ = "pickup_transfers"
    __table_args__ = (Index("ix_pickup_transfers_pickup_id", "pickup_id"),)

    transfer_id: Mapped[int] = mapped_column(ref("transfers.id"), primary_key=True)
    pickup_id: Mapped[int] = mapped_column(ref("pickups.id"))


class Handover(Model):
    """Goods given over the counter, for ever: what of which line, what was checked, by whom."""

    __tablename__ = "pickup_handovers"
    __table_args__ = (Index("ix_pickup_handovers_pickup_id", "pickup_id", "id"),)

    id: Mapped[Key]
    pickup_id: Mapped[int] = mapped_column(ref("pickups.id"))
    identity_check: Mapped[IdentityCheck] = mapped_column(
        enum_column(IdentityCheck, "identity_check")
    )
    #: Units by order line, as ``{"12": 2}``.
    units: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    at: Mapped[datetime]
    by: Mapped[ActorRef]
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
