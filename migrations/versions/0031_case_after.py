"""What comes after a case: acceptance, satisfaction, feedback.

Revision: 0031
"""

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
