"""Store pickup.

Revision: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pickup_points",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("hours", postgresql.JSONB(), nullable=False),
        sa.Column("handling_minutes", sa.Integer(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("extension_days", sa.Integer(), nullable=False),
        sa.Column("transfer_days", sa.Integer(), nullable=False),
        sa.Column("address", postgresql.JSONB(), nullable=False),
        sa.Column("latitude_e6", sa.Integer(), nullable=True),
        sa.Column("longitude_e6", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(latitude_e6 IS NULL) = (longitude_e6 IS NULL)",
            name=op.f("ck_pickup_points_position"),
        ),
        sa.CheckConstraint(
            "extension_days BETWEEN 0 AND 90", name=op.f("ck_pickup_points_extension_days")
        ),
        sa.CheckConstraint(
            "handling_minutes BETWEEN 0 AND 10080",
            name=op.f("ck_pickup_points_handling_minutes"),
        ),
        sa.CheckConstraint("hold_days BETWEEN 1 AND 90", name=op.f("ck_pickup_points_hold_days")),
        sa.CheckConstraint("jsonb_array_length(hours) = 7", name=op.f("ck_pickup_points_hours")),
        sa.CheckConstraint(
            "latitude_e6 BETWEEN -90000000 AND 90000000"
            " AND longitude_e6 BETWEEN -180000000 AND 180000000",
            name=op.f("ck_pickup_points_position_on_earth"),
        ),
        sa.CheckConstraint(
            "transfer_days BETWEEN 0 AND 60", name=op.f("ck_pickup_points_transfer_days")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_pickup_points_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_pickup_points")),
    )
    op.create_table(
        "pickups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("is_reservation", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collect_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=160), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('reserved', 'preparing', 'ready', 'collected', 'expired', 'cancelled',"
            " 'no_show')",
            name=op.f("ck_pickups_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('collected', 'expired', 'cancelled', 'no_show')) = (ended_at IS NOT NULL)",
            name=op.f("ck_pickups_ended"),
        ),
        sa.CheckConstraint("code <> ''", name=op.f("ck_pickups_code")),
        sa.CheckConstraint(
            "ready_at IS NULL OR collect_by IS NOT NULL", name=op.f("ck_pickups_deadline")
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR ready_at IS NOT NULL", name=op.f("ck_pickups_ready")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_pickups_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_pickups_order_id_orders"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickups")),
        sa.UniqueConstraint("key", name=op.f("uq_pickups_key")),
        sa.UniqueConstraint("number", name=op.f("uq_pickups_number")),
    )
    op.create_index(
        "ix_pickups_due",
        "pickups",
        ["collect_by"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_pickups_location_id_state_ready_by",
        "pickups",
        ["location_id", "state", "ready_by", "id"],
        unique=False,
    )
    op.create_index(
        "uq_pickups_code_open",
        "pickups",
        ["code"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("uq_pickups_order_id", "pickups", ["order_id"], unique=True)
    op.create_table(
        "pickup_handovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pickup_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_check", sa.String(length=40), nullable=False),
        sa.Column("units", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.CheckConstraint(
            "identity_check IN ('code', 'order_mail', 'photo_id', 'health_card', 'known_customer')",
            name=op.f("ck_pickup_handovers_identity_check"),
        ),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_pickup_handovers_pickup_id_pickups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_handovers")),
        sa.UniqueConstraint("key", name=op.f("uq_pickup_handovers_key")),
    )
    op.create_index(
        "ix_pickup_handovers_pickup_id", "pickup_handovers", ["pickup_id", "id"], unique=False
    )
    op.create_table(
        "pickup_transfers",
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("pickup_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_pickup_transfers_pickup_id_pickups")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["transfers.id"],
            name=op.f("fk_pickup_transfers_transfer_id_transfers"),
        ),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_pickup_transfers")),
    )
    op.create_index(
        "ix_pickup_transfers_pickup_id", "pickup_transfers", ["pickup_id"], unique=False
    )
