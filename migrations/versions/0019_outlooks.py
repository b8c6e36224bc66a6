"""What is believed and promised of a whole order.

Revision: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CAUSES = (
    "('', 'payment_hold', 'address', 'review_hold', 'customer_hold', 'stock', 'stock_overdue',"
    " 'not_sent', 'silence', 'customs', 'attempted', 'refused', 'damaged', 'lost', 'returning',"
    " 'unclaimed', 'carrier_delay', 'slow', 'past_promise')"
)
_SUGGESTIONS = (
    "('', 'wait', 'ask_for_payment', 'confirm_address', 'decide_on_hold', 'ask_customer',"
    " 'find_stock', 'send_first', 'trace', 'clear_customs', 'arrange_redelivery', 'send_again',"
    " 'remind_to_collect')"
)
_JEOPARDY = "('on_time', 'at_risk', 'late', 'stalled')"


def upgrade() -> None:
    op.create_table(
        "order_outlooks",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("promised_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", postgresql.JSONB(), nullable=False),
        sa.Column("jeopardy", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("suggestion", sa.String(length=40), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("risk_percent", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('held', 'backordered', 'placed', 'allocated', 'picked', 'packed',"
            " 'handed_over', 'delivered', 'cancelled')",
            name=op.f("ck_order_outlooks_stage"),
        ),
        sa.CheckConstraint(f"jeopardy IN {_JEOPARDY}", name=op.f("ck_order_outlooks_jeopardy")),
        sa.CheckConstraint(f"cause IN {_CAUSES}", name=op.f("ck_order_outlooks_cause")),
        sa.CheckConstraint(
            f"suggestion IN {_SUGGESTIONS}", name=op.f("ck_order_outlooks_suggestion")
        ),
        sa.CheckConstraint(
            "is_open = (stage NOT IN ('delivered', 'cancelled'))"
            " AND (is_open OR look_again_at IS NULL)",
            name=op.f("ck_order_outlooks_open"),
        ),
        sa.CheckConstraint(
            "jeopardy <> 'on_time' OR cause = ''",
            name=op.f("ck_order_outlooks_on_time_has_no_cause"),
        ),
        sa.CheckConstraint("changes >= 0 AND version > 0", name=op.f("ck_order_outlooks_counted")),
        sa.CheckConstraint(
            "estimated_from <= estimated_until"
            " AND (estimated_from IS NULL) = (estimated_until IS NULL)"
            " AND (estimated_at IS NULL OR estimated_from IS NOT NULL)",
            name=op.f("ck_order_outlooks_estimated_window"),
        ),
        sa.CheckConstraint(
            "promised_from <= promised_until"
            " AND (promised_from IS NULL) = (promised_until IS NULL)"
            " AND (promised_from IS NULL) = (promised_at IS NULL)",
            name=op.f("ck_order_outlooks_promised_window"),
        ),
        sa.CheckConstraint(
            "told_from <= told_until AND (told_from IS NULL) = (told_until IS NULL)",
            name=op.f("ck_order_outlooks_told_window"),
        ),
        sa.CheckConstraint(
            "risk_percent BETWEEN 1 AND 99", name=op.f("ck_order_outlooks_risk_percent")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_outlooks_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_order_outlooks_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_outlooks")),
    )
    op.create_index(
        "ix_order_outlooks_in_doubt",
        "order_outlooks",
        ["due_at", "order_id"],
        unique=False,
        postgresql_where=sa.text("is_open AND jeopardy <> 'on_time'"),
    )
    op.create_index(
        "ix_order_outlooks_look_again_at",
        "order_outlooks",
        ["look_again_at", "order_id"],
        unique=False,
        postgresql_where=sa.text("look_again_at IS NOT NULL"),
    )
    op.create_table(
        "outlook_changes",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("jeopardy", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("suggestion", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"jeopardy IN {_JEOPARDY}", name=op.f("ck_outlook_changes_jeopardy")),
        sa.CheckConstraint(f"cause IN {_CAUSES}", name=op.f("ck_outlook_changes_cause")),
        sa.CheckConstraint(
            f"suggestion IN {_SUGGESTIONS}", name=op.f("ck_outlook_changes_suggestion")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_outlook_changes_number")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_outlook_changes_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_outlook_changes")),
    )
    op.add_column(
        "parcels", sa.Column("cause", sa.String(length=40), nullable=False, server_default="")
    )
    op.add_column(
        "parcels", sa.Column("suggestion", sa.String(length=40), nullable=False, server_default="")
    )
    op.add_column("parcels", sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "parcels", sa.Column("zone", sa.String(length=60), nullable=False, server_default="")
    )
    op.create_check_constraint(op.f("ck_parcels_cause"), "parcels", f"cause IN {_CAUSES}")
    op.create_check_constraint(
        op.f("ck_parcels_suggestion"), "parcels", f"suggestion IN {_SUGGESTIONS}"
    )
    # What is under way now is looked at by the first sweep.
    op.execute(
        "UPDATE parcels SET look_again_at = now() WHERE status NOT IN ('delivered', 'failure')"
    )
    op.execute(
        """
        INSERT INTO order_outlooks (
            order_id, stage, is_open, because, jeopardy, cause, suggestion, parts, risk_percent,
            changes, due_at, assessed_at, look_again_at, version
        )
        SELECT id, 'placed', true, '{}', 'on_time', '', '', '{}', 50, 0,
               coalesce(placed_at, created_at), now(), now(), 1
        FROM orders
        WHERE order_state IN ('placed', 'on_hold') AND NOT is_draft
          AND pickup_location_id IS NULL
        """
    )
    op.create_index(
        "ix_parcels_look_again_at",
        "parcels",
        ["look_again_at", "id"],
        unique=False,
        postgresql_where=sa.text("look_again_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_parcels_look_again_at", table_name="parcels")
    op.drop_column("parcels", "zone")
    op.drop_column("parcels", "look_again_at")
    op.drop_column("parcels", "suggestion")
    op.drop_column("parcels", "cause")
    op.drop_table("outlook_changes")
    op.drop_table("order_outlooks")
