"""What is done about orders from cases, and which terms of return a customer was shown.

Revision: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

KINDS = (
    "'refund', 'store_credit', 'replacement', 'return', 'exchange', 'label', 'cancel', 'address',"
    " 'items', 'quantity', 'delivery', 'expedite', 'payment', 'hold', 'release'"
)


def upgrade() -> None:
    op.create_table(
        "case_acts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.String(length=80), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_case_acts_undone")
        ),
        sa.CheckConstraint(
            "(return_id IS NOT NULL)::int + (claim_id IS NOT NULL)::int"
            " + (change_id IS NOT NULL)::int <= 1",
            name=op.f("ck_case_acts_one_thing"),
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_case_acts_kind")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_acts_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_case_acts_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_case_acts_return_id_returns")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_case_acts_claim_id_claims")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["order_changes.id"],
            name=op.f("fk_case_acts_change_id_order_changes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_acts")),
    )
    for name in ("key", "position"):
        op.create_index(f"uq_case_acts_case_id_{name}", "case_acts", ["case_id", name], unique=True)
    for name in ("order_id", "return_id", "claim_id", "change_id"):
        op.create_index(f"ix_case_acts_{name}", "case_acts", [name])
    op.create_table(
        "case_act_refunds",
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("act_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_case_act_refunds_refund_id_refunds")
        ),
        sa.ForeignKeyConstraint(
            ["act_id"], ["case_acts.id"], name=op.f("fk_case_act_refunds_act_id_case_acts")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_case_act_refunds")),
    )
    op.create_index("ix_case_act_refunds_act_id", "case_act_refunds", ["act_id"])
    op.add_column("returns", sa.Column("policy_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_returns_policy_id_policies"), "returns", "policies", ["policy_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_returns_policy_id_policies"), "returns")
    op.drop_column("returns", "policy_id")
    op.drop_table("case_act_refunds")
    op.drop_table("case_acts")
