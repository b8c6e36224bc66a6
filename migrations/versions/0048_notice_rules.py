"""Rules of notices are the shop's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What the shop made of each rule, by version; of notices, by which they were told."""
    op.create_table(
        "notice_rule_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum(
                "at_once",
                "daytime",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("once_a_day", sa.Boolean(), nullable=False),
        sa.Column("quiet_from_h", sa.Integer(), nullable=False),
        sa.Column("quiet_until_h", sa.Integer(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("back_to", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notice_rule_versions_version")),
        sa.CheckConstraint(
            "back_to >= 0 AND back_to < version", name=op.f("ck_notice_rule_versions_back_to")
        ),
        sa.CheckConstraint(
            "quiet_from_h BETWEEN 0 AND 23 AND quiet_until_h BETWEEN 0 AND 23",
            name=op.f("ck_notice_rule_versions_quiet_hours"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rule_versions")),
        sa.UniqueConstraint(
            "template", "version", name=op.f("uq_notice_rule_versions_template_version")
        ),
    )
    op.add_column(
        "notices", sa.Column("matter", sa.String(length=60), server_default="", nullable=False)
    )
    op.alter_column("notices", "matter", server_default=None)
    op.add_column(
        "notices", sa.Column("rule_version", sa.Integer(), server_default="0", nullable=False)
    )
    op.alter_column("notices", "rule_version", server_default=None)
    op.create_check_constraint(op.f("ck_notices_rule_version"), "notices", "rule_version >= 0")
    op.create_index(
        "ix_notices_matter_waiting",
        "notices",
        ["matter"],
        postgresql_where=sa.text("state = 'waiting' AND matter <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_notices_matter_waiting", table_name="notices")
    op.drop_constraint(op.f("ck_notices_rule_version"), "notices")
    op.drop_column("notices", "rule_version")
    op.drop_column("notices", "matter")
    op.drop_table("notice_rule_versions")
