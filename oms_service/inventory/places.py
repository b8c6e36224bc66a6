"""Where orders can be sent from: reading it, closing a location and opening it again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import Connection, and_, exists, func, select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.models import Allocation, Location, StockLevel
from oms_service.inventory.states import LocationKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.languages import Words

Reader = Session | Connection

#: Why a location is closed.
REASONS: Final = ("disaster", "stocktaking", "staff", "moving", "holiday", "other")
_MOST_PRIORITY: Final = 10_000
_MOST_MINOR: Final = 10_000_000


class LocationChanged(DomainError):
    """Somebody else has changed this location meanwhile."""

    code: ClassVar[str] = "location-changed"


@dataclass(frozen=True)
class ShippingPoint:
    """A location in use, and whether it sends orders. ``closed_at`` is empty while it is open."""

    id: int
    code: str
    kind: LocationKind
    name: Words
    region: str
    zone: str
    cut_off_hour: int
    ships_orders: bool
    priority: int
    handling_minor: int
    closed_at: datetime | None
    closed_by: str | None
    closed_for: str
    version: int

    @property
    def is_shop(self) -> bool:
        return self.kind is LocationKind.SHOP

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


_COLUMNS: Final = tuple(getattr(Location, name) for name in ShippingPoint.__dataclass_fields__)


_POINTS: Final = Hot(
    select(*_COLUMNS).where(Location.is_active).order_by(Location.priority, Location.id),
    ShippingPoint,
)


def shipping_points(reader: Reader) -> tuple[ShippingPoint, ...]:
    """Every location in use, the preferred ones first."""
    return tuple(_POINTS.all(reader))


@dataclass(frozen=True)
class SendingPlace:
    """Where a location is and by which hour orders come in that leave on the same day."""

    id: int
    code: str
    name: Words
    country: str
    region: str
    zone: str
    cut_off_hour: int


_SENDING: Final = Hot(
    select(*(getattr(Location, name) for name in SendingPlace.__dataclass_fields__)).order_by(
        Location.id
    ),
    SendingPlace,
)
_STAMP: Final = Hot(select(func.count(), func.max(Location.id)), lambda *row: f"{row[0]}.{row[1]}")


def sending_places(reader: Reader) -> list[SendingPlace]:
    """Every location, also those out of use."""
    return _SENDING.all(reader)


def stamp(reader: Reader) -> str:
    """Another word once there is another location; where one is and when it closes never change."""
    return _STAMP.one(reader)


def pickup_points(reader: Reader) -> tuple[ShippingPoint, ...]:
    """Every location in use and open where customers fetch things, the preferred ones first."""
    query = (
        select(*_COLUMNS)
        .where(Location.is_active, Location.is_pickup_point, Location.closed_at.is_(None))
        .order_by(Location.priority, Location.id)
    )
    return tuple(ShippingPoint(*row) for row in reader.execute(query))


def shipping_point(reader: Reader, location_id: int) -> ShippingPoint:
    """One location in use.

    Raises:
        NotFound: there is none of that id.
    """
    query = select(*_COLUMNS).where(Location.is_active, Location.id == location_id)
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such location")
    return ShippingPoint(*row)


def by_code(points: Collection[ShippingPoint], code: str) -> ShippingPoint:
    """The one of that code.

    Raises:
        NotFound: none of them has it.
    """
    for point in points:
        if point.code == code:
            return point
    raise NotFound("no such location")


def close(uow: UnitOfWork, location_id: int, *, reason: str) -> bool:
    """Send nothing from there any more; False when it is closed already.

    Raises:
        NotFound: no such location.
        Invalid: a reason that is none of ``REASONS``.
    """
    if reason not in REASONS:
        raise Invalid("say why it closes", {"reason": f"must be one of {', '.join(REASONS)}"})
    row = locks.one(uow.session, Location, location_id)
    if row.closed_at is not None:
        return False
    row.closed_at, row.closed_by, row.closed_for = uow.now, uow.actor.ref, reason
    row.version += 1
    uow.session.flush()
    return True


def open_again(uow: UnitOfWork, location_id: int) -> bool:
    """Orders may be sent from there again; False when it was not closed.

    Raises:
        NotFound: no such location.
    """
    row = locks.one(uow.session, Location, location_id)
    if row.closed_at is None:
        return False
    row.closed_at, row.closed_by, row.closed_for = None, None, ""
    row.version += 1
    uow.session.flush()
    return True


def rate(
    uow: UnitOfWork,
    location_id: int,
    *,
    ships_orders: bool,
    priority: int,
    handling_minor: int,
    version: int,
) -> ShippingPoint:
    """How willingly orders are sent from there.

    Raises:
        NotFound: no such location.
        LocationChanged: ``version`` is not the one that is stored.
        Invalid: numbers out of their bounds.
    """
    wrong = {}
    if not 0 <= priority <= _MOST_PRIORITY:
        wrong["priority"] = f"must be from 0 to {_MOST_PRIORITY}"
    if not 0 <= handling_minor <= _MOST_MINOR:
        wrong["handling_minor"] = f"must be from 0 to {_MOST_MINOR}"
    if wrong:
        raise Invalid("this location cannot be changed so", wrong)
    row = locks.one(uow.session, Location, location_id)
    if row.version != version:
        raise LocationChanged("this location was changed meanwhile")
    row.ships_orders, row.priority, row.handling_minor = ships_orders, priority, handling_minor
    row.version += 1
    uow.session.flush()
    return shipping_point(uow.session, location_id)


def closed_with_promises(reader: Reader) -> tuple[int, ...]:
    """Locations that are closed and still have something promised to orders."""
    promised = exists().where(Allocation.location_id == Location.id)
    query = select(Location.id).where(Location.closed_at.is_not(None), promised)
    return tuple(reader.execute(query.order_by(Location.id)).scalars())


def promised_lines(
    reader: Reader, location_id: int, *, after: int = 0, limit: int = 200
) -> tuple[tuple[int, int, int], ...]:
    """(order line, variant, units) promised at a location, by line, behind line ``after``."""
    query = (
        select(Allocation.order_line_id, Allocation.variant_id, Allocation.quantity)
        .where(Allocation.location_id == location_id, Allocation.order_line_id > after)
        .order_by(Allocation.order_line_id)
        .limit(limit)
    )
    return tuple((row[0], row[1], row[2]) for row in reader.execute(query))


def promised_units(reader: Reader, location_ids: Collection[int]) -> dict[int, int]:
    """Units promised to orders, by location."""
    query = (
        select(Allocation.location_id, func.sum(Allocation.quantity))
        .where(Allocation.location_id.in_(location_ids))
        .group_by(Allocation.location_id)
    )
    return {row[0]: int(row[1]) for row in reader.execute(query)}


def hold_levels(uow: UnitOfWork, variant_ids: Collection[int]) -> None:
    """Hold every level of these variants, in the order of their keys.

    Whoever takes units back and gives others out in one transaction holds all of them first.
    """
    locks.those(
        uow.session,
        StockLevel,
        and_(StockLevel.variant_id.in_(variant_ids)),
        by=[StockLevel.variant_id, StockLevel.location_id],
    )
