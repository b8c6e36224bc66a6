"""All parcels are listed by the end of their promise without reading every one of them."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_parcels_promised_until", "parcels", ["promised_until", "id"])


def downgrade() -> None:
    op.drop_index("ix_parcels_promised_until", "parcels")
