"""Returns above the limit of whoever approves them take two.

Revision: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "returns",
        sa.Column("needs_second_person", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.alter_column("returns", "needs_second_person", server_default=None)
    op.drop_index("ix_refunds_requested", table_name="refunds")


def downgrade() -> None:
    op.create_index(
        "ix_refunds_requested", "refunds", ["id"], postgresql_where=sa.text("state = 'requested'")
    )
    op.drop_column("returns", "needs_second_person")
