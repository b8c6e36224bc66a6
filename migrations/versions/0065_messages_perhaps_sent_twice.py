"""A message that is sent again, though nobody knows whether it was taken before, is marked."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "delivery_log",
        sa.Column("is_perhaps_again", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_delivery_log_perhaps_again",
        "delivery_log",
        ["message_id"],
        postgresql_where=sa.text("is_perhaps_again IS TRUE"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_log_perhaps_again", "delivery_log")
    op.drop_column("delivery_log", "is_perhaps_again")
