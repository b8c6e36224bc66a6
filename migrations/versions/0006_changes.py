"""Changes of orders as rows with a preview.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _lines()


def _lines() -> None:
    op.add_column(
        "order_lines", sa.Column("removed", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "order_lines",
        sa.Column("origin", sa.String(length=60), server_default="", nullable=False),
    )
    op.alter_column("order_lines", "removed", server_default=None)
    op.alter_column("order_lines", "origin", server_default=None)
    op.add_column("order_lines", sa.Column("replaces_line_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_lines_replaces_line_id_order_lines"),
        "order_lines",
        "order_lines",
        ["replaces_line_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_order_lines_removed_of_gone"),
        "order_lines",
        "removed >= 0 AND removed <= cancelled + shipped",
    )
