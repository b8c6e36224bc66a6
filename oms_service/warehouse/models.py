"""Warehouse work as stored: shelves, fulfilments, pick lists, boxes, manifests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.warehouse.states import (
    BoxState,
    ListState,
    ServiceReason,
    ShortReason,
    WeightReason,
    WorkState,
)


class Bin(Model):
    """On which shelf one variant lies at one location; pickers walk by zone, then by code."""

    __tablename__ = "bins"
    __table_args__ = (
        Index("uq_bins_location_id_variant_id", "location_id", "variant_id", unique=True),
        Index("ix_bins_location_id_zone", "location_id", "zone"),
        CheckConstraint("code <> ''", name="code"),
    )

    id: Mapped[Key]
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    zone: Mapped[Code] = mapped_column(default="")
    code: Mapped[Code]


class Fulfilment(Model):
    """What one location has to do for one order.

    ``state`` repeats what ``warehouse.policy`` derives, so that lists can filter. ``ship_by`` is
    the end of the day on which it should leave; ``not_before`` keeps it for later.
    """

    __tablename__ = "fulfilments"
    __table_args__ = (
        Index("uq_fulfilments_order_id_location_id", "order_id", "location_id", unique=True),
        Index("ix_fulfilments_location_id_state_ship_by", "location_id", "state", "ship_by", "id"),
        Index(
            "ix_fulfilments_not_before", "not_before", postgresql_where=text("state = 'scheduled'")
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    state: Mapped[WorkState] = mapped_column(enum_column(WorkState, "state"))
    ship_by: Mapped[datetime]
    not_before: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class FulfilmentLine(Model):
    """How far one line of an order got at one location.

    ``wanted`` repeats what is allocated here; of it some is picked, of that some lies in closed
    boxes. ``to_put_back`` was picked and then called off: it goes back on the shelf.
    """

    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        CheckConstraint(
            "packed >= 0 AND packed <= picked AND picked <= wanted", name="packed_of_picked"
        ),
        CheckConstraint("shipped >= 0 AND short >= 0 AND to_put_back >= 0", name="not_negative"),
        Index(
            "uq_fulfilment_lines_fulfilment_id_order_line_id",
            "fulfilment_id",
            "order_line_id",
            unique=True,
        ),
        Index("ix_fulfilment_lines_order_line_id", "order_line_id"),
        Index(
            "ix_fulfilment_lines_loose", "fulfilment_id", postgresql_where=text("picked > packed")
        ),
        Index(
            "ix_fulfilment_lines_to_put_back",
            "fulfilment_id",
            postgresql_where=text("to_put_back > 0"),
        ),
    )

    id: Mapped[Key]
    fulfilment_id: Mapped[int] = mapped_column(ref("fulfilments.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    wanted: Mapped[int] = mapped_column(default=0)
    picked: Mapped[int] = mapped_column(default=0)
    packed: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    short: Mapped[int] = mapped_column(default=0)
    to_put_back: Mapped[int] = mapped_column(default=0)


class PickList(Model):
    """One walk of one person through one location, for one fulfilment or a batch of them."""

    __tablename__ = "pick_lists"
    __table_args__ = (
        Index("ix_pick_lists_location_id_state", "location_id", "state", "id"),
        Index("ix_pick_lists_picker", "picker", "id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    #: Empty where all zones are walked.
    zone: Mapped[Code] = mapped_column(default="")
    picker: Mapped[ActorRef]
    state: Mapped[ListState] = mapped_column(enum_column(ListState, "state"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    #: The caller's own key: asking twice is one list.
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)


class PickTask(Model):
    """Units of one line that one list fetches from one shelf.

    ``is_open`` while some are still to be fetched; a line is on one open task at a time, so that
    no two pickers ever look for the same units.
    """

    __tablename__ = "pick_tasks"
    __table_args__ = (
        CheckConstraint(
            "quantity >= 0 AND picked >= 0 AND short >= 0 AND picked + short <= quantity",
            name="quantity",
        ),
        CheckConstraint("is_open = (picked + short < quantity)", name="is_open"),
        Index(
            "uq_pick_tasks_open",
            "fulfilment_line_id",
            unique=True,
            postgresql_where=text("is_open"),
        ),
        Index("ix_pick_tasks_pick_list_id", "pick_list_id"),
        Index("ix_pick_tasks_fulfilment_line_id", "fulfilment_line_id"),
    )

    id: Mapped[Key]
    pick_list_id: Mapped[int] = mapped_column(ref("pick_lists.id"))
    fulfilment_id: Mapped[int] = mapped_column(ref("fulfilments.id"))
    fulfilment_line_id: Mapped[int] = mapped_column(ref("fulfilment_lines.id"))
    #: The place in the walk, from 1.
    position: Mapped[int]
    zone: Mapped[Code] = mapped_column(default="")
    bin: Mapped[Code] = mapped_column(default="")
    quantity: Mapped[int]
    picked: Mapped[int] = mapped_column(default=0)
    short: Mapped[int] = mapped_column(default=0)
    is_open: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)


class ShortPick(Model):
    """Units that were not where the books said, for ever: what was asked, found, and why."""

    __tablename__ = "short_picks"
    __table_args__ = (
        CheckConstraint("found >= 0 AND missing > 0", name="missing"),
        Index("ix_short_picks_location_id_variant_id", "location_id", "variant_id", "id"),
        Index("ix_short_picks_order_line_id", "order_line_id"),
    )

    id: Mapped[Key]
    pick_task_id: Mapped[int] = mapped_column(ref("pick_tasks.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    found: Mapped[int]
    missing: Mapped[int]
    reason: Mapped[ShortReason] = mapped_column(enum_column(ShortReason, "reason"))
    said_at: Mapped[datetime]
    said_by: Mapped[ActorRef]


class PackedBox(Model):
    """One box of one order: what is in it, what it measures and weighs, who carries it.

    Measures are of the outside, in millimetres and grams; 0 while the box is open.
    """

    __tablename__ = "packed_boxes"
    __table_args__ = (
        CheckConstraint(
            "weight_g >= 0 AND expected_weight_g >= 0 AND length_mm >= 0 AND width_mm >= 0"
            " AND height_mm >= 0",
            name="measures",
        ),
        CheckConstraint("state IN ('open', 'unpacked') OR weight_g > 0", name="weighed"),
        CheckConstraint(
            "state NOT IN ('labelled', 'handed_over') OR (tracking_number <> '' AND carrier <> '')",
            name="labelled",
        ),
        CheckConstraint("(state = 'handed_over') = (parcel_id IS NOT NULL)", name="handed_over"),
        Index(
            "uq_packed_boxes_open",
            "fulfilment_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "uq_packed_boxes_tracking",
            "carrier",
            "tracking_key",
            unique=True,
            postgresql_where=text("tracking_key <> '' AND state <> 'unpacked'"),
        ),
        Index("ix_packed_boxes_order_id", "order_id"),
        Index("ix_packed_boxes_fulfilment_id", "fulfilment_id"),
        Index("ix_packed_boxes_location_id_state_carrier", "location_id", "state", "carrier", "id"),
        Index("ix_packed_boxes_manifest_id", "manifest_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    fulfilment_id: Mapped[int] = mapped_column(ref("fulfilments.id"))
    state: Mapped[BoxState] = mapped_column(enum_column(BoxState, "state"))
    #: Which of the shop's boxes; empty for the goods' own packaging.
    box_code: Mapped[Code] = mapped_column(default="")
    carrier: Mapped[Code] = mapped_column(default="")
    service: Mapped[Code] = mapped_column(default="")
    #: Why this carrier and service: codes and facts, as they were proposed.
    choice: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), info=PLAIN)
    service_reason: Mapped[ServiceReason | None] = mapped_column(
        enum_column(ServiceReason, "service_reason")
    )
    weight_g: Mapped[int] = mapped_column(default=0)
    #: What the goods and the box should weigh; empty where the catalogue does not know.
    expected_weight_g: Mapped[int | None]
    weight_reason: Mapped[WeightReason | None] = mapped_column(
        enum_column(WeightReason, "weight_reason")
    )
    length_mm: Mapped[int] = mapped_column(default=0)
    width_mm: Mapped[int] = mapped_column(default=0)
    height_mm: Mapped[int] = mapped_column(default=0)
    tracking_number: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    tracking_key: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    opened_at: Mapped[datetime]
    packed_at: Mapped[datetime | None]
    packed_by: Mapped[ActorRef | None]
    labelled_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    parcel_id: Mapped[int | None] = mapped_column(ref("parcels.id"))
    manifest_id: Mapped[int | None] = mapped_column(ref("manifests.id"))
    version: Mapped[int] = mapped_column(default=1)


class PackedBoxLine(Model):
    """How many of an order line are in a box."""

    __tablename__ = "packed_box_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    box_id: Mapped[int] = mapped_column(ref("packed_boxes.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]


class Manifest(Model):
    """What one carrier collected from one location; open until the driver has gone."""

    __tablename__ = "manifests"
    __table_args__ = (
        Index(
            "uq_manifests_open",
            "location_id",
            "carrier",
            "day",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_manifests_location_id_day", "location_id", "day"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    carrier: Mapped[Code]
    #: The day at the location.
    day: Mapped[date]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[ActorRef | None]


class PackingRules(Model):
    """How far a box may be off its expected weight at one location before somebody says why.

    The larger of the two counts: grams, or basis points of what is expected.
    """

    __tablename__ = "packing_rules"
    __table_args__ = (
        CheckConstraint("tolerance_g >= 0 AND tolerance_bp BETWEEN 0 AND 10000", name="tolerance"),
    )

    location_id: Mapped[int] = mapped_column(ref("locations.id"), primary_key=True)
    tolerance_g: Mapped[int]
    tolerance_bp: Mapped[int]


class Workplace(Model):
    """Where somebody works, until they say otherwise."""

    __tablename__ = "workplaces"

    actor: Mapped[ActorRef] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
