"""Placing orders: tax per rate, what waits and until when, and ways to find an order.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = "order_state IN ('draft', 'placed', 'on_hold')"


def upgrade() -> None:
    op.add_column(
        "orders", sa.Column("content_key", sa.String(64), server_default="", nullable=False)
    )
    op.add_column("order_lines", sa.Column("ships_by", sa.Date(), nullable=True))
    op.create_index(
        "ix_orders_open", "orders", ["placed_at", "id"], postgresql_where=sa.text(_OPEN)
    )
    for name in ("mail_key", "phone_key"):
        op.create_index(
            f"ix_orders_{name}", "orders", [name], postgresql_where=sa.text(f"{name} <> ''")
        )
    op.create_index(
        "ix_order_lines_waiting",
        "order_lines",
        ["variant_id"],
        postgresql_where=sa.text("backordered > 0"),
    )
    _taxes()
    _selling_rules()


def _taxes() -> None:
    op.create_table(
        "order_taxes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("taxable_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_order_taxes_rate_bp")),
        sa.CheckConstraint(
            "taxable_minor >= 0 AND tax_minor >= 0", name=op.f("ck_order_taxes_not_negative")
        ),
        sa.CheckConstraint(
            "tax_minor <= taxable_minor", name=op.f("ck_order_taxes_tax_of_taxable")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_taxes_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_taxes")),
    )
    op.create_index(
        "uq_order_taxes_order_id_rate_bp", "order_taxes", ["order_id", "rate_bp"], unique=True
    )


def _selling_rules() -> None:
    op.create_table(
        "selling_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("limit_units", sa.Integer(), nullable=True),
        sa.Column("ships_by", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("limit_units >= 0", name=op.f("ck_selling_rules_limit_units")),
        sa.CheckConstraint(
            "mode <> 'preorder' OR ships_by IS NOT NULL",
            name=op.f("ck_selling_rules_preorder_has_a_day"),
        ),
        sa.CheckConstraint(
            "mode IN ('in_stock', 'backorder', 'preorder')", name=op.f("ck_selling_rules_mode")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_selling_rules_variant_id_variants")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["sales_channels.id"],
            name=op.f("fk_selling_rules_channel_id_sales_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selling_rules")),
    )
    op.create_index(
        "uq_selling_rules_variant_id_channel_id",
        "selling_rules",
        ["variant_id", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_selling_rules_channel_id", "selling_rules", ["channel_id"])


def downgrade() -> None:
    op.drop_table("selling_rules")
    op.drop_table("order_taxes")
    for name in ("ix_orders_open", "ix_orders_mail_key", "ix_orders_phone_key"):
        op.drop_index(name, "orders")
    op.drop_index("ix_order_lines_waiting", "order_lines")
    op.drop_column("order_lines", "ships_by")
    op.drop_column("orders", "content_key")
