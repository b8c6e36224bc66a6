"""Browsers in which customers are rung, and what each of them was rung for."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_STATES = ("waiting", "taken", "refused", "ended", "dropped")


def upgrade() -> None:
    op.create_table(
        "push_browsers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.String(64), nullable=True),
        sa.Column("endpoint", sa.String(500), nullable=False),
        sa.Column("p256dh", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(40), nullable=False),
        sa.Column("seed", sa.String(40), nullable=False),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("last_ok_at", _TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("why", sa.String(60), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (mark IS NOT NULL)", name=op.f("ck_push_browsers_mark")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (why = '')", name=op.f("ck_push_browsers_why")),
        sa.CheckConstraint(
            "ended_at IS NULL OR endpoint = ''", name=op.f("ck_push_browsers_endpoint")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_push_browsers_failures")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_push_browsers_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_push_browsers_session_id_sessions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_browsers")),
        sa.UniqueConstraint("mark", name=op.f("uq_push_browsers_mark")),
    )
    op.create_index(
        "ix_push_browsers_ringing",
        "push_browsers",
        ["customer_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for column in ("customer_id", "session_id"):
        op.create_index(f"ix_push_browsers_{column}", "push_browsers", [column])
    op.create_table(
        "push_rings",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("browser_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("why", sa.String(60), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)", name=op.f("ck_push_rings_settled_at")
        ),
        sa.CheckConstraint("(state = 'dropped') = (why <> '')", name=op.f("ck_push_rings_why")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_push_rings_tries")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_push_rings_notice_id_notices")
        ),
        sa.ForeignKeyConstraint(
            ["browser_id"],
            ["push_browsers.id"],
            name=op.f("fk_push_rings_browser_id_push_browsers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_rings")),
        sa.UniqueConstraint(
            "notice_id", "browser_id", name=op.f("uq_push_rings_notice_id_browser_id")
        ),
    )
    op.create_index("ix_push_rings_browser_id", "push_rings", ["browser_id", "id"])
    op.create_index("ix_push_rings_made_at", "push_rings", ["made_at"])


def downgrade() -> None:
    op.drop_table("push_rings")
    op.drop_table("push_browsers")
