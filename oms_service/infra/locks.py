"""Locks: the only way to hold rows against others, always in the order of their keys.

Whoever holds several kinds takes them in this order: a name, customers, orders, returns, refunds,
payment methods, papers of stock (purchase orders, transfers, counts) and
reservations, stock levels, cases. An order's row stands for everything of that order: its
lines, holds, payments, refunds and returns change only under it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Connection, String, bindparam, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from oms_service.infra.db import Database, Model
from oms_service.infra.hot import Hot
from oms_service.kernel.errors import NotFound

M = TypeVar("M", bound=Model)

_NAME: Final = Hot(
    select(
        func.pg_advisory_xact_lock(
            func.hashtextextended(bindparam("name", type_=String), literal_column("0"))
        )
    ),
    tuple,
)

_SHARED_NAME: Final = Hot(
    select(
        func.pg_advisory_xact_lock_shared(
            func.hashtextextended(bindparam("name", type_=String), literal_column("0"))
        )
    ),
    tuple,
)


def a_name(session: Session, name: str) -> None:
    """Wait until nobody else holds ``name``, and hold it until this transaction ends.

    For things that do not exist yet and so have no row to lock.
    """
    _NAME.run(session, name=name)


def share_a_name(session: Session, name: str) -> None:
    """Wait until nobody holds ``name`` alone, and keep it so until this transaction ends.

    For those who read what somebody with ``a_name`` changes.
    """
    _SHARED_NAME.run(session, name=name)


def one(session: Session, model: type[M], row_id: int) -> M:
    """The row as it is now, held until this transaction ends.

    Raises:
        NotFound: there is none.
    """
    found = session.get(model, row_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"no {model.__tablename__} {row_id}")
    return found


def those(
    session: Session,
    model: type[M],
    where: ColumnElement[bool],
    *,
    by: Iterable[InstrumentedAttribute[int]],
) -> list[M]:
    """Every row that fits, as it is now, taken in the order of ``by`` and held."""
    query = select(model).where(where).order_by(*by).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


@contextmanager
def turn(database: Database, name: str) -> Iterator[None]:
    """Wait until nobody else has their turn at ``name``, and keep it without a transaction.

    For work that talks to the outside in between. It ends with its process, if not before.
    """
    with database.reading() as connection, turn_on(connection, name):
        yield


@contextmanager
def turn_on(connection: Connection, name: str) -> Iterator[None]:
    """The same on a connection that the caller has and goes on reading with."""
    key = func.hashtextextended(f"turn {name}", 0)
    try:
        connection.execute(select(func.pg_advisory_lock(key)))
        yield
    except BaseException:
        # A job that is ended while it waits may hold its turn or not: its connection knows.
        connection.invalidate()
        raise
    connection.execute(select(func.pg_advisory_unlock(key)))


@contextmanager
def free_turn(database: Database, name: str) -> Iterator[bool]:
    """Have a turn as ``turn`` does if nobody else has it; False where somebody does."""
    with database.reading() as connection:
        key = func.hashtextextended(f"turn {name}", 0)
        try:
            is_mine = bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar())
            yield is_mine
        except BaseException:
            connection.invalidate()
            raise
        if is_mine:
            connection.execute(select(func.pg_advisory_unlock(key)))
