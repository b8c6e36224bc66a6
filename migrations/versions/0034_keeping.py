"""How long what is kept of customers stays, and which programs see who they are.

Revision: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

#: What was told with words and names of customers until now.
_SAW = ("cases:read", "orders:read", "returns:read", "payments:read", "documents:read")


def upgrade() -> None:
    op.create_table(
        "retention_rules",
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 36500", name="days"),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.add_column("conversations", sa.Column("emptied_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_conversations_kept",
        "conversations",
        ["last_message_at"],
        postgresql_where=sa.text("emptied_at IS NULL OR emptied_at < last_message_at"),
    )
    op.add_column("cases", sa.Column("emptied_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_cases_kept",
        "cases",
        ["resolved_at"],
        postgresql_where=sa.text(
            "state = 'closed' AND (emptied_at IS NULL OR emptied_at < resolved_at)"
        ),
    )
    op.execute(
        sa.text(
            "UPDATE api_keys SET scopes = array_append(scopes, 'customers:personal') "
            "WHERE scopes && CAST(:saw AS varchar[]) AND NOT 'customers:personal' = ANY (scopes)"
        ).bindparams(saw=list(_SAW))
    )


def downgrade() -> None:
    op.execute(
        "UPDATE api_keys SET scopes = array_remove(scopes, CAST('customers:personal' AS varchar))"
    )
    op.drop_index("ix_cases_kept", "cases")
    op.drop_column("cases", "emptied_at")
    op.drop_index("ix_conversations_kept", "conversations")
    op.drop_column("conversations", "emptied_at")
    op.drop_table("retention_rules")
