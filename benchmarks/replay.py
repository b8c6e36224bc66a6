"""The SQL of one request, written down once and issued again for others: a floor for writes.

While recording, each statement is kept with its parameters and with the rows it answered. Said
again, ids that the database gives out anew, the request's own tokens and event ids take the place
of the recorded ones wherever they stand, in numbers and within texts.
"""

import json
import pickle
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, event

#: Ids from here on are the database's own; below they are settings of the shop, the same always.
FIRST_ID: Final = 10_000_000
#: Tokens of requests are numbers from here on.
FIRST_TOKEN: Final = 900_000_000

_MOVING: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{8,}")
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """One statement; ``parameters`` is a list where it was executed for many rows."""

    statement: str
    parameters: Parameters | list[Parameters]
    rows: list[tuple[Any, ...]]
    is_reading: bool


@contextmanager
def recording(engine: Engine, reading_engine: Engine) -> Iterator[list[Said]]:
    """Every statement on both pools, in their order."""
    said: list[Said] = []

    def noting(*, is_reading: bool) -> Callable[..., None]:
        def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            said.append(Said(statement, _plain(parameters), _peek(cursor), is_reading))

        return note

    hooks = [(engine, noting(is_reading=False)), (reading_engine, noting(is_reading=True))]
    for of, hook in hooks:
        event.listen(of, "after_cursor_execute", hook)
    try:
        yield said
    finally:
        for of, hook in hooks:
            event.remove(of, "after_cursor_execute", hook)


def write(path: Path, said: Sequence[Said], *, tokens: Sequence[int], body: bytes) -> None:
    """Keep a recording for another process of ours."""
    path.write_bytes(pickle.dumps((list(said), list(tokens), body)))


class Replay:
    """A recording, ready to be said again. One object serves every thread."""

    def __init__(self, path: Path) -> None:
        said, self._tokens, self.body = pickle.loads(path.read_bytes())  # noqa: S301 - written by us
        self._reads = [one for one in said if one.is_reading]
        self._writes = [one for one in said if not one.is_reading]

    def read(self, connection: psycopg.Connection[Any]) -> None:
        """What the request reads before its transaction."""
        for one in self._reads:
            connection.execute(one.statement, one.parameters).fetchall()

    def write(self, connection: psycopg.Connection[Any], tokens: Sequence[int]) -> None:
        """The transaction, with these tokens in the place of the recorded ones; commit after it."""
        now = dict(zip(map(str, self._tokens), map(str, tokens), strict=True))
        cursor = connection.cursor()
        for one in self._writes:
            if isinstance(one.parameters, list):
                cursor.executemany(one.statement, [_anew(row, now) for row in one.parameters])
                continue
            cursor.execute(one.statement, _anew(one.parameters, now))
            if one.rows:
                for before, after in zip(one.rows, cursor.fetchall(), strict=False):
                    _learn(before, after, now)


def _anew(parameters: Parameters, now: dict[str, str]) -> dict[str, Any]:
    return {name: _in_place(value, now) for name, value in parameters.items()}


def _in_place(value: Any, now: dict[str, str]) -> Any:
    if isinstance(value, list):  # one column of many rows
        return [_in_place(one, now) for one in value]
    if isinstance(value, int):
        return int(now.get(str(value), value)) if value >= FIRST_ID else value
    if isinstance(value, str):
        return _MOVING.sub(lambda found: _of(found[0], now), value) if len(value) >= 8 else value
    return uuid.UUID(_of(str(value), now)) if isinstance(value, uuid.UUID) else value


def _of(text: str, now: dict[str, str]) -> str:
    if "-" in text and text not in now:
        now[text] = str(uuid.uuid4())  # noqa: TID251 - an id of a measurement
    return now.get(text, text)


def _learn(before: tuple[Any, ...], after: tuple[Any, ...], now: dict[str, str]) -> None:
    for was, is_now in zip(before, after, strict=True):
        if isinstance(was, int) and was >= FIRST_ID:
            now[str(was)] = str(is_now)


def _plain(parameters: Any) -> Parameters | list[Parameters]:
    """Parameters without the driver's wrappers, as another process can read them."""
    if isinstance(parameters, (list, tuple)) and all(isinstance(p, Mapping) for p in parameters):
        return [_unwrapped(one) for one in parameters]
    return _unwrapped(parameters or {})


def _unwrapped(parameters: Parameters) -> Parameters:
    return {name: _value(value) for name, value in parameters.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, (Json, Jsonb)):
        return (value.dumps or json.dumps)(value.obj)
    return str(value) if isinstance(value, str) else value


def _peek(cursor: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer, left where they are for whoever asked."""
    if cursor.description is None or not cursor.rowcount:
        return []
    rows = cursor.fetchall()
    cursor.scroll(0, mode="absolute")
    return [tuple(row) for row in rows]
