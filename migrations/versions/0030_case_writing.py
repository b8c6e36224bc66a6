"""Macros, answers to be undone, drafts, reminders.

Revision: 0030
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

#: code, reasons, actions, title and body in Japanese, title and body in English.
MACROS: tuple[tuple[Any, ...], ...] = (
    (
        "looking_into_it", [], [],
        "確認してご連絡", "{{customer_name}}\n\nお問い合わせありがとうございます。ただいま状況を確認しております。分かりしだい、こちらからご連絡いたします。\n\n{{shop_name}} {{agent_name}}",
        "We are looking into it", "Hello {{customer_name}},\n\nThank you for writing. We are looking into this now and will write again as soon as we know more.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "where_it_is", ["where_is_it", "past_expected", "delay"], [],
        "お届け状況のご案内", "{{customer_name}}\n\nご注文 {{order_number}}({{items}})のお届け予定は {{eta}} です({{carrier}} お問い合わせ番号 {{tracking_number}})。ご不在の場合は、不在票から再配達をご依頼いただけます。\n\n{{shop_name}} {{agent_name}}",
        "Where your parcel is", "Hello {{customer_name}},\n\nYour order {{order_number}} ({{items}}) is expected {{eta}} ({{carrier}}, tracking {{tracking_number}}). If nobody is in, the carrier leaves a note so that you can arrange another delivery.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "late_sorry", ["delay", "past_expected", "stuck"], [{"do": "priority", "value": "high"}],
        "遅れのお詫びと新しい予定", "{{customer_name}}\n\nご注文 {{order_number}} のお届けが遅れており、申し訳ございません。新しいお届け予定は {{eta}} です。このままお待ちいただくか、日時の変更、キャンセルをお選びいただけます。ご希望をお知らせください。\n\n{{shop_name}} {{agent_name}}",
        "Sorry for the delay", "Hello {{customer_name}},\n\nYour order {{order_number}} is running late, and we are sorry. We now expect it {{eta}}. You can wait, change the date, or cancel: please tell us which you prefer.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "asked_carrier", ["stuck", "where_is_it", "not_received"], [{"do": "snooze", "value": "tomorrow"}],
        "配送会社に照会中", "{{customer_name}}\n\nご注文 {{order_number}} のお荷物(お問い合わせ番号 {{tracking_number}})について、{{carrier}}に照会いたしました。回答がありしだい、あらためてご連絡いたします。\n\n{{shop_name}} {{agent_name}}",
        "We asked the carrier", "Hello {{customer_name}},\n\nWe have asked {{carrier}} about your parcel (order {{order_number}}, tracking {{tracking_number}}) and will write again once they answer.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "photo_please", ["damaged", "defective", "wrong_item", "missing"], [{"do": "wait"}],
        "お写真のお願い", "{{customer_name}}\n\nご不便をおかけし、申し訳ございません。状態が分かるお写真(商品、外箱、送り状)を、このメッセージへの返信でお送りいただけますか。届きしだい、すぐに対応いたします。\n\n{{shop_name}} {{agent_name}}",
        "Please send photos", "Hello {{customer_name}},\n\nWe are sorry about this. Could you answer this message with photos of the item, the box and the shipping label? We will act as soon as we have them.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "return_refund", ["return", "refund"], [],
        "返品と返金のご案内", "{{customer_name}}\n\n返品 {{return_number}} を承りました。商品が当店に届き、確認が済みましたら {{refund_amount}} を返金いたします。反映までの日数は、お支払い方法により異なります。\n\n{{shop_name}} {{agent_name}}",
        "Your return and refund", "Hello {{customer_name}},\n\nYour return {{return_number}} is approved. Once the goods are back and checked, we refund {{refund_amount}}. How soon you see it depends on how you paid.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "address_needed", ["change_address", "delivery_failed"], [{"do": "wait"}],
        "お届け先の確認", "{{customer_name}}\n\nご注文 {{order_number}} のお届け先を変更いたします。新しい郵便番号、ご住所、建物名、お電話番号をお知らせください。\n\n{{shop_name}} {{agent_name}}",
        "Which address?", "Hello {{customer_name}},\n\nWe can change where order {{order_number}} goes. Please send us the new postal code, address, building and phone number.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "cancelled", ["cancel"], [{"do": "resolve", "value": "handled"}],
        "キャンセル完了", "{{customer_name}}\n\nご注文 {{order_number}} のキャンセルを承りました。お支払い済みの場合は、お支払い方法に返金いたします。またのご利用をお待ちしております。\n\n{{shop_name}} {{agent_name}}",
        "Your order is cancelled", "Hello {{customer_name}},\n\nOrder {{order_number}} is cancelled. If you have paid, the money goes back the way you paid. We hope to see you again.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "any_news", [], [{"do": "wait"}],
        "その後の確認", "{{customer_name}}\n\n先日ご案内した件({{case_number}})は、その後いかがでしょうか。ご不明な点がありましたら、このままご返信ください。\n\n{{shop_name}} {{agent_name}}",
        "Asking again", "Hello {{customer_name}},\n\nDid our last message about {{case_number}} answer your question? If anything is open, just reply to this message.\n\n{{agent_name}}, {{shop_name}}",
    ),
    (
        "settled", [], [{"do": "resolve", "value": "answered"}],
        "解決のご連絡", "{{customer_name}}\n\nご連絡ありがとうございました。この件は、これで対応を終わります。また何かありましたら、いつでもお知らせください。\n\n{{shop_name}} {{agent_name}}",
        "All settled", "Hello {{customer_name}},\n\nThank you for letting us know. We consider this settled. If anything comes up, just write to us.\n\n{{agent_name}}, {{shop_name}}",
    ),
)  # fmt: skip


def upgrade() -> None:
    _create()
    connection = op.get_bind()
    for code, reasons, actions, title_ja, body_ja, title_en, body_en in MACROS:
        connection.execute(
            sa.text(
                "INSERT INTO case_macros (code, title, body, actions, reasons, queues, is_active,"
                " version) VALUES (:code, CAST(:title AS jsonb), CAST(:body AS jsonb),"
                " CAST(:actions AS jsonb), :reasons, '{}', true, 1)"
            ),
            {
                "code": code,
                "title": _json({"ja": title_ja, "en": title_en}),
                "body": _json({"ja": body_ja, "en": body_en}),
                "actions": _json(actions),
                "reasons": reasons,
            },
        )


def downgrade() -> None:
    op.drop_index("ix_cases_similar", "cases")
    for table in (
        "case_reminders",
        "case_drafts",
        "case_pending_replies",
        "case_macro_uses",
        "case_macros",
    ):
        op.drop_table(table)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _create() -> None:
    op.create_table(
        "case_macros",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("queues", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_case_macros_owner_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_macros")),
        sa.UniqueConstraint("code", name=op.f("uq_case_macros_code")),
    )
    op.create_table(
        "case_macro_uses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("macro_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_macro_uses_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["macro_id"], ["case_macros.id"], name=op.f("fk_case_macro_uses_macro_id_case_macros")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_macro_uses")),
    )
    op.create_index("ix_case_macro_uses_case_id", "case_macro_uses", ["case_id"], unique=False)
    op.create_index(
        "ix_case_macro_uses_macro_id_at", "case_macro_uses", ["macro_id", "at"], unique=False
    )
    op.create_table(
        "case_pending_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("macro_id", sa.BigInteger(), nullable=True),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "undone",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)",
            name=op.f("ck_case_pending_replies_settled_at"),
        ),
        sa.CheckConstraint(
            "state = 'waiting' OR text = ''", name=op.f("ck_case_pending_replies_text")
        ),
        sa.CheckConstraint("send_at >= pressed_at", name=op.f("ck_case_pending_replies_send_at")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_pending_replies_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["macro_id"],
            ["case_macros.id"],
            name=op.f("fk_case_pending_replies_macro_id_case_macros"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_pending_replies")),
        sa.UniqueConstraint("key", name=op.f("uq_case_pending_replies_key")),
    )
    op.create_index(
        "ix_case_pending_replies_case_id", "case_pending_replies", ["case_id"], unique=False
    )
    op.create_index(
        "ix_case_pending_replies_send_at",
        "case_pending_replies",
        ["send_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "case_drafts",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_drafts_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_drafts_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_drafts")),
    )
    op.create_table(
        "case_reminders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "remind",
                "no_answer",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)", name=op.f("ck_case_reminders_settled_at")
        ),
        sa.CheckConstraint("due_at > set_at", name=op.f("ck_case_reminders_due_at")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_reminders_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_reminders")),
    )
    op.create_index(
        "ix_case_reminders_due_at",
        "case_reminders",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_case_reminders_waiting",
        "case_reminders",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_cases_similar",
        "cases",
        ["reason", "resolved_at"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
    )
