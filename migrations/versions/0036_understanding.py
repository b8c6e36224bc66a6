"""Utterances the shop teaches, and messages that were missed.

Revision: 0036
"""

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
