"""Fixtures every test may ask for: databases, a broker, and servers a test may kill.

``database_url`` and ``redis_url`` are fresh for each test. ``own_postgres`` and ``own_valkey``
are servers of the test's own, durable, for tests that end them with a signal.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from flask import Flask
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # has no types

from migrations.run import upgrade
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.valkey import Valkey
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app, let_go, settings_for
from tests.browser.journeys.looks import PICTURES
from tests.fakes.clock import StandingClock
from tests.services import Databases, a_postgres, a_valkey

SESSION_POSTGRES = pytest.StashKey[str]()
SESSION_STACK = pytest.StashKey[ExitStack]()

#: Files whose tests share what takes long to build: a house, a browser, a traded-in database.
FURNISHED = (
    "tests/acceptance/",
    "tests/browser/portal/",
    "tests/browser/test_chat.py",
    "tests/contracts/test_files.py",
    "tests/flows/test_attacks.py",
    "tests/flows/test_repair_dialogues.py",
    "tests/integration/oms_service/operations/test_reconcile.py",
    "tests/integration/test_supervisor.py",
)

#: Tests that leave a picture of each of their steps.
JOURNEYS = "tests/browser/journeys/"

# How long one example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("in peace", parent=hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("in peace")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SESSION_STACK] = ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SESSION_STACK].close()


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]  # has no types
    """Tests go to whichever process is free; those of a file that furnishes much go together."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return path if path.startswith(FURNISHED) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the controller starts the one PostgreSQL and tells each worker where it is."""
    node.workerinput["postgres"] = _session_postgres(node.config)


def _session_postgres(config: pytest.Config) -> str:
    if SESSION_POSTGRES not in config.stash:
        server = config.stash[SESSION_STACK].enter_context(a_postgres())
        config.stash[SESSION_POSTGRES] = server.url("postgres")
    return config.stash[SESSION_POSTGRES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of the journeys are."""
    ran = (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ()))
    if any(one.nodeid.startswith(JOURNEYS) for one in ran):
        terminalreporter.write_line(f"Every step of the journeys is a picture below {PICTURES}")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """The session's PostgreSQL, shared by all test processes."""
    worker: dict[str, str] | None = getattr(request.config, "workerinput", None)
    if worker is None:
        made = Databases(_session_postgres(request.config), "main", let_go=let_go)
    else:
        made = Databases(worker["postgres"], worker["workerid"], let_go=let_go)
    yield made
    made.close()


@pytest.fixture(scope="session")
def template_database(databases: Databases) -> str:
    """The migrated database that all others are cloned from."""
    return databases.ensure_template()


@pytest.fixture
def database_url(databases: Databases, template_database: str) -> Iterator[str]:
    """A migrated, empty database for this test alone."""
    with databases.one_kept() as url:
        yield url


@pytest.fixture
def unmigrated_database_url(databases: Databases) -> Iterator[str]:
    """A fresh database without a table."""
    with databases.an_empty_one() as url:
        yield url


@pytest.fixture(scope="session")
def session_valkey() -> Iterator[Valkey]:
    """This test process's broker; do not kill it, others need it."""
    with a_valkey() as server:
        yield server


@pytest.fixture
def redis_url(session_valkey: Valkey) -> Iterator[str]:
    """An empty broker for this test alone."""
    yield session_valkey.url
    with redis.Redis.from_url(session_valkey.url) as client:
        client.flushall()


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A durable server of this test's own, migrated, that may be killed and started again."""
    server = Postgres(tmp_path / "pg", tmp_path / "postgres.log")
    server.start()
    try:
        upgrade(server.url())
        yield server
    finally:
        server.stop()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A durable broker of this test's own that may be killed and started again."""
    server = Valkey(tmp_path / "valkey", tmp_path / "valkey.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of this test's own database and broker."""
    return settings_for(database_url, redis_url, tmp_path)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def app(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    """The whole house on real parts, at a time that stands still."""
    with an_app(settings, clock=clock) as made:
        yield made


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return held_by(app)
