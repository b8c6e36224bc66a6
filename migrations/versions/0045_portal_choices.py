"""What customers choose on their pages: how goods that come back get to the carrier.

Revision: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "return_hand_overs",
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "drop_off",
                "pickup",
                name="way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("collect_on", sa.Date(), nullable=True),
        sa.Column("collect_window", sa.String(length=60), nullable=False),
        sa.Column("chosen_by", sa.String(length=80), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(way = 'pickup') = (collect_on IS NOT NULL)",
            name=op.f("ck_return_hand_overs_collect_on"),
        ),
        sa.CheckConstraint(
            "way = 'pickup' OR collect_window = ''",
            name=op.f("ck_return_hand_overs_collect_window"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_hand_overs_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("return_id", name=op.f("pk_return_hand_overs")),
    )
