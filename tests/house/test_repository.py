"""The repository about itself: what must stay true whatever is built."""

import importlib
import re
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from migrations.run import SCRIPTS, upgrade
from migrations.tables import METADATA
from oms_service.infra.queues import EFFECT_JOB, QueueName
from oms_service.kernel import events
from oms_service.runtime import Runtime
from oms_service.settings import as_markdown
from tests.services import Databases

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("oms_service", "cases", "bots", "notifications")


def sources() -> list[Path]:
    return [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]


def test_the_project_commits_in_one_place() -> None:
    hits = [str(p.relative_to(ROOT)) for p in sources() if ".commit()" in p.read_text()]
    assert hits == ["oms_service/infra/uow.py"]
    assert (ROOT / hits[0]).read_text().count(".commit()") == 1


def test_every_package_says_in_one_line_what_it_holds_and_imports_nothing() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name == "__init__.py" and not re.fullmatch(r'""".+"""\n', path.read_text())
    ]
    assert wrong == []


def test_every_setting_is_documented() -> None:
    assert (ROOT / "docs/settings.md").read_text() == as_markdown(), "run `oms settings`"


def test_every_event_is_documented(app: object) -> None:
    ours = {n: e for n, e in events.known().items() if e.__module__.startswith(PACKAGES)}
    page = (ROOT / "docs/events.md").read_text()
    assert [name for name in sorted(ours) if f"`{name}`" not in page] == []
    assert set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)`", page, re.M)) == set(ours)


def test_events_carry_ids_codes_amounts_and_times_only(app: object) -> None:
    personal = re.compile(r"mail|phone|address|person|kana|text|body|postal|recipient")
    wrong = [
        f"{name}.{field}"
        for name, kind in events.known().items()
        if kind.__module__.startswith(PACKAGES)
        for field in kind.__dataclass_fields__
        if personal.search(field)
    ]
    assert wrong == []


def test_somebody_emits_every_event_that_is_heard(runtime: Runtime) -> None:
    assert runtime.subscribers.names() <= set(events.known())


def test_migrations_are_one_line_with_one_head() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS))
    script = ScriptDirectory.from_config(settings)
    line = [revision.revision for revision in script.walk_revisions()][::-1]
    assert len(script.get_heads()) == 1
    assert line == [f"{number:04d}" for number in range(1, len(line) + 1)]


def structure(url: str) -> set[tuple[object, ...]]:
    """Columns, constraints and indexes as PostgreSQL itself tells them."""
    queries = (
        (
            "SELECT 'column', table_name, column_name, data_type, character_maximum_length,"
            " is_nullable, column_default, is_identity FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        ),
        (
            "SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        ),
        (
            "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public'"
        ),
    )
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = {tuple(row) for query in queries for row in connection.execute(text(query))}
    engine.dispose()
    return {row for row in found if "alembic_version" not in str(row)}


def test_migrations_make_what_the_models_say(
    database_url: str, unmigrated_database_url: str
) -> None:
    engine = create_engine(unmigrated_database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        METADATA.create_all(connection)
    engine.dispose()
    migrated, modelled = structure(database_url), structure(unmigrated_database_url)
    assert migrated - modelled == set()
    assert modelled - migrated == set()


def test_migrating_twice_changes_nothing(database_url: str, databases: Databases) -> None:
    before = structure(database_url)
    upgrade(database_url)
    assert structure(database_url) == before


def test_every_job_name_resolves() -> None:
    module, _, function = EFFECT_JOB.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_procfile_names_every_process() -> None:
    names = re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.M)
    processes = ["clock", "mcp", "relay", "release", "socket", "streams", "web", "worker"]
    assert sorted(names) == processes


def test_a_worker_listens_to_every_queue() -> None:
    assert "for name in QueueName" in (ROOT / "oms_service/worker.py").read_text()
    assert {str(name) for name in QueueName} == {"effects"}


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later_in_the_code(word: str) -> None:
    assert [str(p.relative_to(ROOT)) for p in sources() if word in p.read_text()] == []
