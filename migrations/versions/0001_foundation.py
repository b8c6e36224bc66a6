"""Create every table of the first release.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String(length=60)), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_name", sa.String(length=80), nullable=False),
        sa.Column("given_name", sa.String(length=80), nullable=False),
        sa.Column("family_name_kana", sa.String(length=80), nullable=False),
        sa.Column("given_name_kana", sa.String(length=80), nullable=False),
        sa.Column("search", sa.String(length=600), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "standard",
                "silver",
                "gold",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["customers.id"], name=op.f("fk_customers_merged_into_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_merged_into_id", "customers", ["merged_into_id"], unique=False)
    op.create_index(
        "ix_customers_search",
        "customers",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "fallout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reaction",
                "effect",
                "inbound",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=160), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=500), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "retried",
                "resolved",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fallout")),
    )
    op.create_index("ix_fallout_state_id", "fallout", ["state", "id"], unique=False)
    op.create_index(
        "uq_fallout_open",
        "fallout",
        ["kind", "subject_id", "step"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=160), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "inbound_bodies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "stored",
                "taken",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_bodies")),
    )
    op.create_index(
        "ix_inbound_bodies_kept",
        "inbound_bodies",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("body IS NOT NULL"),
    )
    op.create_index(
        "ix_inbound_bodies_stored",
        "inbound_bodies",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'stored'"),
    )
    op.create_index(
        "uq_inbound_bodies_source_digest", "inbound_bodies", ["source", "digest"], unique=True
    )
    op.create_table(
        "lead_times",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("origin_region", sa.String(length=60), nullable=False),
        sa.Column("destination_region", sa.String(length=60), nullable=False),
        sa.Column("usual_days", sa.Integer(), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "usual_days >= 0 AND late_days >= usual_days", name=op.f("ck_lead_times_days")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_times")),
    )
    op.create_index(
        "uq_lead_times_lane",
        "lead_times",
        ["carrier", "origin_region", "destination_region"],
        unique=True,
    )
    op.create_table(
        "locations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "warehouse",
                "shop",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("postal_code", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("cut_off_hour", sa.Integer(), nullable=False),
        sa.Column("is_pickup_point", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("code", name=op.f("uq_locations_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("aggregate", sa.String(length=80), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("causation_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
    )
    op.create_index("ix_outbox_aggregate", "outbox", ["aggregate", "id"], unique=False)
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("reacted_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_pending_aggregate",
        "outbox",
        ["aggregate", "id"],
        unique=False,
        postgresql_where=sa.text("reacted_at IS NULL"),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column(
            "description", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("is_final_sale", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_table(
        "queues",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
        sa.UniqueConstraint("code", name=op.f("uq_queues_code")),
    )
    op.create_table(
        "sales_channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "web",
                "shop",
                "marketplace",
                "desk",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "tax_mode",
            sa.Enum(
                "inclusive",
                "exclusive",
                name="tax_mode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column(
            "locale",
            sa.Enum(
                "ja", "en", name="locale", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("stock_buffer", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stock_buffer >= 0", name=op.f("ck_sales_channels_stock_buffer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_channels")),
        sa.UniqueConstraint("code", name=op.f("uq_sales_channels_code")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "staff",
                "customer",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index("ix_sessions_kind_subject_id", "sessions", ["kind", "subject_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mail", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("mail", name=op.f("uq_staff_mail")),
    )
    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("postal_code", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("line1", sa.String(length=160), nullable=False),
        sa.Column("line2", sa.String(length=160), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_addresses_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index("ix_addresses_customer_id", "addresses", ["customer_id"], unique=False)
    op.create_index(
        "uq_addresses_default",
        "addresses",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "agents",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.String(length=2)), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_agents_capacity")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_agents_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_agents")),
    )
    op.create_table(
        "case_reasons",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "priority",
            sa.Enum(
                "low",
                "normal",
                "high",
                "urgent",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_case_reasons_queue_id_queues")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_reasons")),
    )
    op.create_table(
        "channel_identities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_mail", sa.String(length=320), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_channel_identities_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_identities")),
    )
    op.create_index(
        "ix_channel_identities_customer_id", "channel_identities", ["customer_id"], unique=False
    )
    op.create_index(
        "uq_channel_identities_channel_key", "channel_identities", ["channel", "key"], unique=True
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_customer_id", "consents", ["customer_id"], unique=False)
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.String(length=80), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_customer_merges_two_people")),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["customers.id"], name=op.f("fk_customer_merges_kept_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["customers.id"], name=op.f("fk_customer_merges_merged_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    op.create_index("ix_customer_merges_kept_id", "customer_merges", ["kept_id"], unique=False)
    op.create_index(
        "uq_customer_merges_in_force",
        "customer_merges",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber", sa.String(length=160), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "parked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox.id"],
            name=op.f("fk_deliveries_outbox_id_outbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("outbox_id", "subscriber", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "effects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber", sa.String(length=160), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "parked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["outbox_id"],
            ["outbox.id"],
            name=op.f("fk_effects_outbox_id_outbox"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
    )
    op.create_index(
        "ix_effects_waiting",
        "effects",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_effects_outbox_id_subscriber", "effects", ["outbox_id", "subscriber"], unique=True
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mail",
                "phone",
                "line",
                "slack",
                "external",
                "guest",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("shown", sa.String(length=320), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_identities_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_index("ix_identities_kind_key", "identities", ["kind", "key"], unique=False)
    op.create_index(
        "uq_identities_customer_id_kind_key",
        "identities",
        ["customer_id", "kind", "key"],
        unique=True,
    )
    op.create_index(
        "uq_identities_kind_key",
        "identities",
        ["kind", "key"],
        unique=True,
        postgresql_where=sa.text("kind NOT IN ('phone', 'guest')"),
    )
    op.create_table(
        "login_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_key", sa.String(length=320), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_login_codes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_codes")),
    )
    op.create_index(
        "ix_login_codes_identity_key", "login_codes", ["identity_key", "created_at"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("number_key", sa.String(length=40), nullable=False),
        sa.Column("digits_key", sa.String(length=40), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("external_ref", sa.String(length=80), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ship_to", postgresql.JSONB(), nullable=True),
        sa.Column("mail_key", sa.String(length=320), nullable=False),
        sa.Column("phone_key", sa.String(length=40), nullable=False),
        sa.Column("postal_key", sa.String(length=12), nullable=False),
        sa.Column("pickup_location_id", sa.BigInteger(), nullable=True),
        sa.Column("items_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=60), nullable=False),
        sa.Column(
            "order_state",
            sa.Enum(
                "draft",
                "placed",
                "on_hold",
                "completed",
                "cancelled",
                name="order_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "payment_state",
            sa.Enum(
                "unpaid",
                "authorized",
                "partially_paid",
                "paid",
                "partially_refunded",
                "refunded",
                name="payment_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "fulfilment_state",
            sa.Enum(
                "unallocated",
                "backordered",
                "partially_allocated",
                "allocated",
                "picking",
                "packed",
                "partially_shipped",
                "shipped",
                "partially_delivered",
                "delivered",
                "cancelled",
                name="fulfilment_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "items_minor >= 0 AND discount_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0",
            name=op.f("ck_orders_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["sales_channels.id"], name=op.f("fk_orders_channel_id_sales_channels")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["pickup_location_id"],
            ["locations.id"],
            name=op.f("fk_orders_pickup_location_id_locations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint("number_key", name=op.f("uq_orders_number_key")),
    )
    op.create_index(
        "ix_orders_customer_id_placed_at", "orders", ["customer_id", "placed_at"], unique=False
    )
    op.create_index("ix_orders_digits_key", "orders", ["digits_key"], unique=False)
    op.create_index(
        "ix_orders_fulfilment_state_id", "orders", ["fulfilment_state", "id"], unique=False
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "id"], unique=False)
    op.create_index(
        "uq_orders_channel_id_external_ref", "orders", ["channel_id", "external_ref"], unique=True
    )
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "card",
                "paypal",
                "gift_card",
                "store_credit",
                "konbini",
                "cash_on_delivery",
                "cash",
                "bank_transfer",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token", sa.String(length=120), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('gift_card', 'store_credit')) = (balance_minor IS NOT NULL)",
            name=op.f("ck_payment_methods_balance_where_value_is_stored"),
        ),
        sa.CheckConstraint("balance_minor >= 0", name=op.f("ck_payment_methods_balance")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_payment_methods_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
    )
    op.create_index(
        "uq_payment_methods_customer_id_token",
        "payment_methods",
        ["customer_id", "token"],
        unique=True,
    )
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("text", postgresql.JSONB(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["sales_channels.id"],
            name=op.f("fk_policies_channel_id_sales_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index(
        "uq_policies_channel_id_kind_version",
        "policies",
        ["channel_id", "kind", "version"],
        unique=True,
    )
    op.create_table(
        "staff_roles",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "customer",
                "agent",
                "lead",
                "warehouse",
                "shop",
                "operations",
                "auditor",
                "integration",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_roles_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", "role", name=op.f("pk_staff_roles")),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column(
            "option_words", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_currency", sa.String(length=3), nullable=True),
        sa.Column("weight_g", sa.Integer(), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("height_mm", sa.Integer(), nullable=True),
        sa.Column("barcode", sa.String(length=60), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_variants_cost_minor")),
        sa.CheckConstraint(
            "length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0", name=op.f("ck_variants_size_mm")
        ),
        sa.CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name=op.f("ck_variants_tax_rate_bp")),
        sa.CheckConstraint("weight_g >= 0", name=op.f("ck_variants_weight_g")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_variants_product_id_products")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("sku", name=op.f("uq_variants_sku")),
    )
    op.create_index("ix_variants_product_id", "variants", ["product_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=43), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "owner",
            sa.Enum(
                "bot", "people", name="owner", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("dialogue", postgresql.JSONB(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_conversations_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["channel_identities.id"],
            name=op.f("fk_conversations_identity_id_channel_identities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversations_public_id")),
    )
    op.create_index("ix_conversations_customer_id", "conversations", ["customer_id"], unique=False)
    op.create_index("ix_conversations_identity_id", "conversations", ["identity_id"], unique=False)
    op.create_index(
        "uq_conversations_open",
        "conversations",
        ["identity_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "order_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "payment",
                "address",
                "fraud",
                "stock",
                "customer",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.String(length=80), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_holds_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_holds")),
    )
    op.create_index(
        "uq_order_holds_open",
        "order_holds",
        ["order_id", "reason"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("backordered", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("packed", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("return_requested", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "allocated >= 0 AND backordered >= 0 AND picked >= 0 AND packed >= 0 AND shipped >= 0 AND delivered >= 0 AND cancelled >= 0 AND return_requested >= 0 AND returned >= 0 AND refunded >= 0",
            name=op.f("ck_order_lines_not_negative"),
        ),
        sa.CheckConstraint(
            "cancelled + backordered + allocated + shipped <= ordered",
            name=op.f("ck_order_lines_units_once"),
        ),
        sa.CheckConstraint(
            "delivered <= shipped", name=op.f("ck_order_lines_delivered_of_shipped")
        ),
        sa.CheckConstraint("ordered > 0", name=op.f("ck_order_lines_ordered")),
        sa.CheckConstraint(
            "packed <= picked AND picked <= allocated",
            name=op.f("ck_order_lines_picked_of_allocated"),
        ),
        sa.CheckConstraint("refunded <= ordered", name=op.f("ck_order_lines_refunded_of_ordered")),
        sa.CheckConstraint(
            "return_requested + returned <= shipped",
            name=op.f("ck_order_lines_returned_of_shipped"),
        ),
        sa.CheckConstraint(
            "unit_price_minor >= 0 AND discount_minor >= 0 AND discount_minor <= unit_price_minor * ordered",
            name=op.f("ck_order_lines_money"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_order_lines_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    op.create_index("ix_order_lines_variant_id", "order_lines", ["variant_id"], unique=False)
    op.create_index(
        "uq_order_lines_order_id_position", "order_lines", ["order_id", "position"], unique=True
    )
    op.create_table(
        "order_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_log_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_log")),
    )
    op.create_index("ix_order_log_order_id", "order_log", ["order_id"], unique=False)
    op.create_table(
        "prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_prices_amount_minor")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["sales_channels.id"], name=op.f("fk_prices_channel_id_sales_channels")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_prices_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
    )
    op.create_index(
        "uq_prices_variant_id_currency_channel_id",
        "prices",
        ["variant_id", "currency", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_reservations_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_reservations_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("key", name=op.f("uq_reservations_key")),
    )
    op.create_index(
        "ix_reservations_open",
        "reservations",
        ["until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "rejected",
                "received",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("refund_method_id", sa.BigInteger(), nullable=True),
        sa.Column("referred_by_rule", sa.String(length=60), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.Column("received_by", sa.String(length=80), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "refund_minor >= 0 AND fee_minor >= 0", name=op.f("ck_returns_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_returns_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["refund_method_id"],
            ["payment_methods.id"],
            name=op.f("fk_returns_refund_method_id_payment_methods"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("key", name=op.f("uq_returns_key")),
        sa.UniqueConstraint("number", name=op.f("uq_returns_number")),
    )
    op.create_index("ix_returns_order_id", "returns", ["order_id"], unique=False)
    op.create_index("ix_returns_state_id", "returns", ["state", "id"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("origin_region", sa.String(length=60), nullable=False),
        sa.Column("destination_region", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_shipments_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("number", name=op.f("uq_shipments_number")),
    )
    op.create_index("ix_shipments_order_id", "shipments", ["order_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("safety", sa.Integer(), nullable=False),
        sa.Column("incoming", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("quality_control", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "allocated + reserved <= on_hand", name=op.f("ck_stock_levels_not_oversold")
        ),
        sa.CheckConstraint(
            "on_hand >= 0 AND allocated >= 0 AND reserved >= 0 AND safety >= 0 AND incoming >= 0 AND damaged >= 0 AND quality_control >= 0",
            name=op.f("ck_stock_levels_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_stock_levels_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_levels_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_levels")),
    )
    op.create_index("ix_stock_levels_location_id", "stock_levels", ["location_id"], unique=False)
    op.create_index(
        "uq_stock_levels_variant_id_location_id",
        "stock_levels",
        ["variant_id", "location_id"],
        unique=True,
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("incoming", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("quality_control", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "kind NOT IN ('adjusted', 'set_aside') OR reason <> ''",
            name=op.f("ck_stock_movements_reason_given"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_stock_movements_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_stock_movements_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
    )
    op.create_index(
        "ix_stock_movements_variant_id_location_id_id",
        "stock_movements",
        ["variant_id", "location_id", "id"],
        unique=False,
    )
    op.create_index("uq_stock_movements_key", "stock_movements", ["key"], unique=True)
    op.create_table(
        "stored_value_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_stored_value_entries_method_id_payment_methods"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_value_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_stored_value_entries_key")),
    )
    op.create_index(
        "ix_stored_value_entries_method_id", "stored_value_entries", ["method_id"], unique=False
    )
    op.create_table(
        "allocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_allocations_quantity")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("fk_allocations_location_id_locations")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_allocations_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_allocations_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index("ix_allocations_location_id", "allocations", ["location_id"], unique=False)
    op.create_index(
        "uq_allocations_order_line_id_location_id",
        "allocations",
        ["order_line_id", "location_id"],
        unique=True,
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "open",
                "waiting_customer",
                "waiting_third_party",
                "snoozed",
                "resolved",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum(
                "low",
                "normal",
                "high",
                "urgent",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        sa.Column("failed_rule", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f("ck_cases_snoozed_until")
        ),
        sa.CheckConstraint(
            "(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_cases_resolved_at"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff.id"], name=op.f("fk_cases_assignee_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_cases_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_cases_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cases_order_id_orders")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_cases_queue_id_queues")),
        sa.ForeignKeyConstraint(
            ["reason"], ["case_reasons.code"], name=op.f("fk_cases_reason_case_reasons")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_cases_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(
        "ix_cases_assignee_id_active",
        "cases",
        ["assignee_id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
    )
    op.create_index("ix_cases_conversation_id", "cases", ["conversation_id"], unique=False)
    op.create_index("ix_cases_customer_id", "cases", ["customer_id"], unique=False)
    op.create_index(op.f("ix_cases_return_id"), "cases", ["return_id"], unique=False)
    op.create_index(
        "uq_cases_open_order_reason",
        "cases",
        ["order_id", "reason", "return_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('resolved', 'closed') AND order_id IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column(
            "direction",
            sa.Enum(
                "in", "out", name="direction", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "author_kind",
            sa.Enum(
                "customer",
                "bot",
                "agent",
                "notice",
                name="author_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("extra", postgresql.JSONB(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "delivered",
                "read",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_messages_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_queued",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "uq_messages_conversation_id_key", "messages", ["conversation_id", "key"], unique=True
    )
    op.create_index(
        "uq_messages_conversation_id_seq", "messages", ["conversation_id", "seq"], unique=True
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=60), nullable=False),
        sa.Column("tracking_number", sa.String(length=60), nullable=False),
        sa.Column("tracking_key", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pre_transit",
                "in_transit",
                "out_for_delivery",
                "available_for_pickup",
                "attempted",
                "delayed",
                "customs_hold",
                "delivered",
                "returning",
                "failure",
                "unknown",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimate_reason", sa.String(length=60), nullable=False),
        sa.Column(
            "jeopardy",
            sa.Enum(
                "on_time",
                "at_risk",
                "late",
                "stalled",
                name="jeopardy",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("weight_g", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "estimated_from <= estimated_until", name=op.f("ck_parcels_estimated_window")
        ),
        sa.CheckConstraint(
            "promised_from <= promised_until", name=op.f("ck_parcels_promised_window")
        ),
        sa.CheckConstraint("weight_g >= 0", name=op.f("ck_parcels_weight_g")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_parcels_shipment_id_shipments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
    )
    op.create_index(
        "ix_parcels_open",
        "parcels",
        ["promised_until"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('delivered', 'failure')"),
    )
    op.create_index("ix_parcels_shipment_id", "parcels", ["shipment_id"], unique=False)
    op.create_index("ix_parcels_tracking_key", "parcels", ["tracking_key"], unique=False)
    op.create_index(
        "uq_parcels_carrier_tracking_key", "parcels", ["carrier", "tracking_key"], unique=True
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "paid",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["method_id"], ["payment_methods.id"], name=op.f("fk_refunds_method_id_payment_methods")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_refunds_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_refunds_key")),
    )
    op.create_index("ix_refunds_order_id", "refunds", ["order_id"], unique=False)
    op.create_index(
        "ix_refunds_requested",
        "refunds",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "return_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "changed_mind",
                "wrong_size",
                "damaged",
                "defective",
                "wrong_item",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "restock",
                "quality_control",
                "discard",
                "missing",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "quantity > 0 AND received BETWEEN 0 AND quantity",
            name=op.f("ck_return_lines_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_return_lines_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id_returns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_lines")),
    )
    op.create_index(
        "uq_return_lines_return_id_order_line_id",
        "return_lines",
        ["return_id", "order_line_id"],
        unique=True,
    )
    op.create_table(
        "case_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "assigned",
                "state_changed",
                "note",
                "appended",
                "acted",
                "replied",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_entries_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entries")),
    )
    op.create_index("ix_case_entries_case_id_id", "case_entries", ["case_id", "id"], unique=False)
    op.create_table(
        "case_inbox",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "open",
                "waiting_customer",
                "waiting_third_party",
                "snoozed",
                "resolved",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("customer_name", sa.String(length=200), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("excerpt", sa.String(length=200), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_inbox_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_inbox")),
    )
    op.create_index(
        "ix_case_inbox_assignee",
        "case_inbox",
        ["is_active", "assignee_id", "waiting_since"],
        unique=False,
    )
    op.create_index(
        "ix_case_inbox_queue",
        "case_inbox",
        ["is_active", "queue_id", "priority_rank", "waiting_since"],
        unique=False,
    )
    op.create_index(
        "ix_case_inbox_search",
        "case_inbox",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "case_lines",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("resolution", sa.String(length=60), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_case_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_lines_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_case_lines_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("case_id", "order_line_id", name=op.f("pk_case_lines")),
    )
    op.create_table(
        "case_orders",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_orders_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_case_orders_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("case_id", "order_id", name=op.f("pk_case_orders")),
    )
    op.create_index(op.f("ix_case_orders_order_id"), "case_orders", ["order_id"], unique=False)
    op.create_table(
        "delivery_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "delivered",
                "read",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_delivery_log_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_log")),
    )
    op.create_index("ix_delivery_log_message_id", "delivery_log", ["message_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "ja", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "spoken",
                "suppressed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_notices_due_at")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_notices_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_notices_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_notices_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index(
        "ix_notices_customer_id_template_at",
        "notices",
        ["customer_id", "template", "at"],
        unique=False,
    )
    op.create_index(op.f("ix_notices_order_id"), "notices", ["order_id"], unique=False)
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "parcel_lines",
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_parcel_lines_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_lines_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("parcel_id", "order_line_id", name=op.f("pk_parcel_lines")),
    )
    op.create_index(
        op.f("ix_parcel_lines_order_line_id"), "parcel_lines", ["order_line_id"], unique=False
    )
    op.create_table(
        "payment_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "authorized",
                "captured",
                "voided",
                "refunded",
                "chargeback",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("provider_ref", sa.String(length=120), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_entries_amount")),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["payment_methods.id"],
            name=op.f("fk_payment_entries_method_id_payment_methods"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payment_entries_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_payment_entries_refund_id_refunds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_entries_key")),
    )
    op.create_index("ix_payment_entries_order_id", "payment_entries", ["order_id"], unique=False)
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=True),
        sa.Column("window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_promises_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_promises_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_order_id"), "promises", ["order_id"], unique=False)
    op.create_index("ix_promises_parcel_id", "promises", ["parcel_id"], unique=False)
    op.create_table(
        "scans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("parcel_id", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.String(length=160), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pre_transit",
                "in_transit",
                "out_for_delivery",
                "available_for_pickup",
                "attempted",
                "delayed",
                "customs_hold",
                "delivered",
                "returning",
                "failure",
                "unknown",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("carrier_words", sa.String(length=200), nullable=False),
        sa.Column("estimate_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimate_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inbound_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound_bodies.id"], name=op.f("fk_scans_inbound_id_inbound_bodies")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["parcels.id"], name=op.f("fk_scans_parcel_id_parcels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
    )
    op.create_index(
        "ix_scans_parcel_id_occurred_at", "scans", ["parcel_id", "occurred_at"], unique=False
    )
    op.create_index(
        "uq_scans_parcel_id_event_key", "scans", ["parcel_id", "event_key"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_scans_parcel_id_event_key", table_name="scans")
    op.drop_index("ix_scans_parcel_id_occurred_at", table_name="scans")
    op.drop_table("scans")
    op.drop_index("ix_promises_parcel_id", table_name="promises")
    op.drop_index(op.f("ix_promises_order_id"), table_name="promises")
    op.drop_table("promises")
    op.drop_index("ix_payment_entries_order_id", table_name="payment_entries")
    op.drop_table("payment_entries")
    op.drop_index(op.f("ix_parcel_lines_order_line_id"), table_name="parcel_lines")
    op.drop_table("parcel_lines")
    op.drop_index(
        "ix_notices_waiting", table_name="notices", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(op.f("ix_notices_order_id"), table_name="notices")
    op.drop_index("ix_notices_customer_id_template_at", table_name="notices")
    op.drop_table("notices")
    op.drop_index("ix_delivery_log_message_id", table_name="delivery_log")
    op.drop_table("delivery_log")
    op.drop_index(op.f("ix_case_orders_order_id"), table_name="case_orders")
    op.drop_table("case_orders")
    op.drop_table("case_lines")
    op.drop_index(
        "ix_case_inbox_search",
        table_name="case_inbox",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_case_inbox_queue", table_name="case_inbox")
    op.drop_index("ix_case_inbox_assignee", table_name="case_inbox")
    op.drop_table("case_inbox")
    op.drop_index("ix_case_entries_case_id_id", table_name="case_entries")
    op.drop_table("case_entries")
    op.drop_index("uq_return_lines_return_id_order_line_id", table_name="return_lines")
    op.drop_table("return_lines")
    op.drop_index(
        "ix_refunds_requested",
        table_name="refunds",
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.drop_index("ix_refunds_order_id", table_name="refunds")
    op.drop_table("refunds")
    op.drop_index("uq_parcels_carrier_tracking_key", table_name="parcels")
    op.drop_index("ix_parcels_tracking_key", table_name="parcels")
    op.drop_index("ix_parcels_shipment_id", table_name="parcels")
    op.drop_index(
        "ix_parcels_open",
        table_name="parcels",
        postgresql_where=sa.text("status NOT IN ('delivered', 'failure')"),
    )
    op.drop_table("parcels")
    op.drop_index("uq_messages_conversation_id_seq", table_name="messages")
    op.drop_index("uq_messages_conversation_id_key", table_name="messages")
    op.drop_index(
        "ix_messages_queued", table_name="messages", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_table("messages")
    op.drop_index(
        "uq_cases_open_order_reason",
        table_name="cases",
        postgresql_where=sa.text("state NOT IN ('resolved', 'closed') AND order_id IS NOT NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index(op.f("ix_cases_return_id"), table_name="cases")
    op.drop_index("ix_cases_customer_id", table_name="cases")
    op.drop_index("ix_cases_conversation_id", table_name="cases")
    op.drop_index(
        "ix_cases_assignee_id_active",
        table_name="cases",
        postgresql_where=sa.text("state NOT IN ('resolved', 'closed')"),
    )
    op.drop_table("cases")
    op.drop_index("uq_allocations_order_line_id_location_id", table_name="allocations")
    op.drop_index("ix_allocations_location_id", table_name="allocations")
    op.drop_table("allocations")
    op.drop_index("ix_stored_value_entries_method_id", table_name="stored_value_entries")
    op.drop_table("stored_value_entries")
    op.drop_index("uq_stock_movements_key", table_name="stock_movements")
    op.drop_index("ix_stock_movements_variant_id_location_id_id", table_name="stock_movements")
    op.drop_table("stock_movements")
    op.drop_index("uq_stock_levels_variant_id_location_id", table_name="stock_levels")
    op.drop_index("ix_stock_levels_location_id", table_name="stock_levels")
    op.drop_table("stock_levels")
    op.drop_index("ix_shipments_order_id", table_name="shipments")
    op.drop_table("shipments")
    op.drop_index("ix_returns_state_id", table_name="returns")
    op.drop_index("ix_returns_order_id", table_name="returns")
    op.drop_table("returns")
    op.drop_index(
        "ix_reservations_open",
        table_name="reservations",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("reservations")
    op.drop_index(
        "uq_prices_variant_id_currency_channel_id",
        table_name="prices",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("prices")
    op.drop_index("ix_order_log_order_id", table_name="order_log")
    op.drop_table("order_log")
    op.drop_index("uq_order_lines_order_id_position", table_name="order_lines")
    op.drop_index("ix_order_lines_variant_id", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(
        "uq_order_holds_open",
        table_name="order_holds",
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.drop_table("order_holds")
    op.drop_index(
        "uq_conversations_open",
        table_name="conversations",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_conversations_identity_id", table_name="conversations")
    op.drop_index("ix_conversations_customer_id", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index("ix_variants_product_id", table_name="variants")
    op.drop_table("variants")
    op.drop_table("staff_roles")
    op.drop_index("uq_policies_channel_id_kind_version", table_name="policies")
    op.drop_table("policies")
    op.drop_index("uq_payment_methods_customer_id_token", table_name="payment_methods")
    op.drop_table("payment_methods")
    op.drop_index("uq_orders_channel_id_external_ref", table_name="orders")
    op.drop_index("ix_orders_placed_at", table_name="orders")
    op.drop_index("ix_orders_fulfilment_state_id", table_name="orders")
    op.drop_index("ix_orders_digits_key", table_name="orders")
    op.drop_index("ix_orders_customer_id_placed_at", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_login_codes_identity_key", table_name="login_codes")
    op.drop_table("login_codes")
    op.drop_index(
        "uq_identities_kind_key",
        table_name="identities",
        postgresql_where=sa.text("kind NOT IN ('phone', 'guest')"),
    )
    op.drop_index("uq_identities_customer_id_kind_key", table_name="identities")
    op.drop_index("ix_identities_kind_key", table_name="identities")
    op.drop_table("identities")
    op.drop_index("uq_effects_outbox_id_subscriber", table_name="effects")
    op.drop_index(
        "ix_effects_waiting", table_name="effects", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("effects")
    op.drop_table("deliveries")
    op.drop_index(
        "uq_customer_merges_in_force",
        table_name="customer_merges",
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.drop_index("ix_customer_merges_kept_id", table_name="customer_merges")
    op.drop_table("customer_merges")
    op.drop_index("ix_consents_customer_id", table_name="consents")
    op.drop_table("consents")
    op.drop_index("uq_channel_identities_channel_key", table_name="channel_identities")
    op.drop_index("ix_channel_identities_customer_id", table_name="channel_identities")
    op.drop_table("channel_identities")
    op.drop_table("case_reasons")
    op.drop_table("agents")
    op.drop_index(
        "uq_addresses_default", table_name="addresses", postgresql_where=sa.text("is_default")
    )
    op.drop_index("ix_addresses_customer_id", table_name="addresses")
    op.drop_table("addresses")
    op.drop_table("staff")
    op.drop_index("ix_sessions_kind_subject_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("sales_channels")
    op.drop_table("queues")
    op.drop_table("products")
    op.drop_index(
        "ix_outbox_pending_aggregate",
        table_name="outbox",
        postgresql_where=sa.text("reacted_at IS NULL"),
    )
    op.drop_index(
        "ix_outbox_pending", table_name="outbox", postgresql_where=sa.text("reacted_at IS NULL")
    )
    op.drop_index("ix_outbox_aggregate", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("locations")
    op.drop_index("uq_lead_times_lane", table_name="lead_times")
    op.drop_table("lead_times")
    op.drop_index("uq_inbound_bodies_source_digest", table_name="inbound_bodies")
    op.drop_index(
        "ix_inbound_bodies_stored",
        table_name="inbound_bodies",
        postgresql_where=sa.text("state = 'stored'"),
    )
    op.drop_index(
        "ix_inbound_bodies_kept",
        table_name="inbound_bodies",
        postgresql_where=sa.text("body IS NOT NULL"),
    )
    op.drop_table("inbound_bodies")
    op.drop_table("idempotency_keys")
    op.drop_index(
        "uq_fallout_open", table_name="fallout", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_fallout_state_id", table_name="fallout")
    op.drop_table("fallout")
    op.drop_index(
        "ix_customers_search",
        table_name="customers",
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.drop_index("ix_customers_merged_into_id", table_name="customers")
    op.drop_table("customers")
    op.drop_table("api_keys")
