"""Limits of refunds of single colleagues.

Revision: 0035
"""

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
