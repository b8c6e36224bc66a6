"""Hot reads: a Core SELECT compiled once, then run by the driver's own cursor.

What SQLAlchemy does around a small statement costs more than the statement. A ``Hot`` keeps what
is the same at every run, the SQL text and the conversions of its values, and leaves the rest out.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.orm import Session

R = TypeVar("R")
Convert = Callable[[Any], Any]


class Compiled(NamedTuple):
    """A statement as the driver takes it; some values are converted on their way in or out."""

    sql: str
    constants: Mapping[str, Any]
    inward: tuple[tuple[str, Convert], ...]
    outward: tuple[tuple[int, Convert], ...]


class Hot(Generic[R]):
    """A SELECT that is asked all the time; each row becomes ``row(*columns)``.

    Give lists as ``= ANY(:list)``: an ``IN`` is another statement for each number of values.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]], row: Callable[..., R]) -> None:
        self._statement = statement
        self._row = row
        self._compiled: Compiled | None = None

    def all(self, reader: Connection | Session, **parameters: object) -> list[R]:
        """Every row. A session goes the ordinary way, which first flushes what it holds."""
        if isinstance(reader, Session):
            return self._ordinary(reader, parameters)
        compiled = self._compiled or self._compile(reader.dialect)
        values = {**compiled.constants, **parameters}
        for name, convert in compiled.inward:
            values[name] = convert(values[name])
        with closing(reader.connection.cursor()) as cursor:
            if tell := reader.dispatch.before_cursor_execute:
                tell(reader, cursor, compiled.sql, values, None, False)  # noqa: FBT003 - the event's own
            try:
                found = cursor.execute(compiled.sql, values).fetchall()
            except psycopg.Error:
                # The ordinary way fails in SQLAlchemy's words and drops a lost connection.
                return self._ordinary(reader, parameters)
        return [self._row(*_converted(columns, compiled.outward)) for columns in found]

    def first(self, reader: Connection | Session, **parameters: object) -> R | None:
        """The first row, or None."""
        return next(iter(self.all(reader, **parameters)), None)

    def _ordinary(self, reader: Connection | Session, parameters: Mapping[str, object]) -> list[R]:
        return [self._row(*columns) for columns in reader.execute(self._statement, parameters)]

    def _compile(self, dialect: Dialect) -> Compiled:
        compiled = self._statement.compile(dialect=dialect)
        binds = [(name, bind) for bind, name in compiled.bind_names.items()]
        inward = [
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in binds
        ]
        outward = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        ]
        self._compiled = Compiled(
            compiled.string,
            {name: bind.effective_value for name, bind in binds if not bind.required},
            tuple((name, convert) for name, convert in inward if convert),
            tuple((place, convert) for place, convert in enumerate(outward) if convert),
        )
        return self._compiled


def _converted(columns: tuple[Any, ...], conversions: tuple[tuple[int, Convert], ...]) -> list[Any]:
    values = list(columns)
    for place, convert in conversions:
        values[place] = convert(values[place])
    return values
