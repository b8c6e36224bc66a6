"""Mail comes in: what became of each, how far a mailbox was read, which address is unreachable.

Revision: 0050
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

OUTCOMES = ("filed", "held", "ignored", "refused", "reported")
TRUSTS = ("answered", "answered_elsewhere", "checked", "referred", "claimed")


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column(
        "channel_identities",
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "channel_identities",
        sa.Column(
            "unreachable_why", sa.String(length=60), nullable=False, server_default=text("''")
        ),
    )
    op.create_check_constraint(
        op.f("ck_channel_identities_unreachable_why"),
        "channel_identities",
        "(unreachable_at IS NULL) = (unreachable_why = '')",
    )
    op.create_table(
        "mails_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mail_key", sa.String(length=64), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", _word(op.f("ck_mails_in_outcome"), OUTCOMES), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("trust", _word(op.f("ck_mails_in_trust_value"), TRUSTS), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'filed') = (message_id IS NOT NULL)", name=op.f("ck_mails_in_message_id")
        ),
        sa.CheckConstraint(
            "(outcome = 'filed') = (trust IS NOT NULL)", name=op.f("ck_mails_in_is_filed")
        ),
        sa.CheckConstraint(
            "outcome <> 'reported' OR about_id IS NOT NULL", name=op.f("ck_mails_in_about_id")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_bodies.id"],
            name=op.f("fk_mails_in_inbound_id_inbound_bodies"),
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["channel_identities.id"],
            name=op.f("fk_mails_in_identity_id_channel_identities"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_mails_in_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["messages.id"], name=op.f("fk_mails_in_about_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails_in")),
    )
    op.create_index("uq_mails_in_mail_key", "mails_in", ["mail_key"], unique=True)
    op.create_index("ix_mails_in_inbound_id", "mails_in", ["inbound_id"])
    op.create_index("ix_mails_in_identity_id_at", "mails_in", ["identity_id", "at"])
    op.create_index("ix_mails_in_message_id", "mails_in", ["message_id"])
    op.create_index(
        "ix_mails_in_held", "mails_in", ["id"], postgresql_where=text("outcome = 'held'")
    )
    op.create_table(
        "mail_boxes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("box_key", sa.String(length=64), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.CheckConstraint("last_uid >= 0", name=op.f("ck_mail_boxes_last_uid")),
        sa.CheckConstraint("(failed_at IS NULL) = (why = '')", name=op.f("ck_mail_boxes_why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_boxes")),
    )
    op.create_index("uq_mail_boxes_box_key", "mail_boxes", ["box_key"], unique=True)


def downgrade() -> None:
    op.drop_table("mail_boxes")
    op.drop_table("mails_in")
    op.drop_constraint(
        op.f("ck_channel_identities_unreachable_why"), "channel_identities", type_="check"
    )
    op.drop_column("channel_identities", "unreachable_why")
    op.drop_column("channel_identities", "unreachable_at")
