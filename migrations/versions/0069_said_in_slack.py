"""What is said to customers in Slack is noted before it is posted, so that it stands there once."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slack_said",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_slack_said_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_said")),
    )
    op.create_index("uq_slack_said_message_id", "slack_said", ["message_id"], unique=True)
    op.create_index("ix_slack_said_begun_at", "slack_said", ["begun_at"])


def downgrade() -> None:
    op.drop_table("slack_said")
