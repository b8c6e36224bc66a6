"""What was done with many cases at once can be taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_bulks", sa.Column("undoes_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_case_bulks_undoes_id_case_bulks"),
        "case_bulks",
        "case_bulks",
        ["undoes_id"],
        ["id"],
    )
    op.create_index("uq_case_bulks_undoes_id", "case_bulks", ["undoes_id"], unique=True)
    op.add_column("case_bulk_items", sa.Column("before", postgresql.JSONB(), nullable=True))
    op.add_column("case_bulk_items", sa.Column("version_after", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_case_bulk_items_before"),
        "case_bulk_items",
        "(before IS NULL) = (version_after IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_case_bulk_items_before"), "case_bulk_items")
    op.drop_column("case_bulk_items", "version_after")
    op.drop_column("case_bulk_items", "before")
    op.drop_index("uq_case_bulks_undoes_id", "case_bulks")
    op.drop_constraint(op.f("fk_case_bulks_undoes_id_case_bulks"), "case_bulks")
    op.drop_column("case_bulks", "undoes_id")
