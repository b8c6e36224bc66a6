"""A notice outlives the draft that it told of: what was told stays told."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _point(ondelete="SET NULL")


def downgrade() -> None:
    _point(ondelete=None)


def _point(*, ondelete: str | None) -> None:
    """Rows that are there fit already: they are looked through without holding up writers."""
    name = op.f("fk_notices_order_id_orders")
    op.drop_constraint(name, "notices", type_="foreignkey")
    op.create_foreign_key(
        name,
        "notices",
        "orders",
        ["order_id"],
        ["id"],
        ondelete=ondelete,
        postgresql_not_valid=True,
    )
    op.execute(f"ALTER TABLE notices VALIDATE CONSTRAINT {name}")
