"""Purchase orders, transfers, counts and reservations.

Revision: 0003
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "opening",
    "received",
    "allocated",
    "released",
    "shipped",
    "reserved",
    "unreserved",
    "returned",
    "adjusted",
    "transferred_out",
    "transferred_in",
    "set_aside",
)
NEW_KINDS = (
    "redeemed",
    "expected",
    "no_longer_expected",
    "received_damaged",
    "quarantined",
    "cleared",
    "damaged",
    "condemned",
    "mended",
    "discarded",
)
TABLES = (
    "count_lines",
    "stock_counts",
    "transfer_lines",
    "transfers",
    "receipt_lines",
    "receipts",
    "purchase_lines",
    "purchase_orders",
    "stock_reasons",
)
BY_HAND = ("quarantined", "cleared", "damaged", "condemned", "mended", "discarded")
REASONS = (
    ("counted", "棚卸の差異", "Found in a count"),
    ("found", "在庫を発見", "Found again"),
    ("missing", "所在不明", "Cannot be found"),
    ("broken", "破損", "Broken"),
    ("expired", "期限切れ", "Past its date"),
    ("stolen", "盗難", "Stolen"),
    ("sample", "サンプル・備品として使用", "Used as a sample or in the shop"),
    ("doubtful", "品質に疑いあり", "Quality in doubt"),
    ("checked", "検品の結果、良品", "Checked and sound"),
    ("repaired", "修理・再包装済み", "Repaired or packed anew"),
    ("supplier", "仕入先の誤り", "Mistake of the supplier"),
    ("to_supplier", "仕入先へ返品", "Sent back to the supplier"),
    ("booked_wrong", "入力の誤り", "Booked wrongly before"),
    ("other", "その他", "Something else"),
)


def upgrade() -> None:
    _movements()
    op.add_column(
        "stock_levels",
        sa.Column("reorder_point", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_stock_levels_reorder_point"), "stock_levels", "reorder_point >= 0"
    )
    _reservations()
    _tables()
    for rank, (code, ja, en) in enumerate(REASONS, start=1):
        op.get_bind().execute(
            sa.text(
                "INSERT INTO stock_reasons (code, words, rank, is_active)"
                " VALUES (:code, CAST(:words AS jsonb), :rank, true)"
            ),
            {
                "code": code,
                "words": json.dumps({"ja": ja, "en": en}, ensure_ascii=False),
                "rank": rank * 10,
            },
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for name in ("ended_somehow", "redeemed_for_a_line", "ended_how"):
        op.drop_constraint(op.f(f"ck_reservations_{name}"), "reservations")
    op.drop_index("ix_reservations_holder", "reservations")
    for column in ("number", "ended_how", "order_line_id"):
        op.drop_column("reservations", column)
    op.drop_column("stock_levels", "reorder_point")
    op.execute("DROP TRIGGER stock_movements_are_for_ever ON stock_movements")
    op.execute("DROP FUNCTION refuse_to_change_history()")
    _kinds(OLD_KINDS, "kind NOT IN ('adjusted', 'set_aside') OR reason <> ''")


def _movements() -> None:
    """More kinds, and nobody changes or deletes what has been written."""
    by_hand = ", ".join(f"'{kind}'" for kind in BY_HAND)
    _kinds(
        OLD_KINDS + NEW_KINDS, f"kind NOT IN ('adjusted', 'set_aside', {by_hand}) OR reason <> ''"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER stock_movements_are_for_ever BEFORE UPDATE OR DELETE ON stock_movements"
        " FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history()"
    )


def _kinds(kinds: tuple[str, ...], reason_given: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for name, check in (("kind", f"kind IN ({listed})"), ("reason_given", reason_given)):
        op.drop_constraint(op.f(f"ck_stock_movements_{name}"), "stock_movements")
        op.create_check_constraint(op.f(f"ck_stock_movements_{name}"), "stock_movements", check)


def _reservations() -> None:
    op.add_column("reservations", sa.Column("number", sa.String(length=20)))
    op.add_column("reservations", sa.Column("ended_how", sa.String(length=40)))
    op.add_column("reservations", sa.Column("order_line_id", sa.BigInteger()))
    op.execute("UPDATE reservations SET number = 'RV-' || id")
    op.execute("UPDATE reservations SET ended_how = 'released' WHERE ended_at IS NOT NULL")
    op.alter_column("reservations", "number", nullable=False)
    op.create_unique_constraint(op.f("uq_reservations_number"), "reservations", ["number"])
    op.create_foreign_key(
        op.f("fk_reservations_order_line_id_order_lines"),
        "reservations",
        "order_lines",
        ["order_line_id"],
        ["id"],
    )
    for name, check in (
        ("ended_how", "ended_how IN ('released', 'expired', 'redeemed')"),
        ("ended_somehow", "(ended_at IS NULL) = (ended_how IS NULL)"),
        ("redeemed_for_a_line", "order_line_id IS NULL OR ended_how = 'redeemed'"),
    ):
        op.create_check_constraint(op.f(f"ck_reservations_{name}"), "reservations", check)
    op.create_index("ix_reservations_holder", "reservations", ["holder"])


def _tables() -> None:
    op.create_table(
        "stock_reasons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_stock_reasons_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reasons")),
        sa.UniqueConstraint("code", name=op.f("uq_stock_reasons_code")),
    )
    op.create_table(
        "purchase_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("supplier", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ordered",
                "partly_received",
                "received",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(state IN ('received', 'closed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_purchase_orders_ended_when_over"),
        ),
        sa.CheckConstraint("supplier <> ''", name=op.f("ck_purchase_orders_supplier")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_purchase_orders_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_orders")),
        sa.UniqueConstraint("key", name=op.f("uq_purchase_orders_key")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_orders_number")),
    )
    op.create_index(
        "ix_purchase_orders_location_id", "purchase_orders", ["location_id"], unique=False
    )
    op.create_index(
        "ix_purchase_orders_state_expected_on_id",
        "purchase_orders",
        ["state", "expected_on", "id"],
        unique=False,
    )
    op.create_table(
        "purchase_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("called_off", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "called_off = 0 OR received + damaged + called_off = ordered",
            name=op.f("ck_purchase_lines_called_off"),
        ),
        sa.CheckConstraint("ordered BETWEEN 1 AND 1000000", name=op.f("ck_purchase_lines_ordered")),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0 AND called_off >= 0",
            name=op.f("ck_purchase_lines_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase_orders.id"],
            name=op.f("fk_purchase_lines_purchase_id_purchase_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_purchase_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_lines")),
    )
    op.create_index("ix_purchase_lines_variant_id", "purchase_lines", ["variant_id"], unique=False)
    op.create_index(
        "uq_purchase_lines_purchase_id_variant_id",
        "purchase_lines",
        ["purchase_id", "variant_id"],
        unique=True,
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_note", sa.String(length=80), nullable=False),
        sa.Column("received_by", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchase_orders.id"],
            name=op.f("fk_receipts_purchase_id_purchase_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("key", name=op.f("uq_receipts_key")),
        sa.UniqueConstraint("number", name=op.f("uq_receipts_number")),
    )
    op.create_index("ix_receipts_purchase_id", "receipts", ["purchase_id"], unique=False)
    op.create_table(
        "receipt_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column("purchase_line_id", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.CheckConstraint("received + damaged > 0", name=op.f("ck_receipt_lines_something")),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0", name=op.f("ck_receipt_lines_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_line_id"],
            ["purchase_lines.id"],
            name=op.f("fk_receipt_lines_purchase_line_id_purchase_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipts.id"], name=op.f("fk_receipt_lines_receipt_id_receipts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_lines")),
    )
    op.create_index(
        "ix_receipt_lines_purchase_line_id", "receipt_lines", ["purchase_line_id"], unique=False
    )
    op.create_index(
        "uq_receipt_lines_receipt_id_purchase_line_id",
        "receipt_lines",
        ["receipt_id", "purchase_line_id"],
        unique=True,
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("from_location_id", sa.BigInteger(), nullable=False),
        sa.Column("to_location_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "in_transit",
                "received",
                "discrepant",
                "settled",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_by", sa.String(length=80), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(state = 'settled') = (settled_at IS NOT NULL)", name=op.f("ck_transfers_settled")
        ),
        sa.CheckConstraint(
            "(state IN ('received', 'discrepant', 'settled')) = (received_at IS NOT NULL)",
            name=op.f("ck_transfers_received"),
        ),
        sa.CheckConstraint(
            "(state IN ('requested', 'cancelled')) = (dispatched_at IS NULL)",
            name=op.f("ck_transfers_dispatched"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('discrepant', 'settled') OR owner IS NOT NULL",
            name=op.f("ck_transfers_owned"),
        ),
        sa.CheckConstraint(
            "from_location_id <> to_location_id", name=op.f("ck_transfers_two_places")
        ),
        sa.ForeignKeyConstraint(
            ["from_location_id"],
            ["locations.id"],
            name=op.f("fk_transfers_from_location_id_locations"),
        ),
        sa.ForeignKeyConstraint(
            ["to_location_id"], ["locations.id"], name=op.f("fk_transfers_to_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
        sa.UniqueConstraint("number", name=op.f("uq_transfers_number")),
    )
    op.create_index(
        "ix_transfers_from_location_id", "transfers", ["from_location_id"], unique=False
    )
    op.create_index("ix_transfers_state_id", "transfers", ["state", "id"], unique=False)
    op.create_index("ix_transfers_to_location_id", "transfers", ["to_location_id"], unique=False)
    op.create_table(
        "transfer_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column(
            "explanation",
            sa.Enum(
                "lost",
                "came_later",
                "stayed_behind",
                "sent_more",
                "surplus",
                name="explanation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "explanation IS NULL OR received + damaged <> sent",
            name=op.f("ck_transfer_lines_explained_difference"),
        ),
        sa.CheckConstraint(
            "requested BETWEEN 1 AND 1000000", name=op.f("ck_transfer_lines_requested")
        ),
        sa.CheckConstraint(
            "sent >= 0 AND received >= 0 AND damaged >= 0",
            name=op.f("ck_transfer_lines_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_lines_transfer_id_transfers")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_transfer_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_lines")),
    )
    op.create_index("ix_transfer_lines_variant_id", "transfer_lines", ["variant_id"], unique=False)
    op.create_index(
        "uq_transfer_lines_transfer_id_variant_id",
        "transfer_lines",
        ["transfer_id", "variant_id"],
        unique=True,
    )
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "submitted",
                "approved",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=80), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_stock_counts_ended_when_over"),
        ),
        sa.CheckConstraint(
            "state = 'open' OR state = 'cancelled' OR submitted_at IS NOT NULL",
            name=op.f("ck_stock_counts_submitted"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_stock_counts_location_id_locations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_counts_key")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_counts_number")),
    )
    op.create_index("ix_stock_counts_location_id", "stock_counts", ["location_id"], unique=False)
    op.create_index("ix_stock_counts_state_id", "stock_counts", ["state", "id"], unique=False)
    op.create_table(
        "count_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("booked", sa.Integer(), nullable=True),
        sa.Column("counted_by", sa.String(length=80), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(counted IS NULL) = (booked IS NULL) AND (counted IS NULL) = (counted_at IS NULL)",
            name=op.f("ck_count_lines_counted_at_once"),
        ),
        sa.CheckConstraint(
            "expected >= 0 AND counted BETWEEN 0 AND 1000000 AND booked >= 0",
            name=op.f("ck_count_lines_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["count_id"], ["stock_counts.id"], name=op.f("fk_count_lines_count_id_stock_counts")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_count_lines_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_count_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_lines")),
    )
    op.create_index(
        "uq_count_lines_count_id_variant_id", "count_lines", ["count_id", "variant_id"], unique=True
    )
    op.create_index(
        "uq_count_lines_open",
        "count_lines",
        ["variant_id", "location_id"],
        unique=True,
        postgresql_where=sa.text("is_open"),
    )
