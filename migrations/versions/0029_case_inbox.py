"""The inbox grows: due times, tags and what was written; saved views; many cases at once.

Revision: 0029
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NEVER = "'9999-12-31 00:00:00+00'"
_ORDERS = {
    "priority": ["is_active", "priority_rank", "waits_from", "case_id"],
    "waits_from": ["is_active", "waits_from", "case_id"],
    "due_by": ["is_active", "due_by", "case_id"],
    "opened_at": ["is_active", "opened_at", "case_id"],
    "updated_at": ["is_active", "updated_at", "case_id"],
    "queue": ["is_active", "queue_id", "priority_rank", "waits_from"],
    "assignee": ["is_active", "assignee_id", "priority_rank", "waits_from"],
    "reason": ["is_active", "reason", "priority_rank", "waits_from"],
    "customer_id": ["customer_id"],
}


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.drop_index("ix_case_inbox_queue", "case_inbox")
    op.drop_index("ix_case_inbox_assignee", "case_inbox")
    _inbox()
    for name, columns in _ORDERS.items():
        op.create_index(f"ix_case_inbox_{name}", "case_inbox", columns)
    op.create_index("ix_case_inbox_tags", "case_inbox", ["tags"], postgresql_using="gin")
    op.create_index(
        "ix_case_inbox_words",
        "case_inbox",
        ["words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.create_table(
        "case_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(length=43), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("filters", JSONB(), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _time("created_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_case_views_name")),
        sa.CheckConstraint("position BETWEEN 0 AND 999", name=op.f("ck_case_views_position")),
        sa.CheckConstraint("is_shared OR owner_id IS NOT NULL", name=op.f("ck_case_views_owner")),
        sa.CheckConstraint(
            "sort IN ('priority', 'due', 'waiting', 'newest', 'changed')",
            name=op.f("ck_case_views_sort"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_case_views_owner_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_views")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_views_public_id")),
    )
    op.create_index("ix_case_views_owner_id", "case_views", ["owner_id"])
    op.create_index(
        "ix_case_views_shared",
        "case_views",
        ["position", "id"],
        postgresql_where=sa.text("is_shared"),
    )
    _bulks()


def _inbox() -> None:
    for column in (
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(length=60), server_default="", nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("tags", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        _time("opened_at", nullable=True),
        _time("due_at", nullable=True),
        sa.Column("due_metric", sa.String(length=60), server_default="", nullable=False),
        _time("waits_from", nullable=True),
        _time("due_by", nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("case_inbox", column)
    op.execute(
        "UPDATE case_inbox i SET customer_id = c.customer_id, channel = c.channel,"
        " language = c.language, opened_at = c.opened_at,"
        " waits_from = coalesce(i.waiting_since, '9999-12-31 00:00:00+00'),"
        " due_by = '9999-12-31 00:00:00+00'"
        " FROM cases c WHERE c.id = i.case_id"
    )
    for name in ("channel", "language", "opened_at", "waits_from", "due_by"):
        op.alter_column("case_inbox", name, nullable=False)
    for name in ("tier", "tags", "due_metric", "words"):
        op.alter_column("case_inbox", name, server_default=None)
    for name, rule in {
        "language": "language IN ('ja', 'en')",
        "priority_rank": "priority_rank BETWEEN 0 AND 3",
        "due": "(due_at IS NULL) = (due_metric = '')",
        "due_by": f"due_by = coalesce(due_at, {_NEVER})",
        "waits_from": f"waits_from = coalesce(waiting_since, {_NEVER})",
    }.items():
        op.create_check_constraint(op.f(f"ck_case_inbox_{name}"), "case_inbox", rule)


def _bulks() -> None:
    op.create_table(
        "case_bulks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(length=43), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("given", JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        _time("created_at"),
        _time("started_at", nullable=True),
        _time("ended_at", nullable=True),
        sa.CheckConstraint("total BETWEEN 1 AND 1000", name=op.f("ck_case_bulks_total")),
        sa.CheckConstraint(
            "(state = 'drafted') = (started_at IS NULL)", name=op.f("ck_case_bulks_started_at")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_case_bulks_ended_at"),
        ),
        sa.CheckConstraint(
            "action IN ('assign', 'queue', 'priority', 'tag', 'untag', 'resolve', 'snooze')",
            name=op.f("ck_case_bulks_action"),
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'running', 'done', 'cancelled')",
            name=op.f("ck_case_bulks_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_bulks")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_bulks_public_id")),
    )
    op.create_index("uq_case_bulks_asked_by_key", "case_bulks", ["asked_by", "key"], unique=True)
    op.create_index("ix_case_bulks_asked_by_id", "case_bulks", ["asked_by", "id"])
    op.create_table(
        "case_bulk_items",
        sa.Column("bulk_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        _time("at", nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (at IS NULL)", name=op.f("ck_case_bulk_items_at")
        ),
        sa.CheckConstraint(
            "(state = 'skipped') = (why <> '')", name=op.f("ck_case_bulk_items_why")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'skipped')", name=op.f("ck_case_bulk_items_state")
        ),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["case_bulks.id"], name=op.f("fk_case_bulk_items_bulk_id_case_bulks")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_bulk_items_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("bulk_id", "case_id", name=op.f("pk_case_bulk_items")),
    )
    op.create_index("ix_case_bulk_items_case_id", "case_bulk_items", ["case_id"])
    op.create_index(
        "ix_case_bulk_items_waiting",
        "case_bulk_items",
        ["bulk_id", "case_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("case_bulk_items")
    op.drop_table("case_bulks")
    op.drop_table("case_views")
    for name in (*_ORDERS, "tags", "words"):
        op.drop_index(f"ix_case_inbox_{name}", "case_inbox")
    for name in (
        *("customer_id", "tier", "channel", "language", "tags", "opened_at", "due_at"),
        *("due_metric", "waits_from", "due_by", "words"),
    ):
        op.drop_column("case_inbox", name)
    op.drop_constraint(op.f("ck_case_inbox_priority_rank"), "case_inbox")
    op.create_index(
        "ix_case_inbox_queue",
        "case_inbox",
        ["is_active", "queue_id", "priority_rank", "waiting_since"],
    )
    op.create_index(
        "ix_case_inbox_assignee", "case_inbox", ["is_active", "assignee_id", "waiting_since"]
    )
