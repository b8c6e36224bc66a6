"""Wished delivery: the day and the hours a customer asks for, and what carriers were told.

Revision: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = "'cancel', 'address', 'payment', 'items', 'quantity', 'expedite'"


def upgrade() -> None:
    op.add_column("orders", sa.Column("deliver_on", sa.Date(), nullable=True))
    op.add_column(
        "orders",
        sa.Column("delivery_window", sa.String(length=60), server_default="", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_orders_wish_of_sent"),
        "orders",
        "pickup_location_id IS NULL OR (deliver_on IS NULL AND delivery_window = '')",
    )
    for name in ("wished_from", "wished_until"):
        op.add_column("parcels", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_parcels_wished_window"),
        "parcels",
        "(wished_from IS NULL) = (wished_until IS NULL) AND wished_from <= wished_until",
    )
    op.drop_constraint(op.f("ck_order_changes_kind"), "order_changes")
    op.create_check_constraint(
        op.f("ck_order_changes_kind"), "order_changes", f"kind IN ({KINDS}, 'delivery')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_order_changes_kind"), "order_changes")
    op.create_check_constraint(op.f("ck_order_changes_kind"), "order_changes", f"kind IN ({KINDS})")
    op.drop_constraint(op.f("ck_parcels_wished_window"), "parcels")
    op.drop_column("parcels", "wished_until")
    op.drop_column("parcels", "wished_from")
    op.drop_constraint(op.f("ck_orders_wish_of_sent"), "orders")
    op.drop_column("orders", "delivery_window")
    op.drop_column("orders", "deliver_on")
