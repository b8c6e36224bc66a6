"""How a shop looks: its name, its logo and its colour, and how they were before.

Revision: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shop_logos",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("icon", sa.LargeBinary(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.CheckConstraint("octet_length(content) BETWEEN 1 AND 300000", name="content"),
        sa.CheckConstraint("octet_length(icon) BETWEEN 1 AND 300000", name="icon"),
        sa.CheckConstraint(
            "width_px BETWEEN 1 AND 480 AND height_px BETWEEN 1 AND 120", name="size"
        ),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "shop_looks",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_ja", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(40), nullable=False),
        sa.Column("accent", sa.String(7), nullable=True),
        sa.Column("logo", sa.String(64), nullable=True),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
        sa.CheckConstraint("shows_name OR logo IS NOT NULL", name="shows_name"),
        sa.ForeignKeyConstraint(["logo"], ["shop_logos.sha256"]),
        sa.PrimaryKeyConstraint("version"),
    )


def downgrade() -> None:
    op.drop_table("shop_looks")
    op.drop_table("shop_logos")
