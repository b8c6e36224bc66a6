"""What comes after a case: acceptance, satisfaction, feedback.

Revision: 0031
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

#: code, priority, Japanese, English, Japanese and English as customers read them.
REASONS = (
    ("review", "high", "低い評価の確認", "Review of a low score", "社内確認", "Internal review"),
    ("feedback", "normal", "お届けへの低い評価", "Low score of a delivery", "お届けへのご意見",
     "Your feedback on the delivery"),
)  # fmt: skip
ENDINGS = ["answered", "handled", "refused", "refunded", "return_rejected", "goods_back",
           "remedied", "claim_rejected"]  # fmt: skip


def upgrade() -> None:
    op.add_column(
        "cases", sa.Column("is_internal", sa.Boolean(), server_default="false", nullable=False)
    )
    op.alter_column("cases", "is_internal", server_default=None)
    _create()
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO case_after_rules (id, reopen_days, asks_satisfaction, ask_after_minutes,"
            " asked_endings, asks_feedback, feedback_after_hours, answer_days, not_again_days,"
            " low_score, version) VALUES (1, 3, true, 60, :endings, true, 72, 14, 14, 2, 1)"
        ),
        {"endings": ENDINGS},
    )
    for code, priority, ja, en, public_ja, public_en in REASONS:
        connection.execute(
            sa.text(
                'INSERT INTO case_reasons (code, name, public_name, queue_id, priority, "group",'
                " stages, needs_photo, position, is_active, version)"
                " SELECT :code, CAST(:name AS jsonb), CAST(:public_name AS jsonb), id, :priority,"
                " 'other', '{}', false, 900, true, 1 FROM queues WHERE is_default"
                " ORDER BY id LIMIT 1 ON CONFLICT (code) DO NOTHING"
            ),
            {
                "code": code,
                "name": _words(ja, en),
                "public_name": _words(public_ja, public_en),
                "priority": priority,
            },
        )


def downgrade() -> None:
    for table in (
        "case_follow_ups",
        "order_line_feedback",
        "order_feedback",
        "case_surveys",
        "case_after_rules",
    ):
        op.drop_table(table)
    op.drop_column("cases", "is_internal")
    op.execute(
        "DELETE FROM case_reasons WHERE code IN ('review', 'feedback')"
        " AND NOT EXISTS (SELECT FROM cases WHERE reason = case_reasons.code)"
    )


def _words(ja: str, en: str) -> str:
    return json.dumps({"ja": ja, "en": en}, ensure_ascii=False)


def _create() -> None:
    op.create_table(
        "case_after_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reopen_days", sa.Integer(), nullable=False),
        sa.Column("asks_satisfaction", sa.Boolean(), nullable=False),
        sa.Column("ask_after_minutes", sa.Integer(), nullable=False),
        sa.Column("asked_endings", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("asks_feedback", sa.Boolean(), nullable=False),
        sa.Column("feedback_after_hours", sa.Integer(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("not_again_days", sa.Integer(), nullable=False),
        sa.Column("low_score", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "answer_days BETWEEN 1 AND 90", name=op.f("ck_case_after_rules_answer_days")
        ),
        sa.CheckConstraint(
            "ask_after_minutes BETWEEN 0 AND 20160",
            name=op.f("ck_case_after_rules_ask_after_minutes"),
        ),
        sa.CheckConstraint(
            "feedback_after_hours BETWEEN 0 AND 1440",
            name=op.f("ck_case_after_rules_feedback_after_hours"),
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_case_after_rules_one")),
        sa.CheckConstraint("low_score BETWEEN 0 AND 4", name=op.f("ck_case_after_rules_low_score")),
        sa.CheckConstraint(
            "not_again_days BETWEEN 0 AND 365", name=op.f("ck_case_after_rules_not_again_days")
        ),
        sa.CheckConstraint(
            "reopen_days BETWEEN 1 AND 90", name=op.f("ck_case_after_rules_reopen_days")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_after_rules")),
    )
    op.create_table(
        "case_surveys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("resolution", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "asked",
                "answered",
                "skipped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.String(length=60), nullable=False),
        sa.Column("review_case_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_on = '')", name=op.f("ck_case_surveys_answered_on")
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_at IS NOT NULL)",
            name=op.f("ck_case_surveys_answered"),
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (score IS NOT NULL)", name=op.f("ck_case_surveys_scored")
        ),
        sa.CheckConstraint("(state = 'skipped') = (why <> '')", name=op.f("ck_case_surveys_why")),
        sa.CheckConstraint(
            "(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_case_surveys_due_at")
        ),
        sa.CheckConstraint(
            "(state IN ('asked', 'answered')) = (asked_at IS NOT NULL)",
            name=op.f("ck_case_surveys_asked"),
        ),
        sa.CheckConstraint(
            "(asked_at IS NULL) = (answer_until IS NULL)", name=op.f("ck_case_surveys_answer_until")
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_case_surveys_round")),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_case_surveys_score")),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff.id"], name=op.f("fk_case_surveys_assignee_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_surveys_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_case_surveys_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_case_surveys_queue_id_queues")
        ),
        sa.ForeignKeyConstraint(
            ["review_case_id"], ["cases.id"], name=op.f("fk_case_surveys_review_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_surveys")),
    )
    op.create_index(
        "ix_case_surveys_answered_at",
        "case_surveys",
        ["answered_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'answered'"),
    )
    op.create_index("ix_case_surveys_customer_id", "case_surveys", ["customer_id"], unique=False)
    op.create_index(
        "ix_case_surveys_due_at",
        "case_surveys",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_case_surveys_review_case_id",
        "case_surveys",
        ["review_case_id"],
        unique=False,
        postgresql_where=sa.text("review_case_id IS NOT NULL"),
    )
    op.create_index(
        "uq_case_surveys_case_id_round", "case_surveys", ["case_id", "round"], unique=True
    )
    op.create_table(
        "order_feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "asked",
                "answered",
                "skipped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on", sa.String(length=60), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_on = '')", name=op.f("ck_order_feedback_answered_on")
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_at IS NOT NULL)",
            name=op.f("ck_order_feedback_answered"),
        ),
        sa.CheckConstraint("(state = 'skipped') = (why <> '')", name=op.f("ck_order_feedback_why")),
        sa.CheckConstraint(
            "(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_order_feedback_due_at")
        ),
        sa.CheckConstraint(
            "(state IN ('asked', 'answered')) = (asked_at IS NOT NULL)",
            name=op.f("ck_order_feedback_asked"),
        ),
        sa.CheckConstraint(
            "(asked_at IS NULL) = (answer_until IS NULL)",
            name=op.f("ck_order_feedback_answer_until"),
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_order_feedback_score")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_order_feedback_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_feedback_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_feedback_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_feedback")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_feedback_order_id")),
    )
    op.create_index(
        "ix_order_feedback_answered_at",
        "order_feedback",
        ["answered_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'answered'"),
    )
    op.create_index(
        "ix_order_feedback_customer_id", "order_feedback", ["customer_id"], unique=False
    )
    op.create_index(
        "ix_order_feedback_due_at",
        "order_feedback",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "order_line_feedback",
        sa.Column("feedback_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_order_line_feedback_score")),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["order_feedback.id"],
            name=op.f("fk_order_line_feedback_feedback_id_order_feedback"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_order_line_feedback_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_order_line_feedback_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint(
            "feedback_id", "order_line_id", name=op.f("pk_order_line_feedback")
        ),
    )
    op.create_index(
        "ix_order_line_feedback_variant_id", "order_line_feedback", ["variant_id"], unique=False
    )
    op.create_table(
        "case_follow_ups",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("of_case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('review', 'again')", name=op.f("ck_case_follow_ups_kind")),
        sa.CheckConstraint("case_id <> of_case_id", name=op.f("ck_case_follow_ups_another")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_follow_ups_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["of_case_id"], ["cases.id"], name=op.f("fk_case_follow_ups_of_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", "of_case_id", name=op.f("pk_case_follow_ups")),
    )
    op.create_index(
        "ix_case_follow_ups_of_case_id", "case_follow_ups", ["of_case_id"], unique=False
    )
