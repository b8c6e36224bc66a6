"""How long what is kept of customers stays.

Revision: 0034
"""

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
