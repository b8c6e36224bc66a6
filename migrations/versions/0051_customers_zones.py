"""Customers may live by another clock than the shop."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty for the shop's own."""
    op.add_column("customers", sa.Column("zone", sa.String(64), nullable=False, server_default=""))
    op.alter_column("customers", "zone", server_default=None)


def downgrade() -> None:
    op.drop_column("customers", "zone")
