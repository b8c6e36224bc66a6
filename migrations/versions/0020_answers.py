"""Entries for calendars as they were handed out.

Revision: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_entries",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part > 0", name=op.f("ck_calendar_entries_part")),
        sa.CheckConstraint("window_from <= window_until", name=op.f("ck_calendar_entries_window")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_calendar_entries_sequence")),
        sa.CheckConstraint(
            "state IN ('expected', 'delivered', 'cancelled')",
            name=op.f("ck_calendar_entries_state"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_calendar_entries_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", "part", name=op.f("pk_calendar_entries")),
    )


def downgrade() -> None:
    op.drop_table("calendar_entries")
