"""Reading stock: what is free, what is promised to whom, and why a level is what it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Row, bindparam, cast, func, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, among, named
from oms_service.infra.once import learn, once
from oms_service.inventory.models import Allocation, Location, StockLevel, StockMovement
from oms_service.inventory.policy import Pick, available
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel import pages
from oms_service.kernel.languages import Words
from oms_service.kernel.pages import Page

Reader = Session | Connection

_LEVEL: Final = (
    StockLevel.variant_id,
    StockLevel.location_id,
    StockLevel.on_hand,
    StockLevel.allocated,
    StockLevel.reserved,
    StockLevel.safety,
    StockLevel.incoming,
    StockLevel.damaged,
    StockLevel.quality_control,
    StockLevel.reorder_point,
)
_LOCATION: Final = (
    Location.id,
    Location.code,
    Location.kind,
    Location.name,
    Location.region,
    Location.zone,
    Location.cut_off_hour,
)


@dataclass(frozen=True)
class LocationView:
    id: int
    code: str
    kind: LocationKind
    name: Words
    region: str
    zone: str
    #: Orders that come in before this hour leave on the same day; in the location's zone.
    cut_off_hour: int = 14


@dataclass(frozen=True)
class LevelView:
    """One level; ``available`` is what may be promised, without any channel's buffer."""

    variant_id: int
    location_id: int
    on_hand: int
    allocated: int
    reserved: int
    safety: int
    incoming: int
    damaged: int
    quality_control: int
    reorder_point: int = 0

    @property
    def available(self) -> int:
        return self.available_in(0)

    def available_in(self, buffer: int) -> int:
        """What a sales channel may promise that leaves ``buffer`` units untouched."""
        return available(
            on_hand=self.on_hand,
            allocated=self.allocated,
            reserved=self.reserved,
            safety=self.safety,
            buffer=buffer,
        )

    @property
    def free(self) -> int:
        """As ``available``, but below nothing where safety stock is used up."""
        return self.on_hand - self.allocated - self.reserved - self.safety

    @property
    def is_low(self) -> bool:
        return self.free <= self.reorder_point


@dataclass(frozen=True)
class Availability:
    """What may be promised of one variant: overall, and by location in use.

    The buffer of a channel is taken off each location. ``incoming`` is not available yet.
    """

    variant_id: int
    overall: int
    by_location: Mapping[int, int]
    incoming: int


class Only(StrEnum):
    """Which levels a list shows."""

    ALL = "all"
    LOW = "low"
    NEGATIVE = "negative"
    APART = "apart"
    INCOMING = "incoming"


@dataclass(frozen=True)
class Entry:
    """One movement with what every column of the level was after it."""

    id: int
    kind: MovementKind
    at: datetime
    actor: str
    cause: str
    reason: str
    changes: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True)
class LedgerLine:
    """One movement of a level, and what the level's sums were after it."""

    kind: MovementKind
    at: datetime
    actor: str
    cause: str
    reason: str
    on_hand: int
    allocated: int
    on_hand_after: int
    allocated_after: int


def availability(reader: Reader, variant_ids: Collection[int]) -> tuple[LevelView, ...]:
    """Every level of these variants, by variant and location."""
    query = (
        select(*_LEVEL)
        .where(StockLevel.variant_id.in_(variant_ids))
        .order_by(StockLevel.variant_id, StockLevel.location_id)
    )
    return tuple(_level(row) for row in reader.execute(query))


def _level(row: Row[*tuple[Any, ...]]) -> LevelView:
    return LevelView(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row by column


def to_promise(
    reader: Reader, variant_ids: Collection[int], *, buffer: int = 0
) -> dict[int, Availability]:
    """What may be promised of these variants, in one query however many they are.

    A variant that no location in use keeps has nothing. ``buffer`` is the sales channel's.
    """
    rows = _PROMISABLE.all(reader, variant_ids=list(variant_ids), buffer=buffer)
    places: dict[int, dict[int, int]] = {variant_id: {} for variant_id in variant_ids}
    incoming = dict.fromkeys(variant_ids, 0)
    for variant_id, location_id, units, coming in rows:
        places[variant_id][location_id] = units
        incoming[variant_id] += coming
    return {
        variant_id: Availability(variant_id, sum(by.values()), by, incoming[variant_id])
        for variant_id, by in places.items()
    }


_PROMISABLE: Final = named(
    select(
        StockLevel.variant_id,
        StockLevel.location_id,
        cast(
            func.greatest(
                0,
                StockLevel.on_hand
                - StockLevel.allocated
                - StockLevel.reserved
                - StockLevel.safety
                - bindparam("buffer", type_=Integer),
            ),
            Integer,
        ).label("units"),
        StockLevel.incoming,
    )
    .join(Location, Location.id == StockLevel.location_id)
    .where(StockLevel.variant_id == among("variant_ids"), Location.is_active)
    .order_by(StockLevel.variant_id, StockLevel.location_id)
)


def levels(
    reader: Reader,
    *,
    only: Only = Only.ALL,
    location_id: int | None = None,
    variant_ids: Collection[int] | None = None,
    cursor: str = "",
    limit: int = 100,
) -> Page[LevelView]:
    """Levels of locations in use, by variant and location.

    Args:
        reader: where to read.
        only: low ones (at their reorder point or below), those whose safety stock is used up,
            those with goods set apart or incoming.
        location_id: of one location.
        variant_ids: of these variants.
        cursor: of the page before.
        limit: levels on a page.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    query = (
        select(*_LEVEL)
        .join(Location, Location.id == StockLevel.location_id)
        .where(Location.is_active, *_ONLY[only])
        .order_by(StockLevel.variant_id, StockLevel.location_id)
        .limit(limit + 1)
    )
    if location_id is not None:
        query = query.where(StockLevel.location_id == location_id)
    if variant_ids is not None:
        query = query.where(StockLevel.variant_id.in_(variant_ids))
    if cursor:
        after = tuple(int(part) for part in pages.read(cursor, int, int))
        query = query.where(
            (StockLevel.variant_id > after[0])
            | ((StockLevel.variant_id == after[0]) & (StockLevel.location_id > after[1]))
        )
    rows = [_level(row) for row in reader.execute(query)]
    return pages.cut(
        rows, limit, shown=lambda row: row, key=lambda row: [row.variant_id, row.location_id]
    )


_FREE: Final = StockLevel.on_hand - StockLevel.allocated - StockLevel.reserved - StockLevel.safety
_ONLY: Final[Mapping[Only, tuple[ColumnElement[bool], ...]]] = {
    Only.ALL: (),
    Only.LOW: (StockLevel.reorder_point >= _FREE,),
    Only.NEGATIVE: (_FREE < 0,),
    Only.APART: (StockLevel.damaged + StockLevel.quality_control > 0,),
    Only.INCOMING: (StockLevel.incoming > 0,),
}
_COLUMNS: Final = ("on_hand", "allocated", "reserved", "incoming", "damaged", "quality_control")


def ledger(
    reader: Reader, variant_id: int, location_id: int, *, cursor: str = "", limit: int = 50
) -> Page[Entry]:
    """The movements of one level, newest first, each with the level after it.

    Costs as much as one page, however long the ledger is: the first page starts at the level as
    it is, and a cursor carries what the level was.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    moved = [getattr(StockMovement, column) for column in _COLUMNS]
    kept = [getattr(StockLevel, column).label(f"kept_{column}") for column in _COLUMNS]
    query = (
        select(
            StockMovement.id,
            StockMovement.kind,
            StockMovement.at,
            StockMovement.actor,
            StockMovement.cause,
            StockMovement.reason,
            *moved,
            *kept,
        )
        .join(
            StockLevel,
            (StockLevel.variant_id == StockMovement.variant_id)
            & (StockLevel.location_id == StockMovement.location_id),
        )
        .where(StockMovement.variant_id == variant_id, StockMovement.location_id == location_id)
        .order_by(StockMovement.id.desc())
        .limit(limit + 1)
    )
    now: dict[str, int] | None = None
    if cursor:
        last, *sums = (int(part) for part in pages.read(cursor, *[int] * 7))
        query = query.where(StockMovement.id < last)
        now = dict(zip(_COLUMNS, sums, strict=True))
    told: list[Entry] = []
    for row in reader.execute(query):
        read = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
        after = now or {column: read[f"kept_{column}"] for column in _COLUMNS}
        changes = {column: read[column] for column in _COLUMNS if read[column]}
        told.append(
            Entry(row.id, row.kind, row.at, row.actor, row.cause, row.reason, changes, after)
        )
        now = {column: after[column] - read[column] for column in _COLUMNS}
    return pages.cut(told, limit, shown=lambda one: one, key=_before)


def _before(entry: Entry) -> list[int | str]:
    """Where the next page begins: this movement, and the level before it."""
    return [
        entry.id,
        *(entry.after[column] - entry.changes.get(column, 0) for column in _COLUMNS),
    ]


def why(reader: Reader, variant_id: int, location_id: int) -> tuple[LedgerLine, ...]:
    """The ledger of one level, oldest first: the answer to "why is on-hand 47?"."""
    query = (
        select(
            StockMovement.kind,
            StockMovement.at,
            StockMovement.actor,
            StockMovement.cause,
            StockMovement.reason,
            StockMovement.on_hand,
            StockMovement.allocated,
        )
        .where(StockMovement.variant_id == variant_id, StockMovement.location_id == location_id)
        .order_by(StockMovement.id)
    )
    told: list[LedgerLine] = []
    on_hand = allocated = 0
    for row in reader.execute(query):
        on_hand, allocated = on_hand + row.on_hand, allocated + row.allocated
        told.append(LedgerLine(*row, on_hand, allocated))
    return tuple(told)


@once
def promised(reader: Reader, order_line_ids: Collection[int]) -> tuple[Pick, ...]:
    """What is allocated to these lines, and where it lies."""
    return tuple(_PROMISED.all(reader, order_line_ids=list(order_line_ids)))


_PROMISED: Final = Hot(
    select(
        Allocation.order_line_id,
        Allocation.variant_id,
        Allocation.location_id,
        Allocation.quantity,
    )
    .where(Allocation.order_line_id == among("order_line_ids"))
    .order_by(Allocation.order_line_id, Allocation.location_id),
    Pick,
)


_ALL: Final = Hot(select(*_LOCATION).order_by(Location.code), LocationView)
_IN_USE: Final = Hot(
    select(*_LOCATION).where(Location.is_active).order_by(Location.code), LocationView
)


@once
def locations(reader: Reader) -> tuple[LocationView, ...]:
    """Every location in use, by code."""
    found = tuple(_IN_USE.all(reader))
    for one in found:
        learn(reader, location, one, one.id)
    return found


@once
def all_locations(reader: Reader) -> tuple[LocationView, ...]:
    """Every location, those closed too, by code."""
    return tuple(_ALL.all(reader))


@once
def location(reader: Reader, location_id: int) -> LocationView:
    """The location that rows of others point at, in use or not; it always exists."""
    return _BY_ID.one(reader, location_id=location_id)


_BY_ID: Final = Hot(select(*_LOCATION).where(Location.id == bindparam("location_id")), LocationView)
