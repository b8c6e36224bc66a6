"""Apps as ``create_app`` builds them, sharing what has nothing to do with any one test's data.

What SQLAlchemy makes of a statement and Jinja of a template is the same in every test, but it is
kept by an engine and by an app. So a test process keeps its engines, one for each address (they
let go of a database before it is dropped), the code of its templates, what builds its addresses,
and the digests of passwords it has made, which are slow on purpose.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, Literal

from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.pool import QueuePool
from werkzeug.routing import Rule

from oms_service.access import passwords
from oms_service.app import create_app
from oms_service.infra.db import Database
from oms_service.kernel.clock import Clock
from oms_service.settings import Settings


class KeptTemplates(BytecodeCache):
    """Each text of each template compiled once."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


class KeptDigests(PasswordHasher):
    """Each password's digest made once; one that was right once is right."""

    def __init__(self, like: PasswordHasher) -> None:
        super().__init__(like.time_cost, like.memory_cost, like.parallelism)
        self._made: dict[str, str] = {}
        self._right: set[tuple[str, str]] = set()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        if isinstance(password, bytes) or salt is not None:
            return super().hash(password, salt=salt)
        if password not in self._made:
            self._made[password] = super().hash(password)
        return self._made[password]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - as in argon2
        if (hash, password) not in self._right:
            super().verify(hash, password)
            self._right.add((str(hash), str(password)))
        return True


class KeptRule(Rule):
    """A rule that is read, and whose builders of addresses are compiled, once for all apps."""

    _read: ClassVar[dict[tuple[object, ...], Mapping[str, object]]] = {}
    _builders: ClassVar[dict[tuple[object, ...], tuple[Any, Any]]] = {}

    def compile(self) -> None:
        given = tuple(sorted((name, str(value)) for name, value in (self.defaults or {}).items()))
        key = (self.rule, self.subdomain, self.host, self.merge_slashes, given)
        if key not in self._read:
            super().compile()
            parts = ("_parts", "_trace", "_converters", "arguments")
            self._read[key] = {name: vars(self)[name] for name in parts}
            bound: tuple[Any, Any] = (self._build, self._build_unknown)
            self._builders[key] = (bound[0].__func__, bound[1].__func__)
        vars(self).update(self._read[key])
        known, unknown = self._builders[key]
        self._build, self._build_unknown = known.__get__(self), unknown.__get__(self)


TEMPLATES = KeptTemplates()
PATIENCE_S = 5.0
Flask.url_rule_class = KeptRule
vars(passwords)["_HASHER"] = KeptDigests(passwords._HASHER)
_DATABASES: dict[tuple[str, int], Database] = {}
#: Pools of databases that were let go, as long as somebody may give one of their connections back.
_LEFT: list[QueuePool] = []


def settings_for(database_url: str, redis_url: str, folder: Path) -> Settings:
    """Settings of a house on this database and broker, with its files in ``folder``."""
    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "a key for tests, thirty-two characters and more",
            "STATE_DIR": str(folder / "state"),
            "DATABASE_POOL": "5",
        }
    )


@contextmanager
def an_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    adapters: Mapping[tuple[str, str], object] | None = None,
) -> Iterator[Flask]:
    """The whole house on ``settings``; it leaves no request under way."""
    database = _database(settings.database_url, settings.pool_size)
    made = create_app(settings, clock=clock, adapters=adapters, database=database)
    made.jinja_env.bytecode_cache = TEMPLATES
    try:
        yield made
    finally:
        _wait_for_requests(database)


def let_go(url: str) -> None:
    """Close the connections that apps of this process keep to ``url``.

    One that a request has just then comes back to a pool that is closed: such pools are kept, and
    emptied when the next are let go.
    """
    for (known, _size), database in _DATABASES.items():
        if known == url:
            pools = (engine.pool for engine in database.engines)
            _LEFT.extend(pool for pool in pools if isinstance(pool, QueuePool))
            database.close()
    for pool in list(_LEFT):
        pool.dispose()
        if not pool.checkedout():
            _LEFT.remove(pool)


def _wait_for_requests(database: Database) -> None:
    """Let requests that a browser still had under way give their connections back."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and any(
        engine.pool.checkedout()
        for engine in database.engines
        if isinstance(engine.pool, QueuePool)
    ):
        time.sleep(0.01)


def _database(url: str, pool_size: int) -> Database:
    if (url, pool_size) not in _DATABASES:
        _DATABASES[url, pool_size] = Database(url, pool_size=pool_size)
    return _DATABASES[url, pool_size]
