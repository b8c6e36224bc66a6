"""Tokens of customers' assistants, and what was called with them or with a key.

Revision: 0041
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assistant_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=43), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("may_act", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_assistant_tokens_expires_at")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_assistant_tokens_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistant_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_assistant_tokens_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_assistant_tokens_public_id")),
    )
    op.create_index("ix_assistant_tokens_customer_id", "assistant_tokens", ["customer_id"])
    op.create_table(
        "assistant_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("tool", sa.String(length=60), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ms >= 0", name=op.f("ck_assistant_calls_ms")),
        sa.CheckConstraint(
            "num_nonnulls(token_id, api_key_id) = 1", name=op.f("ck_assistant_calls_token_id")
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["assistant_tokens.id"],
            name=op.f("fk_assistant_calls_token_id_assistant_tokens"),
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_assistant_calls_api_key_id_api_keys")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_assistant_calls_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistant_calls")),
    )
    op.create_index("ix_assistant_calls_token_id", "assistant_calls", ["token_id", "id"])
    op.create_index("ix_assistant_calls_api_key_id", "assistant_calls", ["api_key_id", "id"])
    op.create_index("ix_assistant_calls_conversation_id", "assistant_calls", ["conversation_id"])
    op.create_index("ix_assistant_calls_at", "assistant_calls", ["at"])


def downgrade() -> None:
    op.drop_table("assistant_calls")
    op.drop_table("assistant_tokens")
