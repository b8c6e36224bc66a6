"""Shipments as stored: what leaves together, its parcels, every word carriers said of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Code, Currency, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words
from oms_service.shipping.states import CarrierStatus, Jeopardy


class Shipment(Model):
    """What one location sends for one order; it holds one parcel or several."""

    __tablename__ = "shipments"
    __table_args__ = (Index("ix_shipments_order_id", "order_id"),)

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(40), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    location_id: Mapped[int | None] = mapped_column(ref("locations.id"))
    #: Where from and where to, as coarse as lead times are kept: a prefecture, or empty.
    origin_region: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    destination_region: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    created_at: Mapped[datetime | None]


class Parcel(Model):
    """One box with one tracking number.

    ``status`` is what the newest scan by event time says; estimates are what we now believe,
    the promise is what the customer was told first. Windows of whole days run from one local
    midnight to another; see ``shipping.windows``.
    """

    __tablename__ = "parcels"
    __table_args__ = (
        Index("uq_parcels_carrier_tracking_key", "carrier", "tracking_key", unique=True),
        Index("ix_parcels_tracking_key", "tracking_key"),
        Index("ix_parcels_shipment_id", "shipment_id"),
        Index(
            "ix_parcels_open",
            "promised_until",
            postgresql_where=text("status NOT IN ('delivered', 'failure')"),
        ),
        CheckConstraint("weight_g >= 0", name="weight_g"),
        CheckConstraint("promised_from <= promised_until", name="promised_window"),
        CheckConstraint("estimated_from <= estimated_until", name="estimated_window"),
    )

    id: Mapped[Key]
    shipment_id: Mapped[int] = mapped_column(ref("shipments.id"))
    carrier: Mapped[Code]
    service: Mapped[Code] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(String(60), info=PLAIN)
    tracking_key: Mapped[str] = mapped_column(String(60), info=PLAIN)
    status: Mapped[CarrierStatus] = mapped_column(enum_column(CarrierStatus, "status"))
    status_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    promised_from: Mapped[datetime | None]
    promised_until: Mapped[datetime | None]
    estimated_from: Mapped[datetime | None]
    estimated_until: Mapped[datetime | None]
    #: Why we believe so: a code of ``shipping.eta``, or the carrier's reason for a delay.
    estimate_reason: Mapped[Code] = mapped_column(default="")
    jeopardy: Mapped[Jeopardy] = mapped_column(
        enum_column(Jeopardy, "jeopardy"), default=Jeopardy.ON_TIME
    )
    weight_g: Mapped[int | None]


class ParcelLine(Model):
    """How many of an order line are in a parcel."""

    __tablename__ = "parcel_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    parcel_id: Mapped[int] = mapped_column(ref("parcels.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]


class Scan(Model):
    """One word of a carrier about a parcel, kept for ever, in whatever order it came."""

    __tablename__ = "scans"
    __table_args__ = (
        Index("uq_scans_parcel_id_event_key", "parcel_id", "event_key", unique=True),
        Index("ix_scans_parcel_id_occurred_at", "parcel_id", "occurred_at"),
    )

    id: Mapped[Key]
    parcel_id: Mapped[int] = mapped_column(ref("parcels.id"))
    event_key: Mapped[str] = mapped_column(String(160), info=PLAIN)
    status: Mapped[CarrierStatus] = mapped_column(enum_column(CarrierStatus, "status"))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(120), default="", info=PERSONAL)
    #: A cause such as ``weather`` or ``no_one_home``; words for it come with the language.
    reason: Mapped[Code] = mapped_column(default="")
    carrier_words: Mapped[str] = mapped_column(String(200), default="", info=PERSONAL)
    #: The carrier's own estimate, where it gave one.
    estimate_from: Mapped[datetime | None]
    estimate_until: Mapped[datetime | None]
    inbound_id: Mapped[int | None] = mapped_column(ref("inbound_bodies.id"))


class Promise(Model):
    """What the customer was told about an arrival: when, why it changed. Never edited."""

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_parcel_id", "parcel_id"),)

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"), index=True)
    parcel_id: Mapped[int | None] = mapped_column(ref("parcels.id"))
    window_from: Mapped[datetime]
    window_until: Mapped[datetime]
    said_at: Mapped[datetime]
    channel: Mapped[Code]
    reason: Mapped[Code] = mapped_column(default="")


class LeadTime(Model):
    """Days on the road between two regions with one carrier, as configured; '' is any.

    It wins over the matrix of ``shipping.lanes``.
    """

    __tablename__ = "lead_times"
    __table_args__ = (
        CheckConstraint("usual_days >= 0 AND late_days >= usual_days", name="days"),
        Index("uq_lead_times_lane", "carrier", "origin_region", "destination_region", unique=True),
    )

    id: Mapped[Key]
    carrier: Mapped[Code]
    origin_region: Mapped[str] = mapped_column(String(60), info=PLAIN)
    destination_region: Mapped[str] = mapped_column(String(60), info=PLAIN)
    usual_days: Mapped[int]
    late_days: Mapped[int]


class CarrierService(Model):
    """One service of a carrier: what it takes, where to, what it costs; data the shop edits.

    ``rates`` and ``remote`` are read by ``shipping.rates``, which says their form. ``version``
    grows with each edit.
    """

    __tablename__ = "carrier_services"
    __table_args__ = (
        CheckConstraint(
            "max_weight_g > 0 AND max_sides_mm > 0 AND max_longest_mm > 0 AND max_thickness_mm > 0",
            name="limits",
        ),
        CheckConstraint("extra_days >= 0", name="extra_days"),
        Index("uq_carrier_services_carrier_service", "carrier", "service", unique=True),
    )

    id: Mapped[Key]
    carrier: Mapped[Code]
    service: Mapped[Code]
    name: Mapped[Words] = mapped_column(info=PLAIN)
    currency: Mapped[Currency]
    max_weight_g: Mapped[int]
    #: Length, width and height added up; the longest of them; the shortest. Empty: any.
    max_sides_mm: Mapped[int | None]
    max_longest_mm: Mapped[int | None]
    max_thickness_mm: Mapped[int | None]
    #: Beyond what the lane takes.
    extra_days: Mapped[int] = mapped_column(default=0)
    has_cash_on_delivery: Mapped[bool] = mapped_column(default=False)
    rates: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    remote: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
