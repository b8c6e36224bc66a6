"""Messages that arrived, those of colleagues and codes are listed without reading all others."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_arrived",
        "messages",
        ["state", "at", "id"],
        postgresql_where=sa.text("state IN ('delivered', 'read')"),
    )
    op.create_index(
        "ix_messages_of_agents",
        "messages",
        ["at", "id"],
        postgresql_where=sa.text("author_kind = 'agent'"),
    )
    op.create_index(
        "ix_messages_codes", "messages", ["at", "id"], postgresql_where=sa.text("is_secret IS TRUE")
    )


def downgrade() -> None:
    for name in ("codes", "of_agents", "arrived"):
        op.drop_index(f"ix_messages_{name}", "messages")
