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

#: Deleted rows stay in the files: after so many tests, or one that wrote so much, a new database.
USES: Final = 100
MOST_ROWS: Final = 5_000
#: Whoever is still at work in the database, or holds a lock that outlives a transaction.
OTHERS: Final = """
SELECT (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle')
     + (SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
#: Changes with every change of a table, column, index, constraint, trigger or function.
STRUCTURE: Final = """
SELECT
  (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_class
   WHERE relnamespace = 'public'::regnamespace),
  (SELECT (count(*), sum(a.xmin::text::bigint))::text FROM pg_attribute a
   JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace),
  (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_constraint),
  (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_trigger),
  (SELECT (count(*), sum(xmin::text::bigint))::text FROM pg_proc
   WHERE pronamespace = 'public'::regnamespace),
  (SELECT count(*) FROM pg_db_role_setting s
   JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database())
"""
#: Writes pg_temp.sweep() for the tables there are: what was migrated in is kept beside and put
#: back where it changed, all else is deleted, and numbers begin again where they did. It answers
#: how many rows it deleted.
SWEEPER: Final = """
CREATE TEMP TABLE kept_numbers AS SELECT sequencename, start_value, last_value FROM pg_sequences;
DO $make$
DECLARE
  each text;
  columns text;
  content text;
  body text := '';
BEGIN
  FOR each IN SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
  LOOP
    EXECUTE format(
      $$SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM public.%I t$$, each)
      INTO content;
    IF content IS NULL THEN
      body := body || format($$
        DELETE FROM public.%I; GET DIAGNOSTICS n = ROW_COUNT; total := total + n;$$, each);
      CONTINUE;
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
      WHERE attrelid = format('public.%I', each)::regclass AND attnum > 0
        AND NOT attisdropped AND attgenerated = '';
    EXECUTE format(
      'CREATE TEMP TABLE %I AS SELECT %s FROM public.%I', 'kept_' || each, columns, each);
    body := body || format($$
      IF (SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM public.%1$I t)
          IS DISTINCT FROM %2$L THEN
        DELETE FROM public.%1$I;
        INSERT INTO public.%1$I (%3$s) OVERRIDING SYSTEM VALUE TABLE pg_temp.%4$I;
      END IF;$$, each, content, columns, 'kept_' || each);
  END LOOP;
  EXECUTE format($write$
    CREATE FUNCTION pg_temp.sweep() RETURNS bigint LANGUAGE plpgsql AS $sweep$
    DECLARE n bigint; total bigint := 0;
    BEGIN
      %s
      PERFORM setval(format('public.%%I', kept.sequencename)::regclass,
                     coalesce(kept.last_value, kept.start_value), kept.last_value IS NOT NULL)
      FROM pg_sequences now JOIN pg_temp.kept_numbers kept USING (sequencename)
      WHERE now.last_value IS DISTINCT FROM kept.last_value;
      RETURN total;
    END $sweep$ $write$, body);
END $make$
"""


class Databases:
    """Databases on one server, each cloned from a template that was migrated once."""

    def __init__(
        self, server_url: str, process: str, *, let_go: Callable[[str], None] = lambda _url: None
    ) -> None:
        """``let_go`` closes what this process has open to a database that is to be dropped."""
        self._server_url = server_url
        self._process = process
        self._let_go = let_go
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._kept: KeptDatabase | None = None

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
    def one_kept(self) -> Iterator[str]:
        """A database like the template that has served tests before, swept; its caches are warm.

        One that cannot be swept with certainty is dropped; the next test gets a new one.
        """
        if self._kept is None:
            self._kept = KeptDatabase(self.url(self._cloned(TEMPLATE)))
        kept = self._kept
        try:
            yield kept.url
        finally:
            if not kept.is_swept():
                self.close()

    def close(self) -> None:
        """Drop what is kept between tests."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            kept.close()
            self._drop(kept.url.rpartition("/")[2])

    @contextmanager
    def a_clone(self, of: str = TEMPLATE) -> Iterator[str]:
        """A fresh database like ``of``, dropped afterwards whoever is still connected."""
        name = self._cloned(of)
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _cloned(self, of: str) -> str:
        """Its name, which is used again, so that engines made for it serve the next test too."""
        name = self._free.pop() if self._free else f"test_{self._process}_{next(self._numbers)}"
        # A browser's late request may have left a connection to what had this name before.
        self._let_go(self.url(name))
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(of)
                )
            )
        return name

    @contextmanager
    def a_furnished_one(self, furnish: Callable[[str], None]) -> Iterator[str]:
        """The name of a database to clone, in which ``furnish`` has put what many tests begin with.

        ``furnish`` gets its address.
        """
        with self.a_clone() as url:
            furnish(url)
            self._let_go(url)
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
        self._let_go(self.url(name))
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )
        if not name.startswith("empty_"):
            self._free.append(name)


class KeptDatabase:
    """A migrated database, and the means to make it again what it was when migrated.

    Rows are deleted rather than tables truncated: that leaves what the connections have learned
    about the tables. Numbers begin again. Whatever else a test changed, or left running, or left
    behind in bulk, is not mended but noticed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._uses = 0
        self._connection = psycopg.connect(url, autocommit=True)
        # Deletes in any order, past foreign keys and the guards of what is written once.
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("SET lock_timeout = '1s'")
        self._connection.execute(SWEEPER)
        self._structure = self._connection.execute(STRUCTURE).fetchone()

    def is_swept(self) -> bool:
        """Sweep; whether it is surely as it was."""
        self._uses += 1
        if self._uses >= USES:
            return False
        try:
            (others,) = self._connection.execute(OTHERS).fetchone() or (1,)
            if others or self._connection.execute(STRUCTURE).fetchone() != self._structure:
                return False
            (swept,) = self._connection.execute("SELECT pg_temp.sweep()").fetchone() or (0,)
        except psycopg.Error:
            return False
        return int(swept) <= MOST_ROWS

    def close(self) -> None:
        self._connection.close()


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
