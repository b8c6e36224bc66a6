"""Labels, invoices, receipts, credit notes and their numbers.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_series",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'receipt', 'credit_note')", name=op.f("ck_document_series_kind")
        ),
        sa.CheckConstraint("last >= 0", name=op.f("ck_document_series_last")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_document_series")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_documents_language")),
        sa.CheckConstraint(
            "kind IN ('invoice', 'receipt', 'credit_note')", name=op.f("ck_documents_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (refund_id IS NOT NULL)", name=op.f("ck_documents_refund")
        ),
        sa.CheckConstraint(
            "kind <> 'credit_note' OR about_id IS NOT NULL", name=op.f("ck_documents_about")
        ),
        sa.CheckConstraint(
            "kind = 'receipt' OR handed_out_at IS NULL", name=op.f("ck_documents_handed_out")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_documents_sha256")),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_documents_total")),
        sa.ForeignKeyConstraint(
            ["about_id"], ["documents.id"], name=op.f("fk_documents_about_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_documents_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_documents_refund_id_refunds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("number", name=op.f("uq_documents_number")),
    )
    op.create_index("ix_documents_about_id", "documents", ["about_id"], unique=False)
    op.create_index("ix_documents_order_id", "documents", ["order_id", "id"], unique=False)
    op.create_index("uq_documents_refund_id", "documents", ["refund_id"], unique=True)
    op.create_table(
        "labels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("box_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("provider_ref", sa.String(length=80), nullable=False),
        sa.Column("tracking_number", sa.String(length=60), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'bought', 'failed', 'voiding', 'void')",
            name=op.f("ck_labels_state"),
        ),
        sa.CheckConstraint("(state = 'failed') = (failure <> '')", name=op.f("ck_labels_failed")),
        sa.CheckConstraint(
            "state <> 'bought' OR (provider_ref <> '' AND tracking_number <> '')",
            name=op.f("ck_labels_bought"),
        ),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_labels_cost")),
        sa.ForeignKeyConstraint(
            ["box_id"], ["packed_boxes.id"], name=op.f("fk_labels_box_id_packed_boxes")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_labels_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("reference", name=op.f("uq_labels_reference")),
    )
    op.create_index(
        "ix_labels_failed",
        "labels",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index("ix_labels_order_id", "labels", ["order_id"], unique=False)
    op.create_index(
        "uq_labels_box_id_live",
        "labels",
        ["box_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'bought', 'failed')"),
    )
    op.drop_constraint(op.f("ck_fallout_kind"), "fallout", type_="check")
    op.create_check_constraint(
        op.f("ck_fallout_kind"),
        "fallout",
        "kind IN ('reaction', 'effect', 'inbound', 'payment', 'label')",
    )
