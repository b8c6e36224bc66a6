"""The log of what the shop said: messages by day, those that failed, notices by their message."""

from alembic import op
from sqlalchemy import text

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_messages_out", "messages", ("at", "id"), "direction = 'out'"),
    ("ix_messages_failed", "messages", ("at", "id"), "state = 'failed'"),
    ("ix_notices_message_id", "notices", ("message_id",), "message_id IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, list(columns), postgresql_where=text(where))


def downgrade() -> None:
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table)
