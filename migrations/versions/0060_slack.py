"""Slack: workspaces, people, channels, threads, and what is to stand in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "slack_workspaces",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("team", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("bot", sa.String(40), nullable=False),
        sa.Column("bot_user", sa.String(40), nullable=False),
        sa.Column("token_box", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("installed_by", sa.String(80), nullable=False),
        sa.Column("installed_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("trouble", sa.String(60), nullable=False),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (token_box <> '')", name=op.f("ck_slack_workspaces_token_box")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_workspaces")),
    )
    op.create_index("uq_slack_workspaces_team", "slack_workspaces", ["team"], unique=True)
    op.create_table(
        "slack_people",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.String(40), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", _TIME, nullable=True),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "(staff_id IS NULL) = (linked_at IS NULL)", name=op.f("ck_slack_people_linked_at")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_slack_people_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["slack_workspaces.id"],
            name=op.f("fk_slack_people_workspace_id_slack_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_people")),
    )
    op.create_index("ix_slack_people_staff_id", "slack_people", ["staff_id"])
    op.create_index("uq_slack_people_user", "slack_people", ["workspace_id", "user"], unique=True)
    op.create_table(
        "slack_channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("slack_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("busy_until", _TIME, nullable=True),
        sa.Column("free_at", _TIME, nullable=False),
        sa.Column("trouble", sa.String(60), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("left_at", _TIME, nullable=True),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_slack_channels_language")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_slack_channels_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_slack_channels_queue_id_queues")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["slack_workspaces.id"],
            name=op.f("fk_slack_channels_workspace_id_slack_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_channels")),
    )
    op.create_index("ix_slack_channels_case_id", "slack_channels", ["case_id"])
    op.create_index("ix_slack_channels_free_at", "slack_channels", ["free_at"])
    op.create_index(
        "uq_slack_channels_queue_id",
        "slack_channels",
        ["queue_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_slack_channels_slack_id", "slack_channels", ["workspace_id", "slack_id"], unique=True
    )
    op.create_table(
        "slack_threads",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("left_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_slack_threads_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["slack_channels.id"],
            name=op.f("fk_slack_threads_channel_id_slack_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_threads")),
    )
    op.create_index("ix_slack_threads_ts", "slack_threads", ["channel_id", "ts"])
    op.create_index(
        "uq_slack_threads_case_id",
        "slack_threads",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "slack_posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.String(40),
            nullable=False,
        ),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.String(40),
            nullable=False,
        ),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.Column("queued_at", _TIME, nullable=False),
        sa.Column("begun_at", _TIME, nullable=True),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.CheckConstraint(
            "kind IN ('card', 'said', 'noted', 'told')", name=op.f("ck_slack_posts_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'dropped')", name=op.f("ck_slack_posts_state")
        ),
        sa.CheckConstraint("drawn >= 0 AND drawn <= wanted", name=op.f("ck_slack_posts_drawn")),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["slack_channels.id"],
            name=op.f("fk_slack_posts_channel_id_slack_channels"),
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["slack_threads.id"], name=op.f("fk_slack_posts_thread_id_slack_threads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_posts")),
    )
    op.create_index("ix_slack_posts_thread_id", "slack_posts", ["thread_id"])
    op.create_index("ix_slack_posts_ts", "slack_posts", ["channel_id", "ts"])
    op.create_index(
        "ix_slack_posts_waiting",
        "slack_posts",
        ["channel_id", "queued_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("uq_slack_posts_key", "slack_posts", ["key"], unique=True)
    op.create_table(
        "slack_heard",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("user", sa.String(40), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["slack_workspaces.id"],
            name=op.f("fk_slack_heard_workspace_id_slack_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_heard")),
    )
    op.create_index("ix_slack_heard_at", "slack_heard", ["at"])
    op.create_index("ix_slack_heard_correlation_id", "slack_heard", ["correlation_id"])
    op.create_index("uq_slack_heard_key", "slack_heard", ["key"], unique=True)
    op.create_table(
        "slack_paces",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(60), nullable=False),
        sa.Column("free_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["slack_workspaces.id"],
            name=op.f("fk_slack_paces_workspace_id_slack_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_paces")),
    )
    op.create_index("uq_slack_paces_method", "slack_paces", ["workspace_id", "method"], unique=True)


def downgrade() -> None:
    op.drop_table("slack_paces")
    op.drop_table("slack_heard")
    op.drop_table("slack_posts")
    op.drop_table("slack_threads")
    op.drop_table("slack_channels")
    op.drop_table("slack_people")
    op.drop_table("slack_workspaces")
