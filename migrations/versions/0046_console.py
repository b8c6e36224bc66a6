"""What colleagues did is found without reading all that happened."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index over the small part of the events that colleagues caused."""
    op.create_index(
        "ix_outbox_by_staff",
        "outbox",
        ["actor", "id"],
        postgresql_where=sa.text("actor LIKE 'staff:%'"),
    )
