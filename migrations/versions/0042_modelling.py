"""What a plugged-in language model costs a day, and what it was asked for.

Revision: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "model_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_model_days_calls")),
        sa.CheckConstraint("refused >= 0", name=op.f("ck_model_days_refused")),
        sa.CheckConstraint("tokens >= 0", name=op.f("ck_model_days_tokens")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_model_days")),
    )
    op.create_table(
        "model_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", _one_of("purpose", "pick", "rephrase"), nullable=False),
        sa.Column(
            "outcome",
            _one_of(
                "outcome",
                "picked",
                "rephrased",
                "asked",
                "nothing",
                "timed_out",
                "unreachable",
                "bad_certificate",
                "forbidden_address",
                "redirected",
                "refused",
                "too_large",
                "broken_answer",
                "no_json",
                "unlisted",
                "changed_facts",
                "too_many_rounds",
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.CheckConstraint("took_ms >= 0", name=op.f("ck_model_calls_took_ms")),
        sa.CheckConstraint("tokens >= 0", name=op.f("ck_model_calls_tokens")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_model_calls_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_model_calls_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
    )
    op.create_index("ix_model_calls_at", "model_calls", ["at"])
    op.create_index("ix_model_calls_conversation_id", "model_calls", ["conversation_id"])
    op.create_index("ix_model_calls_message_id", "model_calls", ["message_id"])


def downgrade() -> None:
    op.drop_table("model_calls")
    op.drop_table("model_days")
