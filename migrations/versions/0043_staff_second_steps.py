"""What proves a sign-in beyond a password, and who comes in by a provider outside.

Revision: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def _kind() -> sa.Enum:
    return sa.Enum(
        "staff", "customer", name="kind", native_enum=False, create_constraint=True, length=40
    )


def upgrade() -> None:
    op.alter_column("staff", "password_hash", existing_type=sa.String(length=200), nullable=True)
    op.create_table(
        "staff_second_steps",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_step >= 0", name=op.f("ck_staff_second_steps_last_step")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_second_steps_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_second_steps")),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_codes_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_recovery_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_recovery_codes_digest")),
    )
    op.create_index(op.f("ix_staff_recovery_codes_staff_id"), "staff_recovery_codes", ["staff_id"])
    op.create_table(
        "half_sign_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_half_sign_ins_tries")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_half_sign_ins_expires_at")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_half_sign_ins_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_sign_ins")),
        sa.UniqueConstraint("digest", name=op.f("uq_half_sign_ins_digest")),
    )
    op.create_index(op.f("ix_half_sign_ins_staff_id"), "half_sign_ins", ["staff_id"])
    op.create_index(op.f("ix_half_sign_ins_expires_at"), "half_sign_ins", ["expires_at"])
    op.create_table(
        "outside_trips",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("next_path", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_outside_trips_expires_at")),
        sa.CheckConstraint(
            "(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_outside_trips_subject")
        ),
        sa.CheckConstraint(
            "issuer IS NULL OR returned_at IS NOT NULL", name=op.f("ck_outside_trips_returned_at")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_trips")),
        sa.UniqueConstraint("digest", name=op.f("uq_outside_trips_digest")),
    )
    op.create_index(op.f("ix_outside_trips_expires_at"), "outside_trips", ["expires_at"])
    op.create_table(
        "outside_identities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_identities")),
        sa.UniqueConstraint(
            "kind", "issuer", "subject", name="uq_outside_identities_kind_issuer_subject"
        ),
    )
    op.create_index(
        "ix_outside_identities_kind_subject_id", "outside_identities", ["kind", "subject_id"]
    )


def downgrade() -> None:
    op.drop_table("outside_identities")
    op.drop_table("outside_trips")
    op.drop_table("half_sign_ins")
    op.drop_table("staff_recovery_codes")
    op.drop_table("staff_second_steps")
    # Who never had a password gets one that is none: no digest looks like that.
    op.execute("UPDATE staff SET password_hash = '!' WHERE password_hash IS NULL")
    op.alter_column("staff", "password_hash", existing_type=sa.String(length=200), nullable=False)
