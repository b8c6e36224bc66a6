"""Colleagues are told what matters to them, each once, and say how."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_OPEN = "read_at IS NULL AND old_at IS NULL"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Both tables begin empty: nobody is told of what was before."""
    op.create_table(
        "colleague_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("read_at", _TIME, nullable=True),
        sa.Column("read_in", sa.String(60), nullable=False),
        sa.Column("old_at", _TIME, nullable=True),
        sa.Column("why", sa.String(60), nullable=False),
        sa.Column("mail_at", _TIME, nullable=True),
        sa.Column("mailed_at", _TIME, nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("leads_at", _TIME, nullable=True),
        sa.CheckConstraint("(old_at IS NULL) = (why = '')", name=op.f("ck_colleague_notices_why")),
        sa.CheckConstraint(
            "mail_at IS NULL OR mailed_at IS NULL", name=op.f("ck_colleague_notices_mailed_once")
        ),
        sa.CheckConstraint(
            "read_at IS NOT NULL OR read_in = ''", name=op.f("ck_colleague_notices_read_in")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_colleague_notices_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_colleague_notices_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["locations.id"],
            name=op.f("fk_colleague_notices_location_id_locations"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_colleague_notices_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_notices")),
        sa.UniqueConstraint("key", "staff_id", name=op.f("uq_colleague_notices_key_staff_id")),
    )
    table = "colleague_notices"
    op.create_index("ix_colleague_notices_case_id", table, ["case_id"])
    op.create_index("ix_colleague_notices_staff_id_id", table, ["staff_id", "id"])
    op.create_index(
        "ix_colleague_notices_open", table, ["staff_id"], postgresql_where=sa.text(_OPEN)
    )
    op.create_index(
        "ix_colleague_notices_matter_open", table, ["matter"], postgresql_where=sa.text(_OPEN)
    )
    for column in ("mail_at", "leads_at"):
        op.create_index(
            f"ix_colleague_notices_{column}",
            table,
            [column],
            postgresql_where=sa.text(f"{column} IS NOT NULL AND {_OPEN}"),
        )
    op.create_table(
        "colleague_wishes",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("ways", postgresql.JSONB(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("quiet_from_h", sa.Integer(), nullable=False),
        sa.Column("quiet_until_h", sa.Integer(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "quiet_from_h BETWEEN 0 AND 23 AND quiet_until_h BETWEEN 0 AND 23",
            name=op.f("ck_colleague_wishes_quiet_hours"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_colleague_wishes_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_colleague_wishes")),
    )


def downgrade() -> None:
    op.drop_table("colleague_wishes")
    op.drop_table("colleague_notices")
