"""What customers were told, and how right it was.

Revision: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.CheckConstraint("window_from <= window_until", name=op.f("ck_tellings_window")),
        sa.CheckConstraint("again_at > said_at", name=op.f("ck_tellings_again_at")),
        sa.CheckConstraint("channel <> ''", name=op.f("ck_tellings_channel")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_tellings_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_tellings_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
    )
    op.create_index(
        "uq_tellings_once",
        "tellings",
        ["order_id", "parcel_id", "channel", "window_from", "window_until"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "forecasts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("early", sa.DateTime(timezone=True), nullable=False),
        sa.Column("median", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chance_late", sa.Float(), nullable=True),
        sa.Column("is_at_risk", sa.Boolean(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("origin_region", sa.String(length=60), nullable=False),
        sa.Column("destination_region", sa.String(length=60), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("early <= median AND median <= late", name=op.f("ck_forecasts_window")),
        sa.CheckConstraint("chance_late BETWEEN 0 AND 1", name=op.f("ck_forecasts_chance_late")),
        sa.CheckConstraint(
            "(chance_late IS NULL) = (promised_until IS NULL)",
            name=op.f("ck_forecasts_promised_until"),
        ),
        sa.CheckConstraint(
            "told_until IS NULL OR delivered_at IS NOT NULL",
            name=op.f("ck_forecasts_told_until"),
        ),
        sa.CheckConstraint(
            "stage IN ('placement', 'handover', 'scan', 'day_before')",
            name=op.f("ck_forecasts_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_forecasts_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_forecasts_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecasts")),
    )
    op.create_index(
        "uq_forecasts_order_id_parcel_id_stage",
        "forecasts",
        ["order_id", "parcel_id", "stage"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_forecasts_parcel_id", "forecasts", ["parcel_id"], unique=False)
    for column in ("delivered_at", "promised_until"):
        op.create_index(
            f"ix_forecasts_stage_{column}", "forecasts", ["stage", column], unique=False
        )


def downgrade() -> None:
    op.drop_table("forecasts")
    op.drop_table("tellings")
