"""Brings a database to the newest revision, and tells at which one it is."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from oms_service.infra.db import Database

SCRIPTS: Final = Path(__file__).resolve().parent
#: One migration at a time, whatever the number of servers that start.
LOCK: Final = 727_001


def upgrade(database_url: str) -> None:
    """Run every revision that is still missing; does nothing when none is."""
    database = Database(database_url, pool_size=1)
    try:
        with database.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            settings = Config()
            settings.set_main_option("script_location", str(SCRIPTS))
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    finally:
        database.close()


def current(database: Database) -> str | None:
    """The revision the database is at, or None when it is empty."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this release wants."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(settings).get_current_head()
