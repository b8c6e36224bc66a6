"""Changes of orders as rows with a preview; lines that come and go after an order was placed.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _lines()
    _speed()
    _changes()


def _lines() -> None:
    op.add_column(
        "order_lines", sa.Column("removed", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "order_lines",
        sa.Column("origin", sa.String(length=60), server_default="", nullable=False),
    )
    op.alter_column("order_lines", "removed", server_default=None)
    op.alter_column("order_lines", "origin", server_default=None)
    op.add_column("order_lines", sa.Column("replaces_line_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_lines_replaces_line_id_order_lines"),
        "order_lines",
        "order_lines",
        ["replaces_line_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_order_lines_removed_of_gone"),
        "order_lines",
        "removed >= 0 AND removed <= cancelled + shipped",
    )


def _speed() -> None:
    op.add_column(
        "orders", sa.Column("speed", sa.String(length=60), server_default="", nullable=False)
    )
    op.alter_column("orders", "speed", server_default=None)


def _changes() -> None:
    kinds = ("cancel", "address", "payment", "items", "quantity", "expedite")
    states = ("proposed", "confirmed", "declined", "expired")
    op.create_table(
        "order_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("kind", *kinds), nullable=False),
        sa.Column("state", _enum("state", *states), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("wish", postgresql.JSONB(), nullable=False),
        sa.Column("address", postgresql.JSONB(), nullable=True),
        sa.Column("address_before", postgresql.JSONB(), nullable=True),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_minor", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("referred_by_rule", sa.String(length=60), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_order_changes_decided_when_over"),
        ),
        sa.CheckConstraint(
            "before_minor >= 0 AND after_minor >= 0", name=op.f("ck_order_changes_totals")
        ),
        sa.CheckConstraint(
            "kind = 'address' OR address IS NULL", name=op.f("ck_order_changes_address_of_address")
        ),
        sa.CheckConstraint(
            "kind = 'cancel' OR reason = ''", name=op.f("ck_order_changes_reason_of_cancelling")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_order_changes_method_id_payment_methods"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_changes_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_order_changes_key")),
    )
    op.create_index(
        "uq_order_changes_order_id_position", "order_changes", ["order_id", "position"], unique=True
    )
    op.create_index(
        "ix_order_changes_expiring",
        "order_changes",
        ["expires_at", "id"],
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
