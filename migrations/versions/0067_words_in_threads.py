"""Slack: what colleagues wrote into threads, and the notes that it became."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_spoken",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["slack_channels.id"],
            name=op.f("fk_slack_spoken_channel_id_slack_channels"),
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["slack_threads.id"],
            name=op.f("fk_slack_spoken_thread_id_slack_threads"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["case_entries.id"], name=op.f("fk_slack_spoken_entry_id_case_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_spoken")),
    )
    op.create_index("uq_slack_spoken_ts", "slack_spoken", ["channel_id", "ts"], unique=True)
    op.create_index("ix_slack_spoken_thread_id", "slack_spoken", ["thread_id"])


def downgrade() -> None:
    op.drop_table("slack_spoken")
