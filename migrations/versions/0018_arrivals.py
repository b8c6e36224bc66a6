"""Fitted models of arrivals, and what they explain.

Revision: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parcels", sa.Column("estimated_at", sa.DateTime(timezone=True)))
    op.add_column(
        "parcels",
        sa.Column("because", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    )
    op.alter_column("parcels", "because", server_default=None)
    op.add_column(
        "parcels",
        sa.Column("extra_days", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_parcels_extra_days"), "parcels", "extra_days BETWEEN 0 AND 60"
    )
    op.create_table(
        "eta_models",
        sa.Column("version", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("journeys", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=60), nullable=False),
        sa.CheckConstraint("journeys >= 0", name=op.f("ck_eta_models_journeys")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_eta_models_digest")),
        sa.CheckConstraint("is_active = (refusal = '')", name=op.f("ck_eta_models_refusal")),
        sa.CheckConstraint("from_at <= until_at", name=op.f("ck_eta_models_history")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_eta_models")),
        sa.UniqueConstraint("digest", name=op.f("uq_eta_models_digest")),
    )
    op.create_index(
        "ix_eta_models_active", "eta_models", ["version"], postgresql_where=sa.text("is_active")
    )
    op.create_table(
        "eta_fits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (outcome = '')", name=op.f("ck_eta_fits_finished")
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["eta_models.version"],
            name=op.f("fk_eta_fits_version_eta_models"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eta_fits")),
        sa.UniqueConstraint("day", name=op.f("uq_eta_fits_day")),
    )


def downgrade() -> None:
    op.drop_table("eta_fits")
    op.drop_index("ix_eta_models_active", table_name="eta_models")
    op.drop_table("eta_models")
    op.drop_column("parcels", "extra_days")
    op.drop_column("parcels", "because")
    op.drop_column("parcels", "estimated_at")
