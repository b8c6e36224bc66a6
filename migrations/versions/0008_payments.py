"""Payment attempts, chargebacks, gift cards.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "contested",
                "won",
                "lost",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_chargebacks_amount")),
        sa.CheckConstraint(
            "held_minor >= 0 AND held_minor <= amount_minor", name=op.f("ck_chargebacks_held")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_chargebacks_method_id_payment_methods"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_chargebacks_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("key", name=op.f("uq_chargebacks_key")),
    )
    op.create_index(
        "ix_chargebacks_open",
        "chargebacks",
        ["evidence_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'contested')"),
    )
    op.create_index("ix_chargebacks_order_id", "chargebacks", ["order_id"], unique=False)
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "claimed",
                "expired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(state = 'claimed') = (method_id IS NOT NULL)", name=op.f("ck_gift_cards_claimed_by")
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (settled_at IS NULL)",
            name=op.f("ck_gift_cards_settled_when_over"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_gift_cards_amount")),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_gift_cards_method_id_payment_methods"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_gift_cards_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_gift_cards_code_digest")),
        sa.UniqueConstraint("key", name=op.f("uq_gift_cards_key")),
    )
    op.create_index(
        "ix_gift_cards_expiring",
        "gift_cards",
        ["expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'issued' AND expires_at IS NOT NULL"),
    )
    op.create_table(
        "payment_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "authorize",
                "charge",
                "capture",
                "void",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("payment_ref", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "waiting",
                "done",
                "refused",
                "ended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=False),
        sa.Column("refusal", sa.String(length=60), nullable=False),
        sa.Column("slip_number", sa.String(length=40), nullable=False),
        sa.Column("action_url", sa.String(length=500), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'refused', 'ended')) = (settled_at IS NOT NULL)",
            name=op.f("ck_payment_attempts_settled_when_over"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_attempts_amount")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_payment_attempts_round")),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_payment_attempts_method_id_payment_methods"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payment_attempts_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_attempts_key")),
    )
    op.create_index("ix_payment_attempts_order_id", "payment_attempts", ["order_id"], unique=False)
    op.create_index(
        "ix_payment_attempts_provider_ref",
        "payment_attempts",
        ["provider_ref"],
        unique=False,
        postgresql_where=sa.text("provider_ref <> ''"),
    )
    op.create_index(
        "ix_payment_attempts_waiting",
        "payment_attempts",
        ["expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "payment_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payment_ref", sa.String(length=120), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_hint", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "applied",
                "unmatched",
                "attached",
                "sending_back",
                "sent_back",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_notices_amount")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_payment_notices_round")),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_bodies.id"],
            name=op.f("fk_payment_notices_inbound_id_inbound_bodies"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payment_notices_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_notices")),
    )
    op.create_index(
        "ix_payment_notices_unmatched",
        "payment_notices",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('unmatched', 'sending_back')"),
    )
    op.create_index(
        "uq_payment_notices_provider_event_id",
        "payment_notices",
        ["provider", "event_id"],
        unique=True,
    )
    op.add_column(
        "payment_methods", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "refunds",
        sa.Column(
            "part",
            sa.Enum(
                "order",
                "shipping",
                "goodwill",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default="order",
        ),
    )
    op.add_column(
        "refunds",
        sa.Column("payment_ref", sa.String(length=120), nullable=False, server_default=""),
    )
    op.add_column("refunds", sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "refunds", sa.Column("is_by_hand", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(
        "refunds", sa.Column("failure", sa.String(length=60), nullable=False, server_default="")
    )
    op.add_column(
        "refunds",
        sa.Column("provider_ref", sa.String(length=120), nullable=False, server_default=""),
    )
    op.add_column("refunds", sa.Column("decided_by", sa.String(length=80), nullable=True))
    op.add_column("refunds", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_refunds_provider_ref",
        "refunds",
        ["provider_ref"],
        unique=False,
        postgresql_where=sa.text("provider_ref <> ''"),
    )
    op.create_index(
        "ix_refunds_unsettled",
        "refunds",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('awaiting_approval', 'requested', 'failed')"),
    )
    op.create_index(
        "ix_payment_entries_provider_ref",
        "payment_entries",
        ["provider_ref"],
        unique=False,
        postgresql_where=sa.text("provider_ref <> ''"),
    )
    for column in ("part", "payment_ref", "round", "is_by_hand", "failure", "provider_ref"):
        op.alter_column("refunds", column, server_default=None)
    op.create_check_constraint(op.f("ck_refunds_round"), "refunds", "round >= 1")
    op.create_check_constraint(
        op.f("ck_refunds_four_eyes"), "refunds", "decided_by IS NULL OR decided_by <> requested_by"
    )
    _allow("refunds", "state", "awaiting_approval", "requested", "paid", "failed", "declined")
    _allow("fallout", "kind", "reaction", "effect", "inbound", "payment")


def downgrade() -> None:
    op.drop_index("ix_payment_entries_provider_ref", table_name="payment_entries")
    op.execute("DELETE FROM fallout WHERE kind = 'payment'")
    _allow("fallout", "kind", "reaction", "effect", "inbound")
    op.execute("DELETE FROM refunds WHERE state IN ('awaiting_approval', 'declined')")
    _allow("refunds", "state", "requested", "paid", "failed")
    op.drop_constraint(op.f("ck_refunds_four_eyes"), "refunds")
    op.drop_constraint(op.f("ck_refunds_round"), "refunds")
    op.drop_index("ix_refunds_unsettled", table_name="refunds")
    op.drop_index("ix_refunds_provider_ref", table_name="refunds")
    op.drop_column("refunds", "decided_at")
    op.drop_column("refunds", "decided_by")
    op.drop_column("refunds", "provider_ref")
    op.drop_column("refunds", "failure")
    op.drop_column("refunds", "is_by_hand")
    op.drop_column("refunds", "round")
    op.drop_column("refunds", "payment_ref")
    op.drop_column("refunds", "part")
    op.drop_column("payment_methods", "expires_at")
    op.drop_index("uq_payment_notices_provider_event_id", table_name="payment_notices")
    op.drop_index("ix_payment_notices_unmatched", table_name="payment_notices")
    op.drop_table("payment_notices")
    op.drop_index("ix_payment_attempts_waiting", table_name="payment_attempts")
    op.drop_index("ix_payment_attempts_provider_ref", table_name="payment_attempts")
    op.drop_index("ix_payment_attempts_order_id", table_name="payment_attempts")
    op.drop_table("payment_attempts")
    op.drop_index("ix_gift_cards_expiring", table_name="gift_cards")
    op.drop_table("gift_cards")
    op.drop_index("ix_chargebacks_order_id", table_name="chargebacks")
    op.drop_index("ix_chargebacks_open", table_name="chargebacks")
    op.drop_table("chargebacks")


def _allow(table: str, column: str, *values: str) -> None:
    """The words a column may hold."""
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table)
    words = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(name, table, f"{column} IN ({words})")
