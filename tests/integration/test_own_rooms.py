"""What the fixtures promise: each test alone with a migrated database and an empty broker."""

import psycopg
import pytest
import redis

from migrations.run import newest
from tests.services import Databases


@pytest.mark.parametrize("turn", [1, 2])
def test_a_commit_of_another_test_is_not_seen(database_url: str, turn: int) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE left_behind ()")  # fails when it is still there
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert version == (newest(),)


@pytest.mark.parametrize("turn", [1, 2])
def test_the_broker_is_empty(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_a_database_is_dropped_even_with_somebody_connected(databases: Databases) -> None:
    with databases.an_empty_one() as url:
        forgotten = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    forgotten.close()
