"""Talks with the bot: what it heard and did, what was wished; and weights of the shop's own.

Revision: 0039
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_WHY = (
    "asked",
    "not_understood",
    "refused",
    "unproven",
    "decision",
    "noted",
    "needs_colleague",
    "trouble",
    "stepped_in",
)
_OUTCOMES = (
    "answered",
    "asked",
    "proposed",
    "done",
    "clarified",
    "missed",
    "outside",
    "left",
    "courtesy",
    "handed_over",
)


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "talks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("language", _one_of(("ja", "en"), "language"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("why", _one_of(_WHY, "why"), nullable=True),
        sa.CheckConstraint("last_at >= began_at", name=op.f("ck_talks_last_at")),
        sa.CheckConstraint("first_seq > 0 AND turns >= 0", name=op.f("ck_talks_counted")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_talks_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
    )
    op.create_index("ix_talks_conversation_id_id", "talks", ["conversation_id", "id"])
    op.create_index("ix_talks_began_at_id", "talks", ["began_at", "id"])
    op.create_table(
        "talk_wishes",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("wish", sa.String(length=60), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("clarified", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("is_handed_over", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "turns >= 0 AND missed >= 0 AND clarified >= 0 AND shown >= 0 AND confirmed >= 0"
            " AND dropped >= 0",
            name=op.f("ck_talk_wishes_counted"),
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["talks.id"], name=op.f("fk_talk_wishes_talk_id_talks")
        ),
        sa.PrimaryKeyConstraint("talk_id", "wish", name=op.f("pk_talk_wishes")),
    )
    op.create_table(
        "talk_turns",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wish", sa.String(length=60), nullable=False),
        sa.Column("intent", sa.String(length=60), nullable=True),
        sa.Column("likely", sa.Float(), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=True),
        sa.Column("ranked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("calls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("says", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("marks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", _one_of(_OUTCOMES, "outcome"), nullable=False),
        sa.Column("why", _one_of(_WHY, "why"), nullable=True),
        sa.CheckConstraint("likely BETWEEN 0 AND 1", name=op.f("ck_talk_turns_likely")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_talk_turns_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["talks.id"], name=op.f("fk_talk_turns_talk_id_talks")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_talk_turns")),
    )
    op.create_index("ix_talk_turns_talk_id", "talk_turns", ["talk_id"])
    op.create_index("ix_talk_turns_at", "talk_turns", ["at"])
    op.create_table(
        "recogniser_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "state", _one_of(("training", "kept", "worse", "failed"), "state"), nullable=False
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("runner", sa.String(length=60), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_by", sa.String(length=80), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("utterances", sa.Integer(), nullable=True),
        sa.Column("own", sa.Integer(), nullable=True),
        sa.Column("measured", sa.Integer(), nullable=True),
        sa.Column("right", sa.Integer(), nullable=True),
        sa.Column("right_before", sa.Integer(), nullable=True),
        sa.Column("product_digest", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(state = 'training') = (finished_at IS NULL)",
            name=op.f("ck_recogniser_versions_finished_at"),
        ),
        sa.CheckConstraint(
            "(weights IS NULL) = (digest IS NULL)", name=op.f("ck_recogniser_versions_digest")
        ),
        sa.CheckConstraint(
            "NOT is_active OR (state = 'kept' AND digest IS NOT NULL)",
            name=op.f("ck_recogniser_versions_active"),
        ),
        sa.CheckConstraint("done BETWEEN 0 AND 100", name=op.f("ck_recogniser_versions_done")),
        sa.CheckConstraint(
            'right_before <= measured AND measured >= "right" AND "right" >= 0'
            " AND right_before >= 0",
            name=op.f("ck_recogniser_versions_measured"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recogniser_versions")),
    )
    op.create_index(
        "uq_recogniser_versions_active",
        "recogniser_versions",
        ["is_active"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "uq_recogniser_versions_training",
        "recogniser_versions",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'training'"),
    )


def downgrade() -> None:
    op.drop_table("recogniser_versions")
    op.drop_table("talk_turns")
    op.drop_table("talk_wishes")
    op.drop_table("talks")
