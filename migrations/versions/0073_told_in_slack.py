"""What customers do in Slack is kept before Slack is answered, and dealt with in its turn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_told",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "handled_at IS NULL OR (content = '{}' AND \"user\" = '')",
            name=op.f("ck_slack_told_content"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["slack_workspaces.id"],
            name=op.f("fk_slack_told_workspace_id_slack_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_told")),
    )
    op.create_index("uq_slack_told_key", "slack_told", ["key", "mark"], unique=True)
    op.create_index("ix_slack_told_workspace_id", "slack_told", ["workspace_id"])
    op.create_index("ix_slack_told_received_at", "slack_told", ["received_at"])
    op.create_index(
        "ix_slack_told_waiting",
        "slack_told",
        ["key", "ts", "id"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("slack_told")
