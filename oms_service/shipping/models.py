"""Shipments as stored: what leaves together, its parcels, every word carriers said of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Code, Currency, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words
from oms_service.shipping.states import (
    CarrierStatus,
    Cause,
    ForecastStage,
    Jeopardy,
    Stage,
    Suggestion,
)


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
        Index("ix_parcels_status_id", "status", "id"),
        Index("ix_parcels_delivered_at", "delivered_at"),
        Index("ix_parcels_promised_until", "promised_until", "id"),
        Index(
            "ix_parcels_open",
            "promised_until",
            postgresql_where=text("status NOT IN ('delivered', 'failure')"),
        ),
        Index(
            "ix_parcels_look_again_at",
            "look_again_at",
            "id",
            postgresql_where=text("look_again_at IS NOT NULL"),
        ),
        CheckConstraint("weight_g >= 0", name="weight_g"),
        CheckConstraint("promised_from <= promised_until", name="promised_window"),
        CheckConstraint("estimated_from <= estimated_until", name="estimated_window"),
        CheckConstraint("extra_days BETWEEN 0 AND 60", name="extra_days"),
        CheckConstraint(
            "(wished_from IS NULL) = (wished_until IS NULL) AND wished_from <= wished_until",
            name="wished_window",
        ),
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
    #: Whose days its windows are made of, such as Asia/Tokyo; empty: the shop's.
    zone: Mapped[str] = mapped_column(String(60), default="", server_default="", info=PLAIN)
    #: What an island or a remote area costs on top of its prefecture, as calendars said then.
    extra_days: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    delivered_at: Mapped[datetime | None]
    #: When the customer wished it, as the carrier was told; empty for any day.
    wished_from: Mapped[datetime | None]
    wished_until: Mapped[datetime | None]
    promised_from: Mapped[datetime | None]
    promised_until: Mapped[datetime | None]
    estimated_from: Mapped[datetime | None]
    estimated_until: Mapped[datetime | None]
    #: The median: one of two such parcels has arrived by then.
    estimated_at: Mapped[datetime | None]
    #: Why we believe so: a code of ``shipping.because``, or the carrier's reason for a delay.
    estimate_reason: Mapped[Code] = mapped_column(default="")
    #: All that led to the estimate, as ``shipping.because.Because`` writes it; empty without one.
    because: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PLAIN)
    jeopardy: Mapped[Jeopardy] = mapped_column(
        enum_column(Jeopardy, "jeopardy"), default=Jeopardy.ON_TIME
    )
    cause: Mapped[Cause] = mapped_column(
        enum_column(Cause, "cause"), default=Cause.NONE, server_default=""
    )
    suggestion: Mapped[Suggestion] = mapped_column(
        enum_column(Suggestion, "suggestion"), default=Suggestion.NONE, server_default=""
    )
    #: When the passing of time alone may change what is believed; empty once nothing will.
    look_again_at: Mapped[datetime | None]
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
        Index(
            "ix_scans_unknown",
            "parcel_id",
            postgresql_where=text("status = 'unknown' AND carrier_words <> ''"),
        ),
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


class OrderOutlook(Model):
    """What is believed of the arrival of a whole order: the part that comes last decides.

    ``promised`` is the original promise, made once; later ones stand in ``promises``. ``parts``
    says each part: its parcel or its location, its window, its jeopardy. ``due_at`` is by when
    lists look for it: the end of the promise, or the day it was first judged.
    """

    __tablename__ = "order_outlooks"
    __table_args__ = (
        CheckConstraint(
            "promised_from <= promised_until"
            " AND (promised_from IS NULL) = (promised_until IS NULL)"
            " AND (promised_from IS NULL) = (promised_at IS NULL)",
            name="promised_window",
        ),
        CheckConstraint(
            "estimated_from <= estimated_until"
            " AND (estimated_from IS NULL) = (estimated_until IS NULL)"
            " AND (estimated_at IS NULL OR estimated_from IS NOT NULL)",
            name="estimated_window",
        ),
        CheckConstraint(
            "is_open = (stage NOT IN ('delivered', 'cancelled'))"
            " AND (is_open OR look_again_at IS NULL)",
            name="open",
        ),
        CheckConstraint("jeopardy <> 'on_time' OR cause = ''", name="on_time_has_no_cause"),
        CheckConstraint(
            "told_from <= told_until AND (told_from IS NULL) = (told_until IS NULL)",
            name="told_window",
        ),
        CheckConstraint("risk_percent BETWEEN 1 AND 99", name="risk_percent"),
        CheckConstraint("changes >= 0 AND version > 0", name="counted"),
        Index(
            "ix_order_outlooks_look_again_at",
            "look_again_at",
            "order_id",
            postgresql_where=text("look_again_at IS NOT NULL"),
        ),
        Index(
            "ix_order_outlooks_in_doubt",
            "due_at",
            "order_id",
            postgresql_where=text("is_open AND jeopardy <> 'on_time'"),
        ),
        Index(
            "ix_order_outlooks_promised_until",
            "promised_until",
            "order_id",
            postgresql_where=text("promised_until IS NOT NULL"),
        ),
    )

    order_id: Mapped[int] = mapped_column(ref("orders.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, "stage"))
    is_open: Mapped[bool]
    promised_from: Mapped[datetime | None]
    promised_until: Mapped[datetime | None]
    promised_at: Mapped[datetime | None]
    #: What the customer was told last; equal to the promise until that changes.
    told_from: Mapped[datetime | None]
    told_until: Mapped[datetime | None]
    estimated_from: Mapped[datetime | None]
    estimated_until: Mapped[datetime | None]
    #: The median of what is believed.
    estimated_at: Mapped[datetime | None]
    because: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    jeopardy: Mapped[Jeopardy] = mapped_column(enum_column(Jeopardy, "jeopardy"))
    cause: Mapped[Cause] = mapped_column(enum_column(Cause, "cause"))
    suggestion: Mapped[Suggestion] = mapped_column(enum_column(Suggestion, "suggestion"))
    #: The parcel that speaks for the order; empty while that part has not left the house.
    parcel_id: Mapped[int | None] = mapped_column(ref("parcels.id"))
    parts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    #: From this chance on of coming after the promise, the channel's policy calls it at risk.
    risk_percent: Mapped[int]
    #: How often the jeopardy has changed; the newest row of ``outlook_changes`` has this number.
    changes: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    assessed_at: Mapped[datetime]
    look_again_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class OutlookChange(Model):
    """One change of an order's jeopardy; kept for ever, never edited."""

    __tablename__ = "outlook_changes"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        Index("ix_outlook_changes_changed_at", "changed_at"),
    )

    order_id: Mapped[int] = mapped_column(ref("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    jeopardy: Mapped[Jeopardy] = mapped_column(enum_column(Jeopardy, "jeopardy"))
    cause: Mapped[Cause] = mapped_column(enum_column(Cause, "cause"))
    suggestion: Mapped[Suggestion] = mapped_column(enum_column(Suggestion, "suggestion"))
    changed_at: Mapped[datetime]


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


class Telling(Model):
    """A window as a customer was told it over one channel.

    Each window has one row a channel. ``said_at`` is when it was said first, ``again_at`` when it
    was said anew after another one; in between it was repeated, which is not counted.
    """

    __tablename__ = "tellings"
    __table_args__ = (
        Index(
            "uq_tellings_once",
            "order_id",
            "parcel_id",
            "channel",
            "window_from",
            "window_until",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("window_from <= window_until", name="window"),
        CheckConstraint("again_at > said_at", name="again_at"),
        CheckConstraint("channel <> ''", name="channel"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    #: Empty where the window is that of the whole order.
    parcel_id: Mapped[int | None] = mapped_column(ref("parcels.id"))
    channel: Mapped[Code]
    window_from: Mapped[datetime]
    window_until: Mapped[datetime]
    said_at: Mapped[datetime]
    again_at: Mapped[datetime | None]
    reason: Mapped[Code] = mapped_column(default="")


class Forecast(Model):
    """What was foretold at one stage, kept as it was said so that it can be measured.

    Never edited, except that the arrival and the window told last are filled in once they are
    known. The road is written beside it, so that reports need no other table.
    """

    __tablename__ = "forecasts"
    __table_args__ = (
        Index(
            "uq_forecasts_order_id_parcel_id_stage",
            "order_id",
            "parcel_id",
            "stage",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_forecasts_parcel_id", "parcel_id"),
        Index("ix_forecasts_stage_delivered_at", "stage", "delivered_at"),
        Index("ix_forecasts_stage_promised_until", "stage", "promised_until"),
        CheckConstraint("early <= median AND median <= late", name="window"),
        CheckConstraint("chance_late BETWEEN 0 AND 1", name="chance_late"),
        CheckConstraint("(chance_late IS NULL) = (promised_until IS NULL)", name="promised_until"),
        CheckConstraint("told_until IS NULL OR delivered_at IS NOT NULL", name="told_until"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    parcel_id: Mapped[int | None] = mapped_column(ref("parcels.id"))
    stage: Mapped[ForecastStage] = mapped_column(enum_column(ForecastStage, "stage"))
    said_at: Mapped[datetime]
    early: Mapped[datetime]
    median: Mapped[datetime]
    late: Mapped[datetime]
    #: The end of what was promised first, and how likely it seemed to be missed.
    promised_until: Mapped[datetime | None]
    chance_late: Mapped[float | None]
    is_at_risk: Mapped[bool] = mapped_column(default=False)
    model_version: Mapped[int] = mapped_column(default=0)
    carrier: Mapped[Code] = mapped_column(default="")
    origin_region: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    destination_region: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    delivered_at: Mapped[datetime | None]
    #: The end of the window told last before it arrived.
    told_until: Mapped[datetime | None]
