"""What said long ago in Slack that an answer leaves is found by its age, and goes."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_slack_posts_told",
        "slack_posts",
        ["queued_at"],
        postgresql_where=sa.text("kind = 'told'"),
    )


def downgrade() -> None:
    op.drop_index("ix_slack_posts_told", "slack_posts")
