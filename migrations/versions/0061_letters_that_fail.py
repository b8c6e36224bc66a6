"""Letters to colleagues that come back stand among the failed steps."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_KINDS = ("reaction", "effect", "inbound", "payment", "label", "webhook")


def upgrade() -> None:
    _allow(*_KINDS, "letter")


def _allow(*kinds: str) -> None:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_fallout_kind"), "fallout", type_="check")
    op.create_check_constraint(op.f("ck_fallout_kind"), "fallout", f"kind IN ({values})")


def downgrade() -> None:
    op.execute("DELETE FROM fallout WHERE kind = 'letter'")
    _allow(*_KINDS)
