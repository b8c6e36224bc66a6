"""Watchers, links, tasks and merging of cases.

Revision: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KINDS = (
    "'opened', 'assigned', 'state_changed', 'note', 'appended', 'acted', 'replied', 'promised',"
    " 'warned', 'edited'"
)
NEW_KINDS = "'merged', 'split', 'linked', 'task'"
TABLES = (
    "case_not_same",
    "case_messages",
    "case_splits",
    "case_merges",
    "case_tasks",
    "case_children",
    "case_links",
    "case_news",
    "case_watchers",
)


def upgrade() -> None:
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS}, {NEW_KINDS})")
    op.add_column("cases", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_cases_merged_into_id",
        "cases",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_cases_merged_into_id_cases"), "cases", "cases", ["merged_into_id"], ["id"]
    )
    op.create_check_constraint("merged", "cases", "merged_into_id IS NULL OR state = 'closed'")
    op.create_check_constraint("merged_into", "cases", "merged_into_id <> id")
    _create()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_constraint("ck_cases_merged", "cases")
    op.drop_constraint("ck_cases_merged_into", "cases")
    op.drop_column("cases", "merged_into_id")
    op.execute("DELETE FROM case_entries WHERE kind IN ('merged', 'split', 'linked', 'task')")
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS})")


def _create() -> None:
    op.create_table(
        "case_children",
        sa.Column("child_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("is_blocking", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("child_id <> parent_id", name=op.f("ck_case_children_two")),
        sa.ForeignKeyConstraint(
            ["child_id"], ["cases.id"], name=op.f("fk_case_children_child_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["cases.id"], name=op.f("fk_case_children_parent_id_cases")
        ),
        sa.PrimaryKeyConstraint("child_id", name=op.f("pk_case_children")),
        sa.UniqueConstraint("key", name=op.f("uq_case_children_key")),
    )
    op.create_index("ix_case_children_parent_id", "case_children", ["parent_id"], unique=False)
    op.create_table(
        "case_links",
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "related",
                "duplicate",
                "blocks",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'related' OR from_id < to_id", name=op.f("ck_case_links_order")
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_case_links_two")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["cases.id"], name=op.f("fk_case_links_from_id_cases")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["cases.id"], name=op.f("fk_case_links_to_id_cases")),
        sa.PrimaryKeyConstraint("from_id", "to_id", "kind", name=op.f("pk_case_links")),
    )
    op.create_index("ix_case_links_to_id", "case_links", ["to_id"], unique=False)
    op.create_table(
        "case_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("winner_id", sa.BigInteger(), nullable=False),
        sa.Column("loser_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_case_merges_undone")
        ),
        sa.CheckConstraint("winner_id <> loser_id", name=op.f("ck_case_merges_two")),
        sa.ForeignKeyConstraint(
            ["loser_id"], ["cases.id"], name=op.f("fk_case_merges_loser_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["winner_id"], ["cases.id"], name=op.f("fk_case_merges_winner_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_merges")),
        sa.UniqueConstraint("key", name=op.f("uq_case_merges_key")),
    )
    op.create_index("ix_case_merges_winner_id", "case_merges", ["winner_id"], unique=False)
    op.create_index(
        "uq_case_merges_loser_id",
        "case_merges",
        ["loser_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "case_messages",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_messages_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_case_messages_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_case_messages")),
    )
    op.create_index("ix_case_messages_case_id", "case_messages", ["case_id"], unique=False)
    op.create_table(
        "case_not_same",
        sa.Column("one_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_case_not_same_order")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["cases.id"], name=op.f("fk_case_not_same_one_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["cases.id"], name=op.f("fk_case_not_same_other_id_cases")
        ),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_case_not_same")),
    )
    op.create_table(
        "case_splits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("new_case_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("messages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_case_splits_undone")
        ),
        sa.CheckConstraint("case_id <> new_case_id", name=op.f("ck_case_splits_two")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_splits_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_case_splits_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["new_case_id"], ["cases.id"], name=op.f("fk_case_splits_new_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_splits")),
        sa.UniqueConstraint("key", name=op.f("uq_case_splits_key")),
        sa.UniqueConstraint("new_case_id", name=op.f("uq_case_splits_new_case_id")),
    )
    op.create_index("ix_case_splits_case_id", "case_splits", ["case_id"], unique=False)
    op.create_table(
        "case_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column(
            "team",
            sa.Enum(
                "warehouse",
                "carrier",
                "finance",
                "other",
                name="team",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "doing",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_case_tasks_ended"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_case_tasks_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff.id"], name=op.f("fk_case_tasks_assignee_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_tasks_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_case_tasks_key")),
        sa.UniqueConstraint("number", name=op.f("uq_case_tasks_number")),
    )
    op.create_index("ix_case_tasks_assignee_id", "case_tasks", ["assignee_id"], unique=False)
    op.create_index("ix_case_tasks_case_id", "case_tasks", ["case_id"], unique=False)
    op.create_index(
        "ix_case_tasks_to_do",
        "case_tasks",
        ["team", "due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'doing')"),
    )
    op.create_table(
        "case_watchers",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("is_watching", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_watchers_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_watchers_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_watchers")),
    )
    op.create_index("ix_case_watchers_staff_id", "case_watchers", ["staff_id"], unique=False)
    op.create_table(
        "case_news",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mentioned",
                "message",
                "replied",
                "assigned",
                "resolved",
                "reopened",
                "merged",
                "task",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'mentioned') = (entry_id IS NOT NULL)", name=op.f("ck_case_news_entry")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_case_news_times")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_news_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["case_entries.id"], name=op.f("fk_case_news_entry_id_case_entries")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_news_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_news")),
    )
    op.create_index("ix_case_news_case_id", "case_news", ["case_id"], unique=False)
    op.create_index("ix_case_news_staff_id_id", "case_news", ["staff_id", "id"], unique=False)
    op.create_index(
        "uq_case_news_staff_id_entry_id", "case_news", ["staff_id", "entry_id"], unique=True
    )
    op.create_index(
        "uq_case_news_unread",
        "case_news",
        ["staff_id", "case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("read_at IS NULL AND entry_id IS NULL"),
    )
