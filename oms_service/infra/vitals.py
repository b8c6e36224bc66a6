"""What PostgreSQL says of itself: how large it is, who is connected, what runs for long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Vitals:
    """The database as it is now.

    ``oldest_at`` is when the oldest transaction that still runs began, UTC; None where none runs.
    ``revision`` is that of the tables.
    """

    size_bytes: int
    connections: int
    most_connections: int
    oldest_at: datetime | None
    revision: str | None

    def running_s(self, now: datetime) -> float:
        """For how long the oldest transaction has run; 0 when none does."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0


_ASKED = text(
    "SELECT pg_database_size(current_database()),"
    " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
    " current_setting('max_connections')::int,"
    " (SELECT min(xact_start) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND datname = current_database() AND pid <> pg_backend_pid()),"
    " (SELECT max(version_num) FROM alembic_version)"
)


def look(connection: Connection) -> Vitals:
    """Ask in one statement. What other roles do is not shown to every role, and then missing."""
    size, connections, most, oldest_at, revision = connection.execute(_ASKED).one()
    return Vitals(size, connections, most, oldest_at, revision)
