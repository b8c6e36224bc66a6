"""Where scans come from: mappings and polling, as data.

Revision: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scan_mappings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_scan_mappings_version")),
        sa.CheckConstraint("form IN ('csv', 'json')", name=op.f("ck_scan_mappings_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_mappings")),
    )
    op.create_index("uq_scan_mappings_name", "scan_mappings", ["name"], unique=True)
    op.create_table(
        "carrier_wordings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status <> 'unknown'", name=op.f("ck_carrier_wordings_known")),
        sa.CheckConstraint(
            "status IN ('pre_transit', 'in_transit', 'out_for_delivery', 'available_for_pickup', "
            "'attempted', 'delayed', 'customs_hold', 'delivered', 'returning', 'failure', "
            "'unknown')",
            name=op.f("ck_carrier_wordings_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_wordings")),
    )
    op.create_index(
        "uq_carrier_wordings_carrier_words", "carrier_wordings", ["carrier", "words"], unique=True
    )
    op.create_table(
        "waiting_numbers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("tracking_key", sa.String(length=60), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scans > 0", name=op.f("ck_waiting_numbers_scans")),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_bodies.id"],
            name=op.f("fk_waiting_numbers_inbound_id_inbound_bodies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_numbers")),
    )
    op.create_index(
        "uq_waiting_numbers_carrier_tracking_key_inbound_id",
        "waiting_numbers",
        ["carrier", "tracking_key", "inbound_id"],
        unique=True,
    )
    op.create_index("ix_waiting_numbers_inbound_id", "waiting_numbers", ["inbound_id"])
    op.create_table(
        "polls",
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_polls_failures")),
        sa.CheckConstraint("state IN ('asking', 'done', 'given_up')", name=op.f("ck_polls_state")),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_polls_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("parcel_id", name=op.f("pk_polls")),
    )
    op.create_index(
        "ix_polls_next_at", "polls", ["next_at"], postgresql_where=sa.text("state = 'asking'")
    )
    op.create_index(
        "ix_scans_unknown",
        "scans",
        ["parcel_id"],
        postgresql_where=sa.text("status = 'unknown' AND carrier_words <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_scans_unknown", table_name="scans")
    op.drop_table("polls")
    op.drop_table("waiting_numbers")
    op.drop_table("carrier_wordings")
    op.drop_table("scan_mappings")
