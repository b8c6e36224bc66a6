"""What the house keeps about people: each package shows, erases and moves what is its own.

A package that keeps something about customers has a module ``privacy``, which is a ``Keeper``;
``app`` hands all of them to ``operations.people``. Keepers come in the order in which rows are
locked: conversations, orders and what hangs on them, cases.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import InstrumentedAttribute, Session

from oms_service.infra.db import Model
from oms_service.infra.uow import UnitOfWork

#: Below PostgreSQL's ``deadlock_timeout``: where two wait for each other, this one gives up.
_PATIENCE: Final = "700ms"

Moved = Mapping[str, Sequence[int]]
"""The ids that changed hands, by what they are: enough to move them back exactly."""

Listing = list[dict[str, Any]]


@dataclass(frozen=True)
class Person:
    """One person: all their records, the one in force first, and what else leads to their rows."""

    ids: tuple[int, ...]
    order_ids: tuple[int, ...] = ()
    #: The comparable mail addresses they are known by.
    mails: tuple[str, ...] = ()


class Keeper(Protocol):
    """A package that keeps something about customers."""

    def waiting(self, session: Session, person: Person) -> Sequence[str]:
        """What is still to be done for this person, for which their data are needed."""
        ...

    def export(self, session: Session, person: Person) -> Mapping[str, Any]:
        """All that is kept, in words and numbers that go into a file."""
        ...

    def erase(self, uow: UnitOfWork, person: Person) -> None:
        """Empty every personal column; done again, it empties what has come since."""
        ...

    def move(self, uow: UnitOfWork, *, source: int, to: int) -> Moved:
        """Give all that belongs to one record to another; answer what changed hands."""
        ...

    def move_back(self, uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
        """Give back what ``move`` took from ``source``, as far as ``to`` still has it."""
        ...


@dataclass
class Keepers:
    """Every keeper of the house, by name, in the order of their locks."""

    _keepers: dict[str, Keeper] = field(default_factory=dict)
    _inside: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, name: str, keeper: Keeper, *, inside: Collection[str] = ()) -> None:
        """Add a package that keeps something.

        Args:
            name: what its part of an export is called.
            keeper: the package.
            inside: what of its export only colleagues read: a list, or ``list.column``.
        """
        if name in self._keepers:
            raise ValueError(f"two keepers named {name!r}")
        self._keepers[name] = keeper
        self._inside[name] = frozenset(inside)

    def without_inside(self, exported: Mapping[str, Any]) -> dict[str, Any]:
        """What of an export its customer may have: no notes, and nothing marked as internal."""
        return {
            name: {
                part: [
                    {k: v for k, v in row.items() if f"{part}.{k}" not in self._inside[name]}
                    for row in rows
                    if not row.get("is_internal")
                ]
                for part, rows in parts.items()
                if part not in self._inside[name]
            }
            for name, parts in exported.items()
        }

    def __iter__(self) -> Iterator[tuple[str, Keeper]]:
        return iter(self._keepers.items())


def impatiently(session: Session) -> None:
    """Rather give up than make a customer's message wait: for the rest of this transaction."""
    session.execute(sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))


def shown(model: type[Model], *but: str) -> list[InstrumentedAttribute[Any]]:
    """The columns of a table that mean something outside: no ids, and not those named."""
    return [
        getattr(model, column.key)
        for column in model.__table__.columns
        if not (column.primary_key or column.foreign_keys or column.key in but)
    ]


def listing(session: Session, query: Select[*tuple[Any, ...]]) -> Listing:
    """The rows of a query, each by the names of its columns."""
    return [dict(row._mapping) for row in session.execute(query)]  # noqa: SLF001 - a row's public way to names


def lock(
    session: Session, key: InstrumentedAttribute[int], where: ColumnElement[bool]
) -> list[int]:
    """Hold the rows that fit, in the order of their keys; their ids."""
    return list(session.scalars(select(key).where(where).order_by(key).with_for_update()))


def hand_over(
    session: Session,
    owner: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[int],
    *,
    source: int,
    to: int,
    where: ColumnElement[bool] | None = None,
) -> list[int]:
    """Let rows of ``source`` belong to ``to``; the ids of those that did not before."""
    mine = owner == source if where is None else (owner == source) & where
    ids = lock(session, key, mine)
    _give(session, owner, key, ids, to)
    return ids


def hand_back(
    session: Session,
    owner: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[int],
    ids: Collection[int],
    *,
    source: int,
    to: int,
) -> None:
    """Let those of ``ids`` that still belong to ``to`` belong to ``source`` again."""
    _give(session, owner, key, lock(session, key, key.in_(ids) & (owner == to)), source)


def added(before: Mapping[str, Moved], more: Mapping[str, Moved]) -> Mapping[str, Moved]:
    """Two accounts of what moved, as one."""

    def of(name: str, what: str) -> list[int]:
        return sorted({*before.get(name, {}).get(what, ()), *more.get(name, {}).get(what, ())})

    return {
        name: {what: of(name, what) for what in {**before.get(name, {}), **more.get(name, {})}}
        for name in {**before, **more}
    }


def erased_key(key: InstrumentedAttribute[int]) -> ColumnElement[str]:
    """What stands in a unique column that had to be emptied."""
    return func.concat("erased:", key)


def _give(
    session: Session,
    owner: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[int],
    ids: Collection[int],
    to: int,
) -> None:
    if ids:
        session.execute(
            update(owner.class_)
            .where(key.in_(ids))
            .values({owner: to})
            .execution_options(synchronize_session="fetch")
        )
