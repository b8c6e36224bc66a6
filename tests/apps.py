"""Apps as ``create_app`` builds them, sharing what has nothing to do with any one test's data.

What SQLAlchemy makes of a statement and Jinja of a template is the same in every test, but it is
kept by an engine and by an app. So a test process keeps its engines, one for each address (they
let go of a database before it is dropped), the code of its templates, what builds its addresses,
and the digests of passwords it has made, which are slow on purpose.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, Literal

from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.pool import QueuePool
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

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


class KeptMap(Map):
    """The addresses of an app; apps with the same ones share the rules and what finds them."""

    _made: ClassVar[dict[tuple[object, ...], Rule]] = {}
    _finders: ClassVar[
        dict[tuple[int, ...], tuple[StateMachineMatcher, dict[Any, list[Rule]]]]
    ] = {}

    def __init__(self, *given: Any, **named: Any) -> None:
        self._added: list[Rule] = []
        super().__init__(*given, **named)

    @classmethod
    def rule(cls, address: str, *, methods: Iterable[str], **options: Any) -> Rule:
        """What Flask adds for an address: the same rule for every app that asks for the same."""
        named = tuple((name, repr(value)) for name, value in sorted(options.items()))
        key = (address, frozenset(methods), named)
        if key not in cls._made:
            cls._made[key] = Rule(address, methods=methods, **options)
        return cls._made[key]

    def add(self, rulefactory: RuleFactory) -> None:
        for rule in rulefactory.get_rules(self):
            if vars(rule)["map"] is None:
                rule.bind(self)
            self._added.append(rule)
        self._remap = True

    def update(self) -> None:
        """What finds an app's addresses is made by the first app that has them."""
        with self._remap_lock:
            if not self._remap:
                return
            key = tuple(map(id, self._added))
            if key not in self._finders:
                self._finders[key] = self._find_by(self._added)
            self._matcher, self._rules_by_endpoint = self._finders[key]
            self._remap = False

    def _find_by(self, rules: Iterable[Rule]) -> tuple[StateMachineMatcher, dict[Any, list[Rule]]]:
        matcher = StateMachineMatcher(self.merge_slashes)
        by_endpoint: dict[Any, list[Rule]] = {}
        for rule in rules:
            if not rule.build_only:
                matcher.add(rule)
            by_endpoint.setdefault(rule.endpoint, []).append(rule)
        matcher.update()
        for same in by_endpoint.values():
            same.sort(key=Rule.build_compare_key)
        return matcher, by_endpoint


TEMPLATES = KeptTemplates()
PATIENCE_S = 5.0
Flask.url_map_class = KeptMap
Flask.url_rule_class = staticmethod(KeptMap.rule)  # type: ignore[assignment]  # makes one
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
