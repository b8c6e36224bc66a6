"""Real PostgreSQL and Valkey for a test session: quick because they may forget everything.

One PostgreSQL serves the whole session, the processes of xdist included; each test gets a
database of its own in it. Each test process has its own Valkey, since published messages know
no database numbers.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from migrations.run import upgrade
from oms_service.embedded import postgres, valkey
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.valkey import Valkey

TEMPLATE: Final = "template_of_tests"
#: The server, its log of changes, and a database for each of two tests at a time.
ENOUGH_MEMORY: Final = 1_500_000_000
#: Any fixed number: one process at a time makes the template.
TEMPLATE_LOCK: Final = 7_203_551


class Databases:
    """Databases on one server, each cloned from a template that was migrated once."""

    def __init__(self, server_url: str, process: str) -> None:
        self._server_url = server_url
        self._process = process
        self._numbers = itertools.count(1)
        self._free: list[str] = []

    def url(self, name: str) -> str:
        return self._server_url.rpartition("/")[0] + "/" + name

    def ensure_template(self) -> str:
        """Its name; the first process to ask migrates it, the others wait."""
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            known = connection.execute(
                "SELECT datistemplate FROM pg_database WHERE datname = %s", [TEMPLATE]
            ).fetchone()
            if known is None or not known[0]:
                self._make_template(connection)
        return TEMPLATE

    @contextmanager
    def a_clone(self, of: str = TEMPLATE) -> Iterator[str]:
        """A fresh database like ``of``, dropped afterwards whoever is still connected.

        Its name is used again, so that engines made for it serve the next test too.
        """
        name = self._free.pop() if self._free else f"test_{self._process}_{next(self._numbers)}"
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(of)
                )
            )
        try:
            yield self.url(name)
        finally:
            self._drop(name)
            self._free.append(name)

    @contextmanager
    def a_furnished_one(self, furnish: Callable[[str], None]) -> Iterator[str]:
        """The name of a database to clone, in which ``furnish`` has put what many tests begin with.

        ``furnish`` gets its address, and leaves no connection to it behind.
        """
        with self.a_clone() as url:
            furnish(url)
            yield url.rpartition("/")[2]

    @contextmanager
    def an_empty_one(self) -> Iterator[str]:
        """A database without a single table, for tests of the migrations themselves."""
        name = f"empty_{self._process}_{next(self._numbers)}"
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _make_template(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        name = sql.Identifier(TEMPLATE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        upgrade(self.url(TEMPLATE))
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(name))

    def _drop(self, name: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def a_postgres(folder: Path | None = None) -> Iterator[Postgres]:
    """A server of one's own, stopped at the end; without ``folder`` it leaves nothing."""
    with _room(folder) as room:
        server = Postgres(room / "pg", room / "postgres.log", settings=postgres.FORGETFUL)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def a_valkey(folder: Path | None = None) -> Iterator[Valkey]:
    """A server of one's own, stopped at the end; without ``folder`` it leaves nothing."""
    with _room(folder) as room:
        server = Valkey(room / "valkey", room / "valkey.log", settings=valkey.FORGETFUL)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def _room(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="order-desk-test-", dir=_quick_place()) as made:
        yield Path(made)


def _quick_place() -> str | None:
    """Memory where there is enough: a database is cloned there in 20 ms, on a disk in 400."""
    memory = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
    try:
        roomy = shutil.disk_usage(memory).free > ENOUGH_MEMORY
    except OSError:
        return None
    return memory if roomy and os.access(memory, os.W_OK) else None
