"""Reasons by the state of the parcel, statuses, tags and fields of cases, orders and lines.

Revision: 0024
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = (
    "'opened', 'assigned', 'state_changed', 'note', 'appended', 'acted', 'replied', 'promised',"
    " 'warned'"
)
STAGES = "'processing', 'shipped', 'delivered', 'cancelled', 'failed', 'none'"
GROUPS = ("delivery", "order", "goods", "returns", "money", "other")
STATES = (
    "new",
    "open",
    "waiting_customer",
    "waiting_third_party",
    "snoozed",
    "resolved",
    "closed",
)
ENDINGS = (
    "'refunded', 'partly_refunded', 'replaced', 'exchanged', 'returned', 'explained', 'refused',"
    " 'withdrawn'"
)
P, S, D, C, F, N = "processing", "shipped", "delivered", "cancelled", "failed", "none"
ANY = (P, S, D, C, F, N)
#: What new shops are given, in the order in which it is offered: code, queue, priority, group,
#: stages, photo, the colleagues' words and the customer's, each in Japanese and English.
REASONS: tuple[tuple[Any, ...], ...] = (
    ("where_is_it", "orders", "normal", "delivery", (P, S), False,
     "お届け状況", "Where is my order", "お届け状況を知りたい", "Where is my order?"),
    ("not_shipped", "orders", "high", "delivery", (P,), False,
     "発送の遅れ", "Should have shipped", "まだ発送されていない", "It should have been sent by now"),
    ("past_expected", "orders", "high", "delivery", (P, S), False,
     "お届け予定日の超過", "Past the expected date", "お届け予定日を過ぎた",
     "The expected date has passed"),
    ("delay", "orders", "high", "delivery", (P, S), False,
     "お届けの遅れ", "Late delivery", "お届けの遅れ", "Late delivery"),
    ("stuck", "orders", "high", "delivery", (S,), False,
     "輸送の停滞", "Stuck in transit", "荷物が動いていない", "My parcel has stopped moving"),
    ("delivery_failed", "orders", "high", "delivery", (F,), False,
     "配達できず", "Delivery failed", "配達されずに戻った", "It could not be delivered"),
    ("change_order", "orders", "high", "order", (P,), False,
     "ご注文の変更", "Change an order", "ご注文内容を変更したい", "Change my order"),
    ("change_address", "orders", "high", "order", (P, S, F), False,
     "お届け先・日時の変更", "Change address or date", "お届け先・日時を変更したい",
     "Change the address or the date"),
    ("cancel", "orders", "high", "order", (P,), False,
     "キャンセル", "Cancel an order", "ご注文をキャンセルしたい", "Cancel my order"),
    ("discount", "orders", "normal", "order", (P,), False,
     "割引の付け忘れ", "Forgot a discount", "クーポン・割引を使い忘れた", "I forgot my discount"),
    ("not_received", "orders", "high", "goods", (D, F), False,
     "未着", "Not received", "お届け済みなのに届いていない", "It says delivered, but I have nothing"),
    ("damaged", "returns", "high", "goods", (D,), True,
     "破損・不良", "Damaged or faulty", "商品が壊れていた", "It came damaged"),
    ("defective", "returns", "high", "goods", (D,), False,
     "不良・故障", "Defective", "商品が正しく動かない", "It does not work as it should"),
    ("wrong_item", "returns", "high", "goods", (D,), True,
     "商品違い", "Wrong item", "違う商品が届いた", "A wrong item came"),
    ("missing", "orders", "high", "goods", (D,), False,
     "不足・未着", "Missing items", "商品が足りない", "Something is missing"),
    ("return", "returns", "normal", "returns", (D,), False,
     "返品", "Return", "返品したい", "Return something"),
    ("exchange", "returns", "normal", "returns", (D,), False,
     "交換", "Exchange", "交換したい", "Exchange something"),
    ("reorder", "orders", "normal", "order", (D, C), False,
     "再注文", "Reorder", "もう一度注文したい", "Order it again"),
    ("refund_missing", "returns", "high", "money", (D, C, F), False,
     "返金の未着", "Refund not received", "返金がまだ届かない", "My refund has not arrived"),
    ("refund", "returns", "normal", "money", (D, C, F), False,
     "返金", "Refund", "返金について", "About a refund"),
    ("payment", "orders", "normal", "money", (P, S, D, C), False,
     "お支払い", "Payment", "お支払いについて", "About a payment"),
    ("question", "orders", "normal", "other", ANY, False,
     "ご質問", "Question", "商品・サービスについて聞きたい", "A question about goods or services"),
    ("other", "orders", "normal", "other", ANY, False,
     "その他のお問い合わせ", "Something else", "その他のお問い合わせ", "Something else"),
)  # fmt: skip
#: Codes that shops have since the beginning; their names stay as the shop has them.
OLD = frozenset(
    (
        "delay",
        "where_is_it",
        "change_order",
        "change_address",
        "cancel",
        "return",
        "exchange",
        "damaged",
        "wrong_item",
        "missing",
        "refund",
        "payment",
        "other",
    )
)
#: Names of the beginning that have become two reasons, where the shop has not renamed them.
RENAMED = (
    ("damaged", ("破損・不良", "Damaged or faulty"), ("破損", "Damaged")),
    ("missing", ("不足・未着", "Missing items"), ("不足", "Missing items")),
)
#: Whom a case may wait for, besides the customer.
STATUSES = (
    ("with_carrier", "配送会社待ち", "Waiting for the carrier",
     "配送会社に確認中です", "We are asking the carrier"),
    ("with_warehouse", "倉庫待ち", "Waiting for the warehouse",
     "倉庫に確認中です", "We are asking our warehouse"),
    ("with_bank", "決済会社待ち", "Waiting for the bank",
     "決済会社に確認中です", "We are asking the bank"),
)  # fmt: skip


#: A status belongs to the state it was said in: leaving that and coming back, it is not said.
FORGET = """
CREATE FUNCTION forget_status_of_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := NULL;
    RETURN NEW;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER cases_forget_status BEFORE UPDATE OF state ON cases FOR EACH ROW"
    " WHEN (OLD.state IS DISTINCT FROM NEW.state AND OLD.status IS NOT NULL)"
    " EXECUTE FUNCTION forget_status_of_case()"
)


def upgrade() -> None:
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS}, 'edited')")
    _widen_reasons()
    _create()
    op.add_column("cases", sa.Column("status", sa.String(length=60), nullable=True))
    op.create_foreign_key(
        op.f("fk_cases_status_case_statuses"), "cases", "case_statuses", ["status"], ["code"]
    )
    op.execute(FORGET)
    op.execute(TRIGGER)
    op.add_column(
        "case_orders",
        sa.Column(
            "snapshot",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
    )
    op.alter_column("case_orders", "snapshot", server_default=None)
    op.create_check_constraint(
        op.f("ck_case_lines_resolution"), "case_lines", f"resolution IN ('', {ENDINGS})"
    )
    connection = op.get_bind()
    for position, (code, ja, en, public_ja, public_en) in enumerate(STATUSES):
        connection.execute(
            sa.text(
                "INSERT INTO case_statuses (code, category, agent, customer, position, is_active,"
                " version) VALUES (:code, 'waiting_third_party', CAST(:agent AS jsonb),"
                " CAST(:customer AS jsonb), :position, true, 1)"
            ),
            {
                "code": code,
                "agent": _words(ja, en),
                "customer": _words(public_ja, public_en),
                "position": position,
            },
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_case_lines_resolution"), "case_lines")
    op.execute("DROP TRIGGER cases_forget_status ON cases")
    op.execute("DROP FUNCTION forget_status_of_case()")
    op.drop_column("case_orders", "snapshot")
    op.drop_constraint(op.f("fk_cases_status_case_statuses"), "cases")
    op.drop_column("cases", "status")
    for table in ("case_values", "case_fields", "case_tagged", "case_tags", "case_statuses"):
        op.drop_table(table)
    for name in ("stages", "position", "group"):
        op.drop_constraint(op.f(f"ck_case_reasons_{name}"), "case_reasons")
    for name in ("version", "position", "needs_photo", "stages", "group", "public_name"):
        op.drop_column("case_reasons", name)
    connection = op.get_bind()
    for code, *_ in REASONS:
        if code not in OLD:
            connection.execute(
                sa.text(
                    "DELETE FROM case_reasons WHERE code = :code"
                    " AND NOT EXISTS (SELECT 1 FROM cases WHERE reason = :code)"
                ),
                {"code": code},
            )
    for code, old, new in RENAMED:
        _rename(connection, code, new, old)
    op.execute("DELETE FROM case_entries WHERE kind = 'edited'")
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS})")


def _words(ja: str, en: str) -> str:
    return json.dumps({"ja": ja, "en": en}, ensure_ascii=False)


def _rename(
    connection: sa.Connection, code: str, old: tuple[str, str], new: tuple[str, str]
) -> None:
    connection.execute(
        sa.text(
            "UPDATE case_reasons SET name = CAST(:new AS jsonb)"
            " WHERE code = :code AND name = CAST(:old AS jsonb)"
        ),
        {"code": code, "old": _words(*old), "new": _words(*new)},
    )


def _widen_reasons() -> None:
    """New columns, filled for what is there, and the reasons that are new."""
    op.add_column("case_reasons", sa.Column("public_name", postgresql.JSONB(astext_type=sa.Text())))
    op.add_column(
        "case_reasons",
        sa.Column(
            "group",
            sa.Enum(*GROUPS, name="group", native_enum=False, create_constraint=False, length=40),
            server_default="other",
            nullable=False,
        ),
    )
    op.add_column(
        "case_reasons",
        sa.Column("stages", sa.ARRAY(sa.String(length=20)), server_default="{}", nullable=False),
    )
    op.add_column(
        "case_reasons",
        sa.Column("needs_photo", sa.Boolean(), server_default="false", nullable=False),
    )
    for name, given in (("position", "900"), ("version", "1")):
        op.add_column(
            "case_reasons", sa.Column(name, sa.Integer(), server_default=given, nullable=False)
        )
    connection = op.get_bind()
    # A shop's own reasons are offered wherever any is.
    connection.execute(
        sa.text("UPDATE case_reasons SET public_name = name, stages = :stages"),
        {"stages": list(ANY)},
    )
    for code, old, new in RENAMED:
        _rename(connection, code, old, new)
    for position, one in enumerate(REASONS):
        code, queue, priority, group, stages, photo, ja, en, public_ja, public_en = one
        values = {
            "code": code,
            "queue": queue,
            "priority": priority,
            "group": group,
            "stages": list(stages),
            "photo": photo,
            "position": position * 10,
            "name": _words(ja, en),
            "public_name": _words(public_ja, public_en),
        }
        if code in OLD:
            statement = (
                'UPDATE case_reasons SET "group" = :group, stages = :stages, needs_photo = :photo,'
                " position = :position, public_name = CAST(:public_name AS jsonb)"
                " WHERE code = :code"
            )
        else:
            statement = (
                "INSERT INTO case_reasons (code, name, public_name, queue_id, priority, is_active,"
                ' "group", stages, needs_photo, position, version)'
                " SELECT :code, CAST(:name AS jsonb), CAST(:public_name AS jsonb), id, :priority,"
                " true, :group, :stages, :photo, :position, 1 FROM queues"
                " ORDER BY (code = :queue) DESC, is_default DESC, id LIMIT 1"
                " ON CONFLICT (code) DO NOTHING"
            )
        connection.execute(sa.text(statement), values)
    op.alter_column("case_reasons", "public_name", nullable=False)
    for name in ("group", "stages", "needs_photo", "position", "version"):
        op.alter_column("case_reasons", name, server_default=None)
    groups = ", ".join(f"'{one}'" for one in GROUPS)
    op.create_check_constraint(
        op.f("ck_case_reasons_group"), "case_reasons", f'"group" IN ({groups})'
    )
    op.create_check_constraint(
        op.f("ck_case_reasons_stages"),
        "case_reasons",
        f"stages <@ ARRAY[{STAGES}]::character varying[]",
    )
    op.create_check_constraint(op.f("ck_case_reasons_position"), "case_reasons", "position >= 0")


def _create() -> None:
    json_type = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "case_statuses",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "category",
            sa.Enum(*STATES, name="category", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("agent", json_type, nullable=False),
        sa.Column("customer", json_type, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_case_statuses_position")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_statuses")),
    )
    op.create_table(
        "case_tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> '' AND key <> ''", name=op.f("ck_case_tags_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tags")),
        sa.UniqueConstraint("key", name=op.f("uq_case_tags_key")),
    )
    op.create_table(
        "case_tagged",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_tagged_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["case_tags.id"], name=op.f("fk_case_tagged_tag_id_case_tags")
        ),
        sa.PrimaryKeyConstraint("case_id", "tag_id", name=op.f("pk_case_tagged")),
    )
    op.create_index(op.f("ix_case_tagged_tag_id"), "case_tagged", ["tag_id"], unique=False)
    op.create_table(
        "case_fields",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "number",
                "date",
                "choice",
                "yes_no",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", json_type, nullable=False),
        sa.Column("choices", json_type, nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_case_fields_position")),
        sa.CheckConstraint(
            "(kind = 'choice') = (jsonb_array_length(choices) > 0)",
            name=op.f("ck_case_fields_choices"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_fields")),
    )
    op.create_table(
        "case_values",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_values_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["field"], ["case_fields.code"], name=op.f("fk_case_values_field_case_fields")
        ),
        sa.CheckConstraint("value <> ''", name=op.f("ck_case_values_value")),
        sa.PrimaryKeyConstraint("case_id", "field", name=op.f("pk_case_values")),
    )
    op.create_index("ix_case_values_field", "case_values", ["field"], unique=False)
