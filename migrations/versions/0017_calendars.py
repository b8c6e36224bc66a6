"""When a house and a carrier work.

Revision: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "location_calendars",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("cut_offs", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("handling_days", sa.Integer(), nullable=False),
        sa.Column("collection_minute", sa.Integer(), nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "array_length(cut_offs, 1) = 7 AND 0 <= ALL (array_remove(cut_offs, NULL)) AND 1440 >= ALL (array_remove(cut_offs, NULL))",
            name=op.f("ck_location_calendars_cut_offs"),
        ),
        sa.CheckConstraint(
            "collection_minute BETWEEN 0 AND 1439",
            name=op.f("ck_location_calendars_collection_minute"),
        ),
        sa.CheckConstraint(
            "handling_days BETWEEN 0 AND 60", name=op.f("ck_location_calendars_handling_days")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["locations.id"],
            name=op.f("fk_location_calendars_location_id_locations"),
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_location_calendars")),
    )
    op.create_table(
        "location_days",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cut_off_minute", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "day BETWEEN DATE '2000-01-01' AND DATE '2100-12-31'", name=op.f("ck_location_days_day")
        ),
        sa.CheckConstraint(
            "cut_off_minute BETWEEN 0 AND 1440", name=op.f("ck_location_days_cut_off_minute")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location_calendars.location_id"],
            name=op.f("fk_location_days_location_id_location_calendars"),
        ),
        sa.PrimaryKeyConstraint("location_id", "day", name=op.f("pk_location_days")),
    )
    op.create_table(
        "carrier_calendars",
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("windows", postgresql.JSONB(), nullable=False),
        sa.Column("without", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("carrier <> ''", name=op.f("ck_carrier_calendars_carrier")),
        sa.CheckConstraint(
            "jsonb_typeof(windows) = 'array'", name=op.f("ck_carrier_calendars_windows")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(without) = 'array'", name=op.f("ck_carrier_calendars_without")
        ),
        sa.PrimaryKeyConstraint("carrier", name=op.f("pk_carrier_calendars")),
    )
    op.create_table(
        "carrier_weeks",
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("pickups", sa.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("deliveries", sa.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("picks_up_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("delivers_on_holidays", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "array_length(deliveries, 1) = 7 AND array_position(deliveries, NULL) IS NULL AND true = ANY (deliveries)",
            name=op.f("ck_carrier_weeks_deliveries"),
        ),
        sa.CheckConstraint(
            "array_length(pickups, 1) = 7 AND array_position(pickups, NULL) IS NULL AND true = ANY (pickups)",
            name=op.f("ck_carrier_weeks_pickups"),
        ),
        sa.ForeignKeyConstraint(
            ["carrier"],
            ["carrier_calendars.carrier"],
            name=op.f("fk_carrier_weeks_carrier_carrier_calendars"),
        ),
        sa.PrimaryKeyConstraint("carrier", "region", name=op.f("pk_carrier_weeks")),
    )
    op.create_table(
        "carrier_days",
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("picks_up", sa.Boolean(), nullable=False),
        sa.Column("delivers", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "day BETWEEN DATE '2000-01-01' AND DATE '2100-12-31'", name=op.f("ck_carrier_days_day")
        ),
        sa.ForeignKeyConstraint(
            ["carrier"],
            ["carrier_calendars.carrier"],
            name=op.f("fk_carrier_days_carrier_carrier_calendars"),
        ),
        sa.PrimaryKeyConstraint("carrier", "region", "day", name=op.f("pk_carrier_days")),
    )
    op.create_table(
        "holidays",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_holiday", sa.Boolean(), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("country <> '' OR is_holiday", name=op.f("ck_holidays_own")),
        sa.CheckConstraint(
            "day BETWEEN DATE '2000-01-01' AND DATE '2100-12-31'", name=op.f("ck_holidays_day")
        ),
        sa.CheckConstraint("length(country) IN (0, 2)", name=op.f("ck_holidays_country")),
        sa.PrimaryKeyConstraint("country", "day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "remote_areas",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("postal_prefixes", postgresql.JSONB(), nullable=False),
        sa.Column("extra_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_remote_areas_code")),
        sa.CheckConstraint(
            "jsonb_typeof(postal_prefixes) = 'array'", name=op.f("ck_remote_areas_postal_prefixes")
        ),
        sa.CheckConstraint("extra_days BETWEEN 0 AND 60", name=op.f("ck_remote_areas_extra_days")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_remote_areas")),
    )
    op.create_table(
        "calendar_marks",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=60), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_calendar_marks_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_marks")),
    )


def downgrade() -> None:
    op.drop_table("calendar_marks")
    op.drop_table("remote_areas")
    op.drop_table("holidays")
    op.drop_table("carrier_days")
    op.drop_table("carrier_weeks")
    op.drop_table("carrier_calendars")
    op.drop_table("location_days")
    op.drop_table("location_calendars")
