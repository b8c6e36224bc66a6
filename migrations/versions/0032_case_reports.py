"""Figures about cases.

Revision: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "case_facts",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("carriers", postgresql.ARRAY(sa.String(60)), nullable=False),
        sa.Column("skus", postgresql.ARRAY(sa.String(60)), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("is_contact", sa.Boolean(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("first_assigned_at", _TIME, nullable=True),
        sa.Column("first_resolved_at", _TIME, nullable=True),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_facts"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_facts_case_id_cases"),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_case_facts_language")),
        sa.CheckConstraint("replies >= 0 AND reopenings >= 0", name=op.f("ck_case_facts_counted")),
        sa.CheckConstraint(
            "first_resolved_at >= opened_at", name=op.f("ck_case_facts_first_resolved_at")
        ),
        sa.CheckConstraint(
            "first_assigned_at >= opened_at", name=op.f("ck_case_facts_first_assigned_at")
        ),
    )
    for name in ("opened_at", "resolved_at", "first_resolved_at", "first_assigned_at"):
        op.create_index(f"ix_case_facts_{name}", "case_facts", [name])
    op.create_table(
        "case_spans",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", _TIME, nullable=False),
        sa.Column("calendar_s", sa.Float(), nullable=False),
        sa.Column("business_s", sa.Float(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "metric", "round", name="pk_case_spans"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_spans_case_id_cases"),
        sa.CheckConstraint(
            "metric IN ('first_response', 'next_response', 'resolution', 'promise')",
            name=op.f("ck_case_spans_metric"),
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_case_spans_round")),
        sa.CheckConstraint(
            "calendar_s >= 0 AND business_s >= 0", name=op.f("ck_case_spans_seconds")
        ),
        sa.CheckConstraint("is_done OR NOT is_kept", name=op.f("ck_case_spans_is_done")),
        sa.CheckConstraint(
            "(business_s IS NULL) = (is_kept IS NULL)", name=op.f("ck_case_spans_is_kept")
        ),
    )
    op.create_index("ix_case_spans_ended_at", "case_spans", ["ended_at"])


def downgrade() -> None:
    op.drop_table("case_spans")
    op.drop_table("case_facts")
