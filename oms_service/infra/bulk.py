"""Many rows at once: ids reserved ahead, typed rows in by COPY, all in the caller's transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, cast

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import ColumnElement, Table, any_, literal, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from oms_service.infra.db import Model

#: Any fixed number: one bulk load at a time, so that two imports never read the same gap.
_LOAD_LOCK: Final = 7_203_552


def alone(session: Session) -> None:
    """Wait until no other bulk load runs, and keep others out until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOAD_LOCK})


def reserve(session: Session, model: type[Model], count: int) -> list[int]:
    """Ids for ``count`` rows to come, so that rows can point at each other before they exist."""
    if not count:
        return []
    found = session.execute(
        text(
            "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
        ),
        {"table": _table(model).name, "count": count},
    )
    return sorted(found.scalars())


def among(column: InstrumentedAttribute[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """``column`` is one of ``values``, as one array however many they are."""
    wanted = sorted(set(values))  # type: ignore[type-var]  # ids or codes, which have an order
    return column == any_(literal(wanted, ARRAY(column.type)))


def insert(session: Session, model: type[Model], rows: Sequence[Any]) -> int:
    """COPY ``rows``, frozen dataclasses of one type whose fields are named as the columns.

    Columns that the dataclass leaves out take the model's own defaults.
    """
    if not rows:
        return 0
    table = _table(model)
    names = [field.name for field in fields(rows[0])]
    session.flush()
    statement, tuples = _prepared(table, names, rows)
    cursor = cast(psycopg.Connection[Any], _raw(session)).cursor()
    with cursor, cursor.copy(statement) as copy:
        for values in tuples:
            copy.write_row(values)
    return len(rows)


def _prepared(
    table: Table, names: Sequence[str], rows: Sequence[Any]
) -> tuple[sql.Composed, Iterable[Sequence[Any]]]:
    columns = [table.columns[name] for name in names]
    defaults = [
        (column.name, column.default.arg)
        for column in table.columns
        if column.name not in names and isinstance(column.default, ScalarElementColumnDefault)
    ]
    writers = [_writer(isinstance(column.type, JSONB)) for column in columns]
    fixed = [value for _, value in defaults]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(sql.Identifier(n) for n in [*names, *(name for name, _ in defaults)]),
    )
    read = attrgetter(*names) if len(names) > 1 else lambda row: (getattr(row, names[0]),)
    return statement, (
        [*(write(value) for write, value in zip(writers, read(row), strict=True)), *fixed]
        for row in rows
    )


def _writer(is_json: bool) -> Callable[[Any], Any]:  # noqa: FBT001 - one private caller
    return _as_json if is_json else _as_text


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _as_text(value: Any) -> Any:
    """Enum members as their values; whatever else, as psycopg writes it."""
    return str(value) if isinstance(value, str) else value


def _table(model: type[Model]) -> Table:
    return cast(Table, model.__table__)


def _raw(session: Session) -> object:
    return session.connection().connection.driver_connection
