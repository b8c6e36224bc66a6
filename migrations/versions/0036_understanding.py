"""Utterances the shop teaches, and messages that were missed.

Revision: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "chat_seeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("language", _one_of("language", "ja", "en"), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("key <> ''", name=op.f("ck_chat_seeds_key")),
        sa.CheckConstraint("version > 0", name=op.f("ck_chat_seeds_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_seeds")),
        sa.UniqueConstraint("language", "key", name=op.f("uq_chat_seeds_language_key")),
    )
    op.create_table(
        "missed_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("language", _one_of("language", "ja", "en"), nullable=False),
        sa.Column("outcome", _one_of("outcome", "missed", "unclear", "outside"), nullable=False),
        sa.Column("chosen", sa.String(length=60), nullable=True),
        sa.Column("handling", _one_of("handling", "open", "taught", "dismissed"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(handling = 'open') = (decided_at IS NULL)",
            name=op.f("ck_missed_messages_decided_at"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_missed_messages_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_missed_messages_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_missed_messages_message_id")),
    )
    op.create_index("ix_missed_messages_conversation_id", "missed_messages", ["conversation_id"])
    op.create_index(
        "ix_missed_messages_open",
        "missed_messages",
        ["id"],
        postgresql_where=sa.text("handling = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("missed_messages")
    op.drop_table("chat_seeds")
