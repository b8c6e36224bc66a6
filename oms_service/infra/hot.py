"""Hot statements: Core SQL compiled once, then run by the driver's own cursor.

What SQLAlchemy does around a small statement costs more than the statement. A ``Hot`` keeps what
is the same at every run, the SQL text and the conversions of its values, and leaves the rest out.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

import psycopg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Float,
    Insert,
    Numeric,
    Select,
    Update,
    bindparam,
    column,
    func,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

R = TypeVar("R")
Convert = Callable[[Any], Any]
Statement = Select[*tuple[Any, ...]] | Insert | Update
#: Where a connection keeps its cursor; forgotten when the pool connects anew.
_CURSOR: Final = "oms_hot_cursor"
#: PostgreSQL's own numbers of the types of numbers that are not whole.
_FLOAT8: Final = 701
_NUMERIC: Final = 1700


class Compiled(NamedTuple):
    """A statement as the driver takes it; some values are converted on their way in or out."""

    sql: str
    constants: Mapping[str, Any]
    inward: tuple[tuple[str, Convert], ...]
    outward: tuple[tuple[int, Convert], ...]
    #: How many columns it answers; an INSERT may answer none.
    answers: int


class Hot(Generic[R]):
    """A statement that is said all the time; each row it answers becomes ``row(*columns)``.

    Give lists as ``= ANY(:list)``: an ``IN`` is another statement for each number of values. An
    INSERT names the ``columns`` it is given; the others get their defaults.
    """

    def __init__(
        self, statement: Statement, row: Callable[..., R], *, columns: Sequence[str] = ()
    ) -> None:
        self._statement = statement
        self._row = row
        self._columns = list(columns) or None
        self._compiled: Compiled | None = None
        self._sheet: Hot[R] | None = None

    def all(self, reader: Connection | Session, **parameters: object) -> list[R]:
        """Every row. What a session holds is flushed first."""
        if isinstance(reader, Session):
            found = self._in_session(reader, parameters)
        else:
            try:
                found = self._said(reader, parameters)
            except psycopg.Error:
                # The ordinary way fails in SQLAlchemy's words and drops a lost connection.
                rows = reader.execute(self._statement, parameters)
                return [self._row(*columns) for columns in rows]
        outward, row = self._ready().outward, self._row
        if not outward:
            return [row(*columns) for columns in found]
        return [row(*_converted(columns, outward)) for columns in found]

    def first(self, reader: Connection | Session, **parameters: object) -> R | None:
        """The first row, or None."""
        return next(iter(self.all(reader, **parameters)), None)

    def one(self, reader: Connection | Session, **parameters: object) -> R:
        """The only row."""
        (row,) = self.all(reader, **parameters)
        return row

    def each(self, session: Session, rows: Sequence[Mapping[str, object]]) -> list[R]:
        """Insert every one of some rows by one statement; what it answers, in their order.

        A row that meets ``DO NOTHING`` answers nothing, also where it meets one of the same rows.
        """
        if not rows:
            return []
        if self._sheet is None:
            self._sheet = Hot(self._of_lists(), self._row)
        lists = {name: [row[name] for row in rows] for name in self._columns or ()}
        return self._sheet.all(session, **lists)

    def _of_lists(self) -> Insert:
        """The same INSERT, given a list for each column: the server reads it once for all rows."""
        insert = cast(Insert, self._statement)
        kinds = {name: insert.table.c[name].type for name in self._columns or ()}
        lists = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in kinds.items()]
        rows = func.unnest(*lists).table_valued(*(column(*one) for one in kinds.items()))
        given = rows.render_derived(name="given")
        return insert.from_select(list(kinds), select(*given.c))

    def run(self, session: Session, **parameters: object) -> None:
        """Say it, whatever it answers."""
        self._in_session(session, parameters)

    def _in_session(
        self, session: Session, parameters: Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        """The rows, within the session's transaction.

        Raises:
            DBAPIError: as SQLAlchemy would say it; a connection that is lost is dropped.
        """
        if session.autoflush:
            session.flush()
        connection = session.connection()
        try:
            return self._said(connection, parameters)
        except psycopg.Error as error:
            lost = isinstance(error, psycopg.OperationalError) and connection.connection.closed
            if lost:
                connection.invalidate(error)
            raise DBAPIError.instance(
                self._ready().sql,
                None,
                error,
                psycopg.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=connection.dialect,
            ) from error

    def _said(
        self, connection: Connection, parameters: Mapping[str, object]
    ) -> Sequence[tuple[Any, ...]]:
        compiled = self._ready(connection.dialect)
        values = _inward(compiled, parameters)
        cursor = _cursor(connection)
        if tell := connection.dispatch.before_cursor_execute:
            tell(connection, cursor, compiled.sql, values, None, False)  # noqa: FBT003 - its signature
        cursor.execute(compiled.sql, values)
        if tell := connection.dispatch.after_cursor_execute:
            tell(connection, cursor, compiled.sql, values, None, False)  # noqa: FBT003 - its signature
        return cursor.fetchall() if compiled.answers else []

    def _ready(self, dialect: Dialect | None = None) -> Compiled:
        if self._compiled is None:
            assert dialect is not None  # noqa: S101 - it is compiled before it is said
            self._compiled = self._compile(dialect)
        return self._compiled

    def _compile(self, dialect: Dialect) -> Compiled:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - no DDL comes here
        binds = [(name, bind) for bind, name in compiled.bind_names.items()]
        inward = [
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in binds
        ]
        outward = [
            column.type.dialect_impl(dialect).result_processor(dialect, _wire_type(column.type))
            for column in self._statement.exported_columns
        ]
        return Compiled(
            compiled.string,
            {name: bind.effective_value for name, bind in binds if not bind.required}
            | _defaults(compiled),
            tuple((name, convert) for name, convert in inward if convert),
            tuple((place, convert) for place, convert in enumerate(outward) if convert),
            len(outward),
        )


def named(statement: Select[*tuple[Any, ...]]) -> "Hot[Any]":
    """A hot statement whose rows are called by the names of their columns."""
    names = [str(column.key) for column in statement.exported_columns]
    return Hot(statement, namedtuple("Row", names))


def among(name: str) -> Any:
    """One of the ids of a list that is given under ``name``."""
    return func.any(bindparam(name, type_=ARRAY(BigInteger)))


def one_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """A column that is one of some values that never change; those of a set in one order."""
    return or_(*(column == one for one in sorted(values)))


def value(column: Any) -> Any:
    """A row of one column is its value."""
    return column


def _cursor(connection: Connection) -> psycopg.Cursor[tuple[Any, ...]]:
    """The connection's one cursor for hot statements, which all fetch what they asked at once.

    A cursor knows how to read the types it has met; a new one for each statement would learn that
    anew, which costs half as much as a small statement.
    """
    link = connection.connection
    kept = link.info.get(_CURSOR)
    if kept is None or kept.closed:
        kept = link.info[_CURSOR] = link.cursor()
    return cast(psycopg.Cursor[tuple[Any, ...]], kept)


def _inward(compiled: Compiled, parameters: Mapping[str, object]) -> dict[str, Any]:
    values = {**compiled.constants, **parameters}
    for name, convert in compiled.inward:
        values[name] = convert(values[name])
    return values


def _wire_type(of: TypeEngine[Any]) -> int | None:
    """How the driver gives a number; what is made of other values does not depend on that."""
    if isinstance(of, Float):
        return _FLOAT8
    return _NUMERIC if isinstance(of, Numeric) else None


def _defaults(compiled: SQLCompiler) -> dict[str, Any]:
    """What columns that are not given are filled with."""
    return {column.key: getattr(column.default, "arg", None) for column in compiled.insert_prefetch}


def _converted(columns: tuple[Any, ...], conversions: tuple[tuple[int, Convert], ...]) -> list[Any]:
    values = list(columns)
    for place, convert in conversions:
        values[place] = convert(values[place])
    return values
