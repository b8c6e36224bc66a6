"""Give a new shop its queues and reasons for cases; it may rename them and add its own.

Revision: 0002
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

QUEUES = (
    ("orders", "ご注文・お届け", "Orders and delivery"),
    ("returns", "返品・返金", "Returns and refunds"),
)
REASONS = (
    ("delay", "orders", "high", "お届けの遅れ", "Late delivery"),
    ("where_is_it", "orders", "normal", "お届け状況", "Where is my order"),
    ("change_order", "orders", "high", "ご注文の変更", "Change an order"),
    ("change_address", "orders", "high", "お届け先・日時の変更", "Change address or date"),
    ("cancel", "orders", "high", "キャンセル", "Cancel an order"),
    ("return", "returns", "normal", "返品", "Return"),
    ("exchange", "returns", "normal", "交換", "Exchange"),
    ("damaged", "returns", "high", "破損・不良", "Damaged or faulty"),
    ("wrong_item", "returns", "high", "商品違い", "Wrong item"),
    ("missing", "orders", "high", "不足・未着", "Missing items"),
    ("refund", "returns", "normal", "返金", "Refund"),
    ("payment", "orders", "normal", "お支払い", "Payment"),
    ("other", "orders", "normal", "その他のお問い合わせ", "Something else"),
)


def upgrade() -> None:
    connection = op.get_bind()
    for code, ja, en in QUEUES:
        connection.execute(
            sa.text(
                "INSERT INTO queues (code, name, is_default)"
                " VALUES (:code, CAST(:name AS jsonb), :is_default)"
            ),
            {"code": code, "name": _words(ja, en), "is_default": code == "orders"},
        )
    for code, queue, priority, ja, en in REASONS:
        connection.execute(
            sa.text(
                "INSERT INTO case_reasons (code, name, queue_id, priority, is_active)"
                " SELECT :code, CAST(:name AS jsonb), id, :priority, true"
                " FROM queues WHERE code = :queue"
            ),
            {"code": code, "name": _words(ja, en), "priority": priority, "queue": queue},
        )


def downgrade() -> None:
    op.execute("DELETE FROM case_reasons")
    op.execute("DELETE FROM queues")


def _words(ja: str, en: str) -> str:
    return json.dumps({"ja": ja, "en": en}, ensure_ascii=False)
