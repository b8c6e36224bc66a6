"""Reading pickups: what lies where for whom, and on what terms shops hand over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, literal, select, tuple_
from sqlalchemy.orm import Session

from oms_service.infra.db import UtcTime
from oms_service.infra.hot import Hot
from oms_service.infra.once import once
from oms_service.inventory import queries as stock
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.pages import Page
from oms_service.pickup.models import Handover, Pickup, PickupPoint, PickupTransfer
from oms_service.pickup.policy import Terms, spelled
from oms_service.pickup.states import OPEN, IdentityCheck, PickupState

Reader = Session | Connection
_DEGREE: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PickupView:
    """One pickup; see ``pickup.models.Pickup``. Times in UTC."""

    id: int
    number: str
    order_id: int | None
    location_id: int
    state: PickupState
    code: str
    is_reservation: bool
    created_at: datetime
    ready_by: datetime
    ready_at: datetime | None
    collect_by: datetime | None
    is_extended: bool
    ended_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def shown_code(self) -> str:
        """The code as people read it, in two halves."""
        half = len(self.code) // 2
        return f"{self.code[:half]}-{self.code[half:]}"

    @property
    def holder(self) -> str:
        """Who holds the units that are reserved for it."""
        return f"pickup:{self.id}"


@dataclass(frozen=True)
class HandoverView:
    """Goods given over the counter; ``units`` by order line."""

    identity_check: IdentityCheck
    units: dict[int, int]
    at: datetime
    by: str


_COLUMNS: Final = tuple(getattr(Pickup, name) for name in PickupView.__dataclass_fields__)
_BY_ID: Final = Hot(select(*_COLUMNS).where(Pickup.id == bindparam("pickup_id")), PickupView)
_OF_ORDER: Final = Hot(
    select(*_COLUMNS).where(Pickup.order_id == bindparam("order_id")), PickupView
)


def by_number(reader: Reader, number: str) -> PickupView:
    """The pickup of that number.

    Raises:
        NotFound: there is none.
    """
    return _one(reader, Pickup.number == number)


def by_id(reader: Reader, pickup_id: int) -> PickupView:
    """The pickup of that id.

    Raises:
        NotFound: there is none.
    """
    found = _BY_ID.first(reader, pickup_id=pickup_id)
    if found is None:
        raise NotFound("no such pickup")
    return found


def by_code(reader: Reader, code: str) -> PickupView:
    """The open pickup of that code, however it was typed.

    Raises:
        NotFound: no open one has it.
    """
    return _one(reader, Pickup.code == spelled(code), Pickup.ended_at.is_(None))


@once
def of_order(reader: Reader, order_id: int) -> PickupView | None:
    """The pickup of an order, if it is fetched in a shop."""
    return _OF_ORDER.first(reader, order_id=order_id)


def of_orders(reader: Reader, order_ids: Collection[int]) -> tuple[PickupView, ...]:
    """The open pickups of these orders, the first promised first."""
    query = (
        select(*_COLUMNS)
        .where(Pickup.order_id.in_(order_ids), Pickup.ended_at.is_(None))
        .order_by(Pickup.ready_by, Pickup.id)
    )
    return tuple(PickupView(*row) for row in reader.execute(query))


def page(
    reader: Reader,
    location_id: int,
    states: Collection[PickupState],
    *,
    cursor: str = "",
    limit: int = 50,
) -> Page[PickupView]:
    """The pickups of a shop in these states, the first promised first.

    Raises:
        Invalid: a cursor of another list.
    """
    where = and_(Pickup.location_id == location_id, Pickup.state.in_(states))
    if cursor:
        micros, last_id = pages.read(cursor, int, int)
        where &= tuple_(Pickup.ready_by, Pickup.id) > (
            literal(_moment(int(micros)), UtcTime()),
            int(last_id),
        )
    query = select(*_COLUMNS).where(where).order_by(Pickup.ready_by, Pickup.id)
    return pages.cut(
        reader.execute(query.limit(limit + 1)).all(),
        limit,
        shown=lambda row: PickupView(*row),
        key=lambda row: [(row.ready_by - _EPOCH) // timedelta(microseconds=1), row.id],
    )


def counts(reader: Reader, location_id: int) -> dict[PickupState, int]:
    """How many open pickups a shop has in each state."""
    query = (
        select(Pickup.state, func.count())
        .where(Pickup.location_id == location_id, Pickup.ended_at.is_(None))
        .group_by(Pickup.state)
    )
    found = {row[0]: int(row[1]) for row in reader.execute(query)}
    return {state: found.get(state, 0) for state in OPEN}


def handovers(reader: Reader, pickup_id: int) -> tuple[HandoverView, ...]:
    """What was given over the counter so far."""
    query = (
        select(Handover.identity_check, Handover.units, Handover.at, Handover.by)
        .where(Handover.pickup_id == pickup_id)
        .order_by(Handover.id)
    )
    return tuple(
        HandoverView(row[0], {int(line): int(count) for line, count in row[1].items()}, *row[2:])
        for row in reader.execute(query)
    )


def transfers_of(reader: Reader, pickup_id: int) -> tuple[int, ...]:
    """The transfers that bring goods for a pickup."""
    query = select(PickupTransfer.transfer_id).where(PickupTransfer.pickup_id == pickup_id)
    return tuple(reader.execute(query.order_by(PickupTransfer.transfer_id)).scalars())


def of_transfer(reader: Reader, transfer_id: int) -> PickupView | None:
    """The pickup for which a transfer brings goods, if it is for one."""
    query = (
        select(*_COLUMNS)
        .join(PickupTransfer, PickupTransfer.pickup_id == Pickup.id)
        .where(PickupTransfer.transfer_id == transfer_id)
    )
    row = reader.execute(query).one_or_none()
    return PickupView(*row) if row else None


def due(reader: Reader, now: datetime, *, limit: int) -> tuple[PickupView, ...]:
    """Open pickups that are kept no longer, the most overdue first."""
    query = (
        select(*_COLUMNS)
        .where(Pickup.ended_at.is_(None), Pickup.collect_by <= now)
        .order_by(Pickup.collect_by, Pickup.id)
        .limit(limit)
    )
    return tuple(PickupView(*row) for row in reader.execute(query))


def terms(reader: Reader, location_id: int) -> Terms:
    """On what terms a location hands goods over; the usual ones where it has said nothing."""
    return all_terms(reader, [location_id])[location_id]


def all_terms(reader: Reader, location_ids: Collection[int]) -> dict[int, Terms]:
    """The terms of each of these locations."""
    columns = PickupPoint.__table__.c
    query = select(*columns).where(PickupPoint.location_id.in_(location_ids))
    said = {row.location_id: _terms(row) for row in reader.execute(query)}
    places = {place.id: place for place in stock.all_locations(reader)}
    return {
        place: said.get(place) or Terms(address=places[place].name)
        for place in location_ids
        if place in places
    }


def _terms(row: Any) -> Terms:
    return Terms(
        hours=tuple((one[0], one[1]) if one else None for one in row.hours),
        handling_minutes=row.handling_minutes,
        hold_days=row.hold_days,
        extension_days=row.extension_days,
        transfer_days=row.transfer_days,
        address=row.address,
        latitude=row.latitude_e6 / _DEGREE if row.latitude_e6 is not None else None,
        longitude=row.longitude_e6 / _DEGREE if row.longitude_e6 is not None else None,
        version=row.version,
    )


def _one(reader: Reader, *where: ColumnElement[bool]) -> PickupView:
    row = reader.execute(select(*_COLUMNS).where(*where)).one_or_none()
    if row is None:
        raise NotFound("no such pickup")
    return PickupView(*row)


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Invalid("this cursor is not valid here", {"cursor": "is no moment"}) from None
