"""What a chat proposes.

Revision: 0038
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=43), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "withdrawn",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=text("'{}'"),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_in_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_in_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_proposals_expires_at")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_proposals_decided_at")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR decided_in_id IS NOT NULL",
            name=op.f("ck_proposals_decided_in_id"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_proposals_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_proposals_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_proposals_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["made_in_id"], ["messages.id"], name=op.f("fk_proposals_made_in_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["decided_in_id"], ["messages.id"], name=op.f("fk_proposals_decided_in_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposals_public_id")),
    )
    op.create_index(
        "uq_proposals_open",
        "proposals",
        ["conversation_id"],
        unique=True,
        postgresql_where=text("state = 'open'"),
    )
    op.create_index("ix_proposals_conversation_id", "proposals", ["conversation_id"])
    op.create_index("ix_proposals_customer_id", "proposals", ["customer_id"])
    op.create_index("ix_proposals_order_id", "proposals", ["order_id"])
    op.create_index("ix_proposals_made_at", "proposals", ["made_at"])


def downgrade() -> None:
    op.drop_table("proposals")
