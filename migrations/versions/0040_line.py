"""Accounts, events and counts of LINE.

Revision: 0040
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (linked_at IS NULL)", name=op.f("ck_line_accounts_linked_at")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["channel_identities.id"],
            name=op.f("fk_line_accounts_identity_id_channel_identities"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_line_accounts_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_accounts")),
    )
    op.create_index("uq_line_accounts_identity_id", "line_accounts", ["identity_id"], unique=True)
    op.create_index("ix_line_accounts_customer_id", "line_accounts", ["customer_id"])
    op.create_table(
        "line_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reply_token", sa.String(length=100), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "handled_at IS NULL OR content = '{}'", name=op.f("ck_line_events_content")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["line_accounts.id"],
            name=op.f("fk_line_events_account_id_line_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_events")),
    )
    op.create_index("uq_line_events_event_key", "line_events", ["event_key"], unique=True)
    op.create_index("ix_line_events_account_id", "line_events", ["account_id"])
    op.create_index(
        "ix_line_events_waiting",
        "line_events",
        ["account_id", "happened_at", "id"],
        postgresql_where=text("handled_at IS NULL"),
    )
    op.create_index("ix_line_events_received_at", "line_events", ["received_at"])
    op.create_table(
        "line_nonces",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_line_nonces_expires_at")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["line_accounts.id"],
            name=op.f("fk_line_nonces_account_id_line_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_line_nonces_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_nonces")),
    )
    op.create_index("uq_line_nonces_digest", "line_nonces", ["digest"], unique=True)
    op.create_index("ix_line_nonces_account_id", "line_nonces", ["account_id"])
    op.create_index("ix_line_nonces_customer_id", "line_nonces", ["customer_id"])
    op.create_index("ix_line_nonces_expires_at", "line_nonces", ["expires_at"])
    op.create_table(
        "line_months",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("is_used_up", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "used >= 0 AND (allowance IS NULL OR allowance >= 0)", name=op.f("ck_line_months_used")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_months")),
    )
    op.create_index("uq_line_months_month", "line_months", ["month"], unique=True)


def downgrade() -> None:
    op.drop_table("line_months")
    op.drop_table("line_nonces")
    op.drop_table("line_events")
    op.drop_table("line_accounts")
