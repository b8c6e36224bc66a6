"""A notice that nobody has read is said by another way as well."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

#: The rules that ask for it, with their hours.
_HOURS = {"payment_due": 24, "pickup_reminder": 4, "case_waiting": 24}


def upgrade() -> None:
    op.add_column(
        "notice_rule_versions",
        sa.Column("unread_h", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    versions = sa.table("notice_rule_versions", sa.column("template"), sa.column("unread_h"))
    for template, hours in _HOURS.items():
        op.execute(versions.update().where(versions.c.template == template).values(unread_h=hours))
    op.create_check_constraint(
        op.f("ck_notice_rule_versions_unread_h"),
        "notice_rule_versions",
        "unread_h BETWEEN 0 AND 168",
    )
    op.add_column("notices", sa.Column("unread_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "notices",
        sa.Column("further_channel", sa.String(60), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("notices", sa.Column("further_message_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_notices_further_message_id_messages"),
        "notices",
        "messages",
        ["further_message_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_notices_unread_at"),
        "notices",
        "unread_at IS NULL OR (state = 'spoken' AND read_at IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_notices_further_channel"),
        "notices",
        "(further_message_id IS NULL) = (further_channel = '')",
    )
    op.create_index(
        "ix_notices_unread_at",
        "notices",
        ["unread_at"],
        postgresql_where=sa.text("unread_at IS NOT NULL"),
    )
    op.create_index(
        "ix_notices_further_message_id",
        "notices",
        ["further_message_id"],
        postgresql_where=sa.text("further_message_id IS NOT NULL"),
    )


def downgrade() -> None:
    for name in ("ix_notices_further_message_id", "ix_notices_unread_at"):
        op.drop_index(name, "notices")
    for name in ("further_channel", "unread_at"):
        op.drop_constraint(op.f(f"ck_notices_{name}"), "notices", type_="check")
    for name in ("further_message_id", "further_channel", "unread_at"):
        op.drop_column("notices", name)
    op.drop_column("notice_rule_versions", "unread_h")
