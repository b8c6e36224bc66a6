"""Answer times: opening hours, policies, and the clocks of cases.

Revision: 0022
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KINDS = "'opened', 'assigned', 'state_changed', 'note', 'appended', 'acted', 'replied'"
MINUTE, HOUR = 60, 3600
WORKDAY = [["09:00", "18:00"]]
#: code, position, priorities, channels, Japanese, English, first answer, settled, in seconds.
POLICIES: tuple[tuple[Any, ...], ...] = (
    ("chat_urgent", 0, ["urgent"], ["webchat", "line", "slack"], "チャット(緊急)", "Chat, urgent",
     5 * MINUTE, 2 * HOUR),
    ("chat", 1, [], ["webchat", "line", "slack"], "チャット", "Chat", 15 * MINUTE, 4 * HOUR),
    ("urgent", 2, ["urgent"], [], "メールなど(緊急)", "Mail and others, urgent", HOUR, 8 * HOUR),
    ("usual", 3, [], [], "メールなど", "Mail and others", 4 * HOUR, 24 * HOUR),
)  # fmt: skip
LADDER = [[80, "reassign"], [100, "raise_priority"]]


def upgrade() -> None:
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS}, 'promised', 'warned')")
    _create()
    connection = op.get_bind()
    connection.execute(sa.text("INSERT INTO sla_book (id, version) VALUES (1, 1)"))
    hours_id = connection.execute(
        sa.text(
            "INSERT INTO sla_hours (code, name, zone, country, week, special, version)"
            " VALUES ('office', CAST(:name AS jsonb), 'Asia/Tokyo', 'JP',"
            " CAST(:week AS jsonb), '{}', 1) RETURNING id"
        ),
        {
            "name": _json({"ja": "平日の日中", "en": "Office hours"}),
            "week": _json([WORKDAY] * 5 + [[]] * 2),
        },
    ).scalar_one()
    for code, position, priorities, channels, ja, en, answer_s, settled_s in POLICIES:
        targets = {
            "first_response": answer_s,
            "next_response": answer_s,
            "resolution": settled_s,
        }
        connection.execute(
            sa.text(
                "INSERT INTO sla_policies (code, name, position, reasons, priorities, tiers,"
                " channels, hours_id, targets, ladder, is_active, version)"
                " VALUES (:code, CAST(:name AS jsonb), :position, '{}', :priorities, '{}',"
                " :channels, :hours_id, CAST(:targets AS jsonb), CAST(:ladder AS jsonb), true, 1)"
            ),
            {
                "code": code,
                "name": _json({"ja": ja, "en": en}),
                "position": position,
                "priorities": priorities,
                "channels": channels,
                "hours_id": hours_id,
                "targets": _json(targets),
                "ladder": _json(LADDER),
            },
        )


def downgrade() -> None:
    for table in ("sla_clocks", "sla_policies", "sla_hours", "sla_book"):
        op.drop_table(table)
    op.execute("DELETE FROM case_entries WHERE kind IN ('promised', 'warned')")
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS})")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _create() -> None:
    op.create_table(
        "sla_book",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sla_book_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_book")),
    )
    op.create_table(
        "sla_hours",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("week", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("special", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_hours")),
        sa.UniqueConstraint("code", name=op.f("uq_sla_hours_code")),
    )
    op.create_table(
        "sla_policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("priorities", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("tiers", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("channels", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("hours_id", sa.BigInteger(), nullable=False),
        sa.Column("targets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ladder", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_sla_policies_position")),
        sa.ForeignKeyConstraint(
            ["hours_id"], ["sla_hours.id"], name=op.f("fk_sla_policies_hours_id_sla_hours")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
        sa.UniqueConstraint("code", name=op.f("uq_sla_policies_code")),
    )
    op.create_table(
        "sla_clocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "metric",
            sa.Enum(
                "first_response",
                "next_response",
                "resolution",
                "promise",
                name="metric",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("book_version", sa.Integer(), nullable=False),
        sa.Column("target", sa.Interval(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "paused",
                "stopped",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("elapsed", sa.Interval(), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'running') = (running_since IS NOT NULL)", name=op.f("ck_sla_clocks_running")
        ),
        sa.CheckConstraint(
            "(state IN ('stopped', 'cancelled')) = (stopped_at IS NOT NULL)",
            name=op.f("ck_sla_clocks_stopped"),
        ),
        sa.CheckConstraint("elapsed >= interval '0'", name=op.f("ck_sla_clocks_elapsed")),
        sa.CheckConstraint("target > interval '0'", name=op.f("ck_sla_clocks_target")),
        sa.CheckConstraint(
            "(running_since IS NULL) = (due_at IS NULL)", name=op.f("ck_sla_clocks_due")
        ),
        sa.CheckConstraint(
            "warn_at IS NULL OR running_since IS NOT NULL", name=op.f("ck_sla_clocks_warn_at")
        ),
        sa.CheckConstraint("warned IN (0, 50, 80, 100)", name=op.f("ck_sla_clocks_warned")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_sla_clocks_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["sla_policies.id"], name=op.f("fk_sla_clocks_policy_id_sla_policies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clocks")),
    )
    op.create_index(
        "ix_sla_clocks_open_book",
        "sla_clocks",
        ["book_version", "case_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_index(
        "ix_sla_clocks_warn_at",
        "sla_clocks",
        ["warn_at"],
        unique=False,
        postgresql_where=sa.text("warn_at IS NOT NULL"),
    )
    op.create_index(
        "uq_sla_clocks_case_id_metric_round",
        "sla_clocks",
        ["case_id", "metric", "round"],
        unique=True,
    )
