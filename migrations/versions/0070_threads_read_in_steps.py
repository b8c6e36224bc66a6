"""Threads of Slack are read in steps, from what is known; notes know whether they stand there."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("known_to", "read_to"):
        op.add_column(
            "slack_threads", sa.Column(name, sa.String(32), nullable=False, server_default="")
        )
        op.alter_column("slack_threads", name, server_default=None)
    op.add_column(
        "slack_spoken",
        sa.Column("is_later", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("slack_spoken", "is_later", server_default=None)
    # What was said of a change before stands at the time of that news, which is no message's.
    op.execute(
        "UPDATE slack_spoken SET is_later = true FROM case_entries"
        " WHERE case_entries.id = slack_spoken.entry_id AND EXISTS ("
        "SELECT 1 FROM slack_spoken AS first JOIN slack_heard ON slack_heard.ts = first.ts"
        " WHERE first.thread_id = slack_spoken.thread_id AND first.id < slack_spoken.id"
        " AND (slack_heard.key LIKE 'edit:%' OR slack_heard.key LIKE 'deleted:%')"
        " AND slack_heard.at = slack_spoken.at)"
    )


def downgrade() -> None:
    op.drop_column("slack_spoken", "is_later")
    op.drop_column("slack_threads", "read_to")
    op.drop_column("slack_threads", "known_to")
