"""Customers prove a number for short messages, and put the ways of notices in their order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _of_customer(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_customer_id_customers")
    return sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "sms_numbers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("proven_at", _TIME, nullable=False),
        _of_customer("sms_numbers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_numbers")),
    )
    op.create_index("uq_sms_numbers_customer_id", "sms_numbers", ["customer_id"], unique=True)
    op.create_index("uq_sms_numbers_number", "sms_numbers", ["number"], unique=True)
    op.create_table(
        "sms_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_sms_codes_attempts")),
        _of_customer("sms_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_codes")),
    )
    op.create_index("ix_sms_codes_customer_id", "sms_codes", ["customer_id", "id"])
    op.create_table(
        "notice_way_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("ways", sa.String(60), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        _of_customer("notice_way_orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_way_orders")),
    )
    op.create_index(
        "uq_notice_way_orders_customer_id", "notice_way_orders", ["customer_id"], unique=True
    )
    op.add_column(
        "notices", sa.Column("tried", sa.String(60), server_default=text("''"), nullable=False)
    )
    op.create_index(
        "ix_delivery_log_sms",
        "delivery_log",
        ["detail"],
        postgresql_where=text("left(detail, 9) = 'sms.sent '"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_log_sms", "delivery_log")
    op.drop_column("notices", "tried")
    op.drop_table("notice_way_orders")
    op.drop_table("sms_codes")
    op.drop_table("sms_numbers")
