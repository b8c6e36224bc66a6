"""Lists sorted by more, failed steps settled with a reason, figures over time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_orders_currency_total_minor", "orders", ("currency", "total_minor", "id")),
    ("ix_outlook_changes_changed_at", "outlook_changes", ("changed_at",)),
    ("ix_parcels_status_id", "parcels", ("status", "id")),
    ("ix_parcels_delivered_at", "parcels", ("delivered_at",)),
    ("ix_returns_requested_at", "returns", ("requested_at",)),
    ("ix_fallout_settled_at", "fallout", ("settled_at", "id")),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))
    op.create_index(
        "ix_order_outlooks_promised_until",
        "order_outlooks",
        ["promised_until", "order_id"],
        postgresql_where=text("promised_until IS NOT NULL"),
    )
    op.add_column(
        "fallout", sa.Column("note", sa.String(length=200), server_default="", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("fallout", "note")
    op.drop_index("ix_order_outlooks_promised_until", "order_outlooks")
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table)
