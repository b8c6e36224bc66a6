"""Claims whose refund a second person has to agree to.

Revision: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "claims",
        sa.Column("needs_second_person", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("claims", "needs_second_person", server_default=None)


def downgrade() -> None:
    op.drop_column("claims", "needs_second_person")
