"""Outbound webhooks.

Revision: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("patterns", postgresql.JSONB(), nullable=False),
        sa.Column("secret_seed", sa.String(length=64), nullable=False),
        sa.Column("former_seed", sa.String(length=64), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(former_seed IS NULL) = (former_until IS NULL)",
            name=op.f("ck_webhook_endpoints_former"),
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_endpoints_failures")),
        sa.CheckConstraint(
            "(failing_since IS NULL) = (failures = 0)",
            name=op.f("ck_webhook_endpoints_failing_since"),
        ),
        sa.CheckConstraint(
            "stopped_at IS NULL OR NOT is_active", name=op.f("ck_webhook_endpoints_stopped")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR NOT is_active", name=op.f("ck_webhook_endpoints_ended")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_webhook_endpoints_version")),
        sa.CheckConstraint(
            "jsonb_array_length(patterns) BETWEEN 1 AND 50",
            name=op.f("ck_webhook_endpoints_patterns"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("uq_webhook_endpoints_number", "webhook_endpoints", ["number"], unique=True)
    op.create_index(
        "ix_webhook_endpoints_active",
        "webhook_endpoints",
        ["id"],
        unique=False,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("event_name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (next_at IS NOT NULL)",
            name=op.f("ck_webhook_deliveries_next_at"),
        ),
        sa.CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)",
            name=op.f("ck_webhook_deliveries_delivered_at"),
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 12", name=op.f("ck_webhook_deliveries_tries")),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'failed', 'parked')",
            name=op.f("ck_webhook_deliveries_state"),
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id_webhook_endpoints"),
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox.id"],
            name=op.f("fk_webhook_deliveries_outbox_id_outbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "uq_webhook_deliveries_endpoint_id_outbox_id",
        "webhook_deliveries",
        ["endpoint_id", "outbox_id"],
        unique=True,
    )
    op.create_index(
        "ix_webhook_deliveries_outbox_id", "webhook_deliveries", ["outbox_id"], unique=False
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id_id",
        "webhook_deliveries",
        ["endpoint_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["endpoint_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("excerpt", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(status IS NOT NULL) = (outcome IN ('accepted', 'refused'))",
            name=op.f("ck_webhook_attempts_status"),
        ),
        sa.CheckConstraint("took_ms >= 0", name=op.f("ck_webhook_attempts_took_ms")),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'refused', 'timed_out', 'unreachable', 'forbidden_address',"
            " 'bad_certificate', 'broken_answer')",
            name=op.f("ck_webhook_attempts_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_delivery_id_webhook_deliveries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(
        "ix_webhook_attempts_delivery_id_id",
        "webhook_attempts",
        ["delivery_id", "id"],
        unique=False,
    )
    _allow_fallout("reaction", "effect", "inbound", "payment", "label", "webhook")


def _allow_fallout(*kinds: str) -> None:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_fallout_kind"), "fallout", type_="check")
    op.create_check_constraint(op.f("ck_fallout_kind"), "fallout", f"kind IN ({values})")


def downgrade() -> None:
    op.execute("DELETE FROM fallout WHERE kind = 'webhook'")
    _allow_fallout("reaction", "effect", "inbound", "payment", "label")
    op.drop_table("webhook_attempts")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
