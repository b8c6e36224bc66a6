"""Saved views of the inbox: put together by colleagues, for themselves or for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select
from sqlalchemy.orm import Session

from cases.finding import filters
from cases.finding.filters import Filters
from cases.finding.models import SavedView
from cases.finding.states import Sort
from oms_service.infra import locks
from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale

Reader = Connection | Session

#: So many of one's own, and so many that are shared.
MOST: Final = 30
LONGEST_NAME: Final = 60
LAST: Final = 999


class TooManyViews(DomainError):
    """Nobody reads so many."""

    code = "too-many-views"


@dataclass(frozen=True, kw_only=True)
class ViewWish:
    """A view as somebody wants it; ``position`` orders views, the smallest first."""

    name: str
    filters: Filters
    sort: Sort = Sort.PRIORITY
    is_shared: bool = False
    position: int = 100


@dataclass(frozen=True, kw_only=True)
class StoredView:
    """A saved view as it is."""

    id: int
    public_id: str
    owner_id: int | None
    name: str
    is_shared: bool
    filters: Filters
    sort: Sort
    position: int
    version: int
    created_at: datetime


def of(reader: Reader, staff_id: int | None) -> list[StoredView]:
    """One's own and the shared ones, in their order; a program sees the shared ones."""
    return _OF.all(reader, staff_id=staff_id)


def one(reader: Reader, public_id: str, staff_id: int | None) -> StoredView:
    """A view one may see.

    Raises:
        NotFound: there is none, or it is somebody else's own.
    """
    found = next((view for view in of(reader, staff_id) if view.public_id == public_id), None)
    if found is None:
        raise NotFound("no such view")
    return found


def save(uow: UnitOfWork, wish: ViewWish, *, shares: bool) -> StoredView:
    """Keep a view.

    Args:
        uow: whose actor it belongs to; a program's belongs to everybody.
        wish: the view.
        shares: whether the actor may share views with everybody.

    Raises:
        Invalid: its name is empty or too long, or it is to be shared by somebody who may not.
        TooManyViews: there are as many as anybody reads.
    """
    owner_id = _staff(uow)
    _check(wish, shares=shares)
    locks.a_name(uow.session, "case-views:shared" if wish.is_shared else f"case-views:{owner_id}")
    _leave_room(uow, owner_id, is_shared=wish.is_shared)
    row = SavedView(
        public_id=ids.token()[:22],
        owner_id=owner_id,
        created_at=uow.now,
        version=1,
        **_values(wish),
    )
    uow.session.add(row)
    uow.session.flush()
    return _view_of(row)


def change(
    uow: UnitOfWork, public_id: str, wish: ViewWish, *, version: int, shares: bool
) -> StoredView:
    """Let a view be as wished; the owner may, and of shared ones whoever may share.

    Raises:
        NotFound: there is none that the actor may change.
        Invalid: its name is empty or too long, or it is to be shared by somebody who may not.
        Stale: it changed since it was read.
    """
    row = _held(uow, public_id, shares=shares)
    if row.version != version:
        raise Stale("somebody changed this view meanwhile")
    _check(wish, shares=shares)
    if wish.is_shared and not row.is_shared:
        locks.a_name(uow.session, "case-views:shared")
        _leave_room(uow, row.owner_id, is_shared=True)
    if row.owner_id is None and not wish.is_shared:
        raise Invalid("this view belongs to everybody", {"is_shared": "cannot be taken back"})
    for name, value in _values(wish).items():
        setattr(row, name, value)
    row.version += 1
    uow.session.flush()
    return _view_of(row)


def drop(uow: UnitOfWork, public_id: str, *, shares: bool) -> None:
    """Take a view away; one that is gone is gone.

    Raises:
        NotFound: there is none that the actor may change.
    """
    uow.session.delete(_held(uow, public_id, shares=shares))
    uow.session.flush()


_COLUMNS: Final = tuple(getattr(SavedView, name) for name in StoredView.__dataclass_fields__)


def _view(row: Sequence[Any]) -> StoredView:
    found = dict(zip(StoredView.__dataclass_fields__, row, strict=True))
    return StoredView(**{**found, "filters": filters.read(found["filters"])})


#: Asked for by every look at the inbox; nobody owns the views of no colleague.
_OF: Final = Hot(
    select(*_COLUMNS)
    .where(or_(SavedView.is_shared, SavedView.owner_id == bindparam("staff_id")))
    .order_by(SavedView.position, SavedView.id)
    .limit(2 * MOST),
    lambda *columns: _view(columns),
)


def _view_of(row: SavedView) -> StoredView:
    return _view([getattr(row, name) for name in StoredView.__dataclass_fields__])


def _values(wish: ViewWish) -> Mapping[str, Any]:
    return {
        "name": wish.name.strip(),
        "is_shared": wish.is_shared,
        "filters": filters.as_data(wish.filters),
        "sort": wish.sort,
        "position": wish.position,
    }


def _check(wish: ViewWish, *, shares: bool) -> None:
    wrong: dict[str, str] = {}
    name = wish.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
        wrong["name"] = f"has 1 to {LONGEST_NAME} characters"
    if not 0 <= wish.position <= LAST:
        wrong["position"] = f"is between 0 and {LAST}"
    if wish.is_shared and not shares:
        wrong["is_shared"] = "is not yours to share"
    if wrong:
        raise Invalid("this view cannot be saved so", wrong)


def _leave_room(uow: UnitOfWork, owner_id: int | None, *, is_shared: bool) -> None:
    mine: ColumnElement[bool] = SavedView.is_shared.is_(is_shared)
    query = select(func.count()).select_from(SavedView).where(mine)
    if not is_shared:
        query = query.where(SavedView.owner_id == owner_id)
    if uow.session.scalars(query).one() >= MOST:
        raise TooManyViews(f"there are {MOST} such views already")


def _held(uow: UnitOfWork, public_id: str, *, shares: bool) -> SavedView:
    mine = SavedView.owner_id == _staff(uow)
    row = uow.session.scalars(
        select(SavedView)
        .where(
            SavedView.public_id == public_id,
            or_(mine, SavedView.is_shared) if shares else mine,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such view")
    return row


def _staff(uow: UnitOfWork) -> int | None:
    return int(uow.actor.id) if uow.actor.kind is ActorKind.STAFF else None
