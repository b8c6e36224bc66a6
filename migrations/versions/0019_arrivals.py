"""Fitted models of arrivals, and what they explain.

Revision: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parcels", sa.Column("estimated_at", sa.DateTime(timezone=True)))
    op.add_column(
        "parcels",
        sa.Column("because", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    )
    op.alter_column("parcels", "because", server_default=None)


def downgrade() -> None:
    op.drop_column("parcels", "because")
    op.drop_column("parcels", "estimated_at")
