"""The shop's own answers, and complaints as a reason of cases.

Revision: 0037
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_TOPICS = (
    "shipping",
    "returns",
    "cancelling",
    "payment",
    "coupons",
    "account",
    "ordering",
    "products",
    "shop",
)


def upgrade() -> None:
    op.create_table(
        "shop_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum(*_TOPICS, name="topic", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_shop_answers_version")),
        sa.CheckConstraint(
            "product_id IS NULL OR topic = 'products'", name=op.f("ck_shop_answers_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_shop_answers_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_answers")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_shop_answers_code_version")),
    )
    op.create_index("ix_shop_answers_product_id", "shop_answers", ["product_id"])
    op.get_bind().execute(
        sa.text(
            'INSERT INTO case_reasons (code, name, public_name, queue_id, priority, "group",'
            " stages, needs_photo, position, is_active, version)"
            " SELECT 'complaint', CAST(:name AS jsonb), CAST(:public_name AS jsonb), id, 'high',"
            " 'other', '{}', false, 890, true, 1 FROM queues WHERE is_default"
            " ORDER BY id LIMIT 1 ON CONFLICT (code) DO NOTHING"
        ),
        {
            "name": json.dumps({"ja": "苦情", "en": "Complaint"}, ensure_ascii=False),
            "public_name": json.dumps(
                {"ja": "当店へのご意見", "en": "Your complaint"}, ensure_ascii=False
            ),
        },
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM case_reasons WHERE code = 'complaint'"
        " AND NOT EXISTS (SELECT 1 FROM cases WHERE reason = 'complaint')"
    )
    op.drop_table("shop_answers")
