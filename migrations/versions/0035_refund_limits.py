"""Limits of refunds of single colleagues.

Revision: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_refund_limits",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("refund_up_to_minor", sa.BigInteger()),
        sa.Column("goodwill_up_to_minor", sa.BigInteger()),
        sa.CheckConstraint("refund_up_to_minor >= 0", name="refund_up_to_minor"),
        sa.CheckConstraint("goodwill_up_to_minor >= 0", name="goodwill_up_to_minor"),
        sa.CheckConstraint(
            "num_nonnulls(refund_up_to_minor, goodwill_up_to_minor) > 0", name="says_something"
        ),
        sa.PrimaryKeyConstraint("staff_id", "currency"),
    )


def downgrade() -> None:
    op.drop_table("staff_refund_limits")
