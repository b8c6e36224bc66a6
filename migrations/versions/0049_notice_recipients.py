"""Notices stand in the inbox of whom they are to, read or unread."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was told before there was an inbox counts as read."""
    op.add_column("notices", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("UPDATE notices SET read_at = at WHERE state = 'spoken'"))
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["customer_id"],
        postgresql_where=sa.text("state = 'spoken' AND read_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notices_unread", table_name="notices")
    op.drop_column("notices", "read_at")
