"""Homes in Slack: which are open, and which have to be drawn anew."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "slack_homes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("busy_until", _TIME, nullable=True),
        sa.CheckConstraint("drawn >= 0 AND drawn <= wanted", name=op.f("ck_slack_homes_drawn")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["slack_people.id"], name=op.f("fk_slack_homes_person_id_slack_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_homes")),
    )
    op.create_index("uq_slack_homes_person_id", "slack_homes", ["person_id"], unique=True)
    op.create_index(
        "ix_slack_homes_next_at",
        "slack_homes",
        ["next_at"],
        postgresql_where=sa.text("wanted > drawn"),
    )


def downgrade() -> None:
    op.drop_table("slack_homes")
