"""Why goods come from where, and by which carrier.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LOCATION_RULES = {
    "priority": "priority BETWEEN 0 AND 10000",
    "handling_minor": "handling_minor >= 0",
    "closed": "(closed_at IS NULL) = (closed_by IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "sourcing_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "promised",
                "filled",
                "moved",
                "given_up",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("most_locations", sa.Integer(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_sourcing_decisions_cost_minor")),
        sa.CheckConstraint(
            "is_exact OR most_locations IS NOT NULL", name=op.f("ck_sourcing_decisions_limit_said")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_sourcing_decisions_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_sourcing_decisions_policy_id_policies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sourcing_decisions")),
    )
    op.create_index("uq_sourcing_decisions_key", "sourcing_decisions", ["key"], unique=True)
    op.create_index(
        "ix_sourcing_decisions_order_id_id", "sourcing_decisions", ["order_id", "id"], unique=False
    )
    op.create_table(
        "carrier_services",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("max_weight_g", sa.Integer(), nullable=False),
        sa.Column("max_sides_mm", sa.Integer(), nullable=True),
        sa.Column("max_longest_mm", sa.Integer(), nullable=True),
        sa.Column("max_thickness_mm", sa.Integer(), nullable=True),
        sa.Column("extra_days", sa.Integer(), nullable=False),
        sa.Column("has_cash_on_delivery", sa.Boolean(), nullable=False),
        sa.Column("rates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remote", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "max_weight_g > 0 AND max_sides_mm > 0 AND max_longest_mm > 0 AND max_thickness_mm > 0",
            name=op.f("ck_carrier_services_limits"),
        ),
        sa.CheckConstraint("extra_days >= 0", name=op.f("ck_carrier_services_extra_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_services")),
    )
    op.create_index(
        "uq_carrier_services_carrier_service",
        "carrier_services",
        ["carrier", "service"],
        unique=True,
    )
    _open_locations()


def _open_locations() -> None:
    """What was there sends orders, in the order in which it was opened."""
    for column in (
        sa.Column("ships_orders", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="100"),
        sa.Column("handling_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_for", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("locations", column)
    for name in ("ships_orders", "priority", "handling_minor", "closed_for", "version"):
        op.alter_column("locations", name, server_default=None)
    for name, rule in LOCATION_RULES.items():
        op.create_check_constraint(op.f(f"ck_locations_{name}"), "locations", rule)


def downgrade() -> None:
    for name in LOCATION_RULES:
        op.drop_constraint(op.f(f"ck_locations_{name}"), "locations")
    for name in (
        "version",
        "closed_for",
        "closed_by",
        "closed_at",
        "handling_minor",
        "priority",
        "ships_orders",
    ):
        op.drop_column("locations", name)
    op.drop_table("carrier_services")
    op.drop_table("sourcing_decisions")
