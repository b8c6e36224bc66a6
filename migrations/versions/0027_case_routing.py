"""Rules, skills and presence of routing; the load of colleagues, counted by the database.

Revision: 0027
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

#: Every kind of entry there is up to here, and the new one.
KINDS = (
    "'opened', 'assigned', 'state_changed', 'note', 'appended', 'acted', 'replied', 'promised',"
    " 'warned', 'edited', 'merged', 'split', 'linked', 'task'"
)
NEW_KINDS = "'routed'"
PRESENCES = ("present", "busy", "away", "offline")
PRIORITIES = ("low", "normal", "high", "urgent")
#: A talk asks for more of a colleague at once than a mail does.
WEIGHTS = {"webchat": 2, "line": 2, "slack": 2}
SKILLS = (("refund_authority", "返金の承認", "May agree to refunds"),)

WEIGH = """
CREATE FUNCTION weight_of_channel(wanted varchar) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT weight FROM channel_weights WHERE channel = wanted), 1)
$$
"""
#: What leaves somebody's hands and what comes into somebody's, in the order of the keys.
COUNT = """
CREATE FUNCTION count_load_of_agents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    from_id bigint; from_weight integer := 0; to_id bigint; to_weight integer := 0; one record;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.assignee_id IS NOT NULL AND OLD.state IN ('new', 'open', 'waiting_customer', 'waiting_third_party', 'snoozed') THEN
        from_id := OLD.assignee_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.assignee_id IS NOT NULL AND NEW.state IN ('new', 'open', 'waiting_customer', 'waiting_third_party', 'snoozed') THEN
        to_id := NEW.assignee_id;
    END IF;
    IF from_id IS NOT DISTINCT FROM to_id
       AND (from_id IS NULL OR OLD.channel = NEW.channel) THEN
        RETURN NULL;
    END IF;
    IF from_id IS NOT NULL THEN from_weight := weight_of_channel(OLD.channel); END IF;
    IF to_id IS NOT NULL THEN to_weight := weight_of_channel(NEW.channel); END IF;
    FOR one IN
        SELECT who, sum(weight)::integer AS weight
        FROM (VALUES (from_id, -from_weight), (to_id, to_weight)) AS moved (who, weight)
        WHERE who IS NOT NULL GROUP BY who HAVING sum(weight) <> 0 ORDER BY who
    LOOP
        UPDATE agents SET load = greatest(load + one.weight, 0) WHERE staff_id = one.who;
    END LOOP;
    RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER cases_count_load AFTER INSERT OR DELETE OR UPDATE OF assignee_id, state,"
    " channel ON cases FOR EACH ROW EXECUTE FUNCTION count_load_of_agents()"
)
LOADS = """
UPDATE agents SET load = coalesce((
    SELECT sum(weight_of_channel(c.channel)) FROM cases c
    WHERE c.assignee_id = agents.staff_id AND c.state IN ('new', 'open', 'waiting_customer', 'waiting_third_party', 'snoozed')
), 0)
"""


def upgrade() -> None:
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS}, {NEW_KINDS})")
    _create()
    _widen_agents()
    op.add_column("queues", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("queues", "version", server_default=None)
    op.create_index(
        "uq_queues_default",
        "queues",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    connection = op.get_bind()
    for channel, weight in WEIGHTS.items():
        connection.execute(
            sa.text("INSERT INTO channel_weights (channel, weight) VALUES (:channel, :weight)"),
            {"channel": channel, "weight": weight},
        )
    for code, ja, en in SKILLS:
        connection.execute(
            sa.text(
                "INSERT INTO skills (code, name, is_active, version) VALUES"
                " (:code, jsonb_build_object('ja', CAST(:ja AS text), 'en', CAST(:en AS text)),"
                " true, 1)"
            ),
            {"code": code, "ja": ja, "en": en},
        )
    op.execute(WEIGH)
    op.execute(COUNT)
    op.execute(LOADS)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER cases_count_load ON cases")
    op.execute("DROP FUNCTION count_load_of_agents()")
    op.execute("DROP FUNCTION weight_of_channel(varchar)")
    op.drop_index("uq_queues_default", "queues")
    op.drop_column("queues", "version")
    for table in ("case_routes", "routing_rules", "channel_weights", "queue_members", "skills"):
        op.drop_table(table)
    op.add_column(
        "agents", sa.Column("is_present", sa.Boolean(), nullable=False, server_default="true")
    )
    op.alter_column("agents", "is_present", server_default=None)
    op.execute("UPDATE agents SET is_present = (presence = 'present')")
    for name in ("capacity", "load", "back_at", "timed_out", "presence"):
        op.drop_constraint(f"ck_agents_{name}", "agents")
    op.create_check_constraint("capacity", "agents", "capacity >= 0")
    for name in (
        "skills",
        "load",
        "presence",
        "presence_since",
        "back_at",
        "timed_out",
        "seen_at",
        "given_at",
        "version",
    ):
        op.drop_column("agents", name)
    op.execute("DELETE FROM case_entries WHERE kind = 'routed'")
    op.drop_constraint("ck_case_entries_kind", "case_entries")
    op.create_check_constraint("kind", "case_entries", f"kind IN ({KINDS})")


def _widen_agents() -> None:
    codes = sa.ARRAY(sa.String(length=60))
    now = sa.text("now()")
    new: tuple[sa.Column[Any], ...] = (
        sa.Column("skills", codes, nullable=False, server_default="{}"),
        sa.Column("load", sa.Integer(), nullable=False, server_default="0"),
        sa.Column(
            "presence", _enum("presence", PRESENCES), nullable=False, server_default="present"
        ),
        sa.Column("presence_since", sa.DateTime(timezone=True), nullable=False, server_default=now),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timed_out", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    )
    for column in new:
        op.add_column("agents", column)
    op.execute("UPDATE agents SET presence = 'offline' WHERE NOT is_present")
    op.execute("UPDATE agents SET capacity = 1000 WHERE capacity > 1000")
    op.drop_column("agents", "is_present")
    for name in ("skills", "load", "presence", "presence_since", "timed_out", "version"):
        op.alter_column("agents", name, server_default=None)
    op.drop_constraint("ck_agents_capacity", "agents")
    for name, rule in (
        ("capacity", "capacity BETWEEN 0 AND 1000"),
        ("load", "load >= 0"),
        ("back_at", "back_at IS NULL OR presence IN ('busy', 'away')"),
        ("timed_out", "presence = 'offline' OR NOT timed_out"),
    ):
        op.create_check_constraint(name, "agents", rule)


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _create() -> None:
    codes = sa.ARRAY(sa.String(length=60))
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "skills",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", json, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_skills")),
    )
    op.create_table(
        "queue_members",
        sa.Column("queue_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_queue_members_queue_id_queues")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["agents.staff_id"], name=op.f("fk_queue_members_staff_id_agents")
        ),
        sa.PrimaryKeyConstraint("queue_id", "staff_id", name=op.f("pk_queue_members")),
    )
    op.create_index("ix_queue_members_staff_id", "queue_members", ["staff_id"], unique=False)
    op.create_table(
        "channel_weights",
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 10", name=op.f("ck_channel_weights_weight")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_weights")),
    )
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", json, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reasons", codes, nullable=False),
        sa.Column("channels", codes, nullable=False),
        sa.Column("languages", codes, nullable=False),
        sa.Column("priorities", codes, nullable=False),
        sa.Column("tiers", codes, nullable=False),
        sa.Column("tags", codes, nullable=False),
        sa.Column("sales_channels", codes, nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", _enum("priority", PRIORITIES), nullable=True),
        sa.Column("skills", codes, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(least_minor IS NULL) = (currency = '')", name=op.f("ck_routing_rules_currency")
        ),
        sa.CheckConstraint("least_minor > 0", name=op.f("ck_routing_rules_least_minor")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_routing_rules_position")),
        sa.CheckConstraint(
            "queue_id IS NOT NULL OR priority IS NOT NULL OR cardinality(skills) > 0",
            name=op.f("ck_routing_rules_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_routing_rules_queue_id_queues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
    )
    op.create_table(
        "case_routes",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("skills", codes, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("nobody", sa.String(length=60), nullable=False),
        sa.Column("considered", json, nullable=False),
        sa.Column("given_back_by", sa.BigInteger(), nullable=True),
        sa.Column("told_lead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("staff_id IS NULL OR nobody = ''", name=op.f("ck_case_routes_nobody")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_routes_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["given_back_by"], ["staff.id"], name=op.f("fk_case_routes_given_back_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["routing_rules.id"], name=op.f("fk_case_routes_rule_id_routing_rules")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_routes_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_routes")),
    )
    op.create_index(
        "ix_case_routes_told_lead_at",
        "case_routes",
        ["told_lead_at"],
        unique=False,
        postgresql_where=sa.text("told_lead_at IS NOT NULL"),
    )
