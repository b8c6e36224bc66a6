"""Fulfilments, pick lists, boxes.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boxes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("wall_mm", sa.Integer(), nullable=False),
        sa.Column("max_weight_g", sa.Integer(), nullable=False),
        sa.Column("tare_g", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_boxes_cost_minor")),
        sa.CheckConstraint(
            "length_mm > 0 AND width_mm > 0 AND height_mm > 0", name=op.f("ck_boxes_size_mm")
        ),
        sa.CheckConstraint("tare_g >= 0 AND max_weight_g > 0", name=op.f("ck_boxes_weight_g")),
        sa.CheckConstraint("wall_mm >= 0", name=op.f("ck_boxes_wall_mm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boxes")),
        sa.UniqueConstraint("code", name=op.f("uq_boxes_code")),
    )
    op.create_table(
        "manifests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_manifests_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifests")),
        sa.UniqueConstraint("number", name=op.f("uq_manifests_number")),
    )
    op.create_index(
        "ix_manifests_location_id_day", "manifests", ["location_id", "day"], unique=False
    )
    op.create_index(
        "uq_manifests_open",
        "manifests",
        ["location_id", "carrier", "day"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "packing_rules",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_g", sa.Integer(), nullable=False),
        sa.Column("tolerance_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "tolerance_g >= 0 AND tolerance_bp BETWEEN 0 AND 10000",
            name=op.f("ck_packing_rules_tolerance"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_packing_rules_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_packing_rules")),
    )
    op.create_table(
        "pick_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("picker", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "picking",
                "paused",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_pick_lists_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_lists")),
        sa.UniqueConstraint("key", name=op.f("uq_pick_lists_key")),
        sa.UniqueConstraint("number", name=op.f("uq_pick_lists_number")),
    )
    op.create_index(
        "ix_pick_lists_location_id_state",
        "pick_lists",
        ["location_id", "state", "id"],
        unique=False,
    )
    op.create_index("ix_pick_lists_picker", "pick_lists", ["picker", "id"], unique=False)
    op.create_table(
        "workplaces",
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_workplaces_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_workplaces")),
    )
    op.create_table(
        "bins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_bins_code")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_bins_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_bins_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bins")),
    )
    op.create_index("ix_bins_location_id_zone", "bins", ["location_id", "zone"], unique=False)
    op.create_index(
        "uq_bins_location_id_variant_id", "bins", ["location_id", "variant_id"], unique=True
    )
    op.create_table(
        "fulfilments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "scheduled",
                "on_hold",
                "in_progress",
                "incomplete",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ship_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_fulfilments_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fulfilments_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilments")),
        sa.UniqueConstraint("number", name=op.f("uq_fulfilments_number")),
    )
    op.create_index(
        "ix_fulfilments_location_id_state_ship_by",
        "fulfilments",
        ["location_id", "state", "ship_by", "id"],
        unique=False,
    )
    op.create_index(
        "ix_fulfilments_not_before",
        "fulfilments",
        ["not_before"],
        unique=False,
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "uq_fulfilments_order_id_location_id",
        "fulfilments",
        ["order_id", "location_id"],
        unique=True,
    )
    op.create_table(
        "fulfilment_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("packed", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("to_put_back", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "packed >= 0 AND packed <= picked AND picked <= wanted",
            name=op.f("ck_fulfilment_lines_packed_of_picked"),
        ),
        sa.CheckConstraint(
            "shipped >= 0 AND short >= 0 AND to_put_back >= 0",
            name=op.f("ck_fulfilment_lines_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"],
            ["fulfilments.id"],
            name=op.f("fk_fulfilment_lines_fulfilment_id_fulfilments"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_fulfilment_lines_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_fulfilment_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_lines")),
    )
    op.create_index(
        "ix_fulfilment_lines_loose",
        "fulfilment_lines",
        ["fulfilment_id"],
        unique=False,
        postgresql_where=sa.text("picked > packed"),
    )
    op.create_index(
        "ix_fulfilment_lines_order_line_id", "fulfilment_lines", ["order_line_id"], unique=False
    )
    op.create_index(
        "ix_fulfilment_lines_to_put_back",
        "fulfilment_lines",
        ["fulfilment_id"],
        unique=False,
        postgresql_where=sa.text("to_put_back > 0"),
    )
    op.create_index(
        "uq_fulfilment_lines_fulfilment_id_order_line_id",
        "fulfilment_lines",
        ["fulfilment_id", "order_line_id"],
        unique=True,
    )
    op.create_table(
        "packed_boxes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "packed",
                "labelled",
                "handed_over",
                "unpacked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("box_code", sa.String(length=60), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("choice", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "service_reason",
            sa.Enum(
                "customer_asked",
                "too_late_for_today",
                "goods_need_it",
                "carrier_disturbed",
                name="service_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("weight_g", sa.Integer(), nullable=False),
        sa.Column("expected_weight_g", sa.Integer(), nullable=True),
        sa.Column(
            "weight_reason",
            sa.Enum(
                "packing_material",
                "catalogue_wrong",
                "checked",
                name="weight_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("tracking_number", sa.String(length=60), nullable=False),
        sa.Column("tracking_key", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("packed_by", sa.String(length=80), nullable=True),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("manifest_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'handed_over') = (parcel_id IS NOT NULL)",
            name=op.f("ck_packed_boxes_handed_over"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'unpacked') OR weight_g > 0", name=op.f("ck_packed_boxes_weighed")
        ),
        sa.CheckConstraint(
            "state NOT IN ('labelled', 'handed_over') OR (tracking_number <> '' AND carrier <> '')",
            name=op.f("ck_packed_boxes_labelled"),
        ),
        sa.CheckConstraint(
            "weight_g >= 0 AND expected_weight_g >= 0 AND length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0",
            name=op.f("ck_packed_boxes_measures"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"],
            ["fulfilments.id"],
            name=op.f("fk_packed_boxes_fulfilment_id_fulfilments"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_packed_boxes_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifests.id"], name=op.f("fk_packed_boxes_manifest_id_manifests")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_packed_boxes_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_packed_boxes_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packed_boxes")),
        sa.UniqueConstraint("number", name=op.f("uq_packed_boxes_number")),
    )
    op.create_index(
        "ix_packed_boxes_fulfilment_id", "packed_boxes", ["fulfilment_id"], unique=False
    )
    op.create_index(
        "ix_packed_boxes_location_id_state_carrier",
        "packed_boxes",
        ["location_id", "state", "carrier", "id"],
        unique=False,
    )
    op.create_index("ix_packed_boxes_manifest_id", "packed_boxes", ["manifest_id"], unique=False)
    op.create_index("ix_packed_boxes_order_id", "packed_boxes", ["order_id"], unique=False)
    op.create_index(
        "uq_packed_boxes_open",
        "packed_boxes",
        ["fulfilment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_packed_boxes_tracking",
        "packed_boxes",
        ["carrier", "tracking_key"],
        unique=True,
        postgresql_where=sa.text("tracking_key <> '' AND state <> 'unpacked'"),
    )
    op.create_table(
        "pick_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pick_list_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_line_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("bin", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "is_open = (picked + short < quantity)", name=op.f("ck_pick_tasks_is_open")
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND picked >= 0 AND short >= 0 AND picked + short <= quantity",
            name=op.f("ck_pick_tasks_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"],
            ["fulfilments.id"],
            name=op.f("fk_pick_tasks_fulfilment_id_fulfilments"),
        ),
        sa.ForeignKeyConstraint(
            ["fulfilment_line_id"],
            ["fulfilment_lines.id"],
            name=op.f("fk_pick_tasks_fulfilment_line_id_fulfilment_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["pick_list_id"], ["pick_lists.id"], name=op.f("fk_pick_tasks_pick_list_id_pick_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_tasks")),
    )
    op.create_index(
        "ix_pick_tasks_fulfilment_line_id", "pick_tasks", ["fulfilment_line_id"], unique=False
    )
    op.create_index("ix_pick_tasks_pick_list_id", "pick_tasks", ["pick_list_id"], unique=False)
    op.create_index(
        "uq_pick_tasks_open",
        "pick_tasks",
        ["fulfilment_line_id"],
        unique=True,
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "packed_box_lines",
        sa.Column("box_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_packed_box_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["box_id"], ["packed_boxes.id"], name=op.f("fk_packed_box_lines_box_id_packed_boxes")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_packed_box_lines_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("box_id", "order_line_id", name=op.f("pk_packed_box_lines")),
    )
    op.create_index(
        op.f("ix_packed_box_lines_order_line_id"),
        "packed_box_lines",
        ["order_line_id"],
        unique=False,
    )
    op.create_table(
        "short_picks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pick_task_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "not_found",
                "damaged",
                "misplaced",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("found >= 0 AND missing > 0", name=op.f("ck_short_picks_missing")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_short_picks_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_short_picks_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["pick_task_id"], ["pick_tasks.id"], name=op.f("fk_short_picks_pick_task_id_pick_tasks")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_short_picks_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_picks")),
    )
    op.create_index(
        "ix_short_picks_location_id_variant_id",
        "short_picks",
        ["location_id", "variant_id", "id"],
        unique=False,
    )
    op.create_index("ix_short_picks_order_line_id", "short_picks", ["order_line_id"], unique=False)
