"""Reading stock: what is free, what is promised to whom, and why a level is what it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.inventory.models import Allocation, Location, StockLevel, StockMovement
from oms_service.inventory.policy import Pick, available
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel.languages import Words

Reader = Session | Connection

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

    @property
    def available(self) -> int:
        return available(
            on_hand=self.on_hand,
            allocated=self.allocated,
            reserved=self.reserved,
            safety=self.safety,
        )


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
        select(
            StockLevel.variant_id,
            StockLevel.location_id,
            StockLevel.on_hand,
            StockLevel.allocated,
            StockLevel.reserved,
            StockLevel.safety,
            StockLevel.incoming,
            StockLevel.damaged,
            StockLevel.quality_control,
        )
        .where(StockLevel.variant_id.in_(variant_ids))
        .order_by(StockLevel.variant_id, StockLevel.location_id)
    )
    return tuple(LevelView(*row) for row in reader.execute(query))


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


def promised(reader: Reader, order_line_ids: Collection[int]) -> tuple[Pick, ...]:
    """What is allocated to these lines, and where it lies."""
    query = (
        select(
            Allocation.order_line_id,
            Allocation.variant_id,
            Allocation.location_id,
            Allocation.quantity,
        )
        .where(Allocation.order_line_id.in_(order_line_ids))
        .order_by(Allocation.order_line_id, Allocation.location_id)
    )
    return tuple(Pick(*row) for row in reader.execute(query))


def locations(reader: Reader) -> tuple[LocationView, ...]:
    """Every location in use, by code."""
    query = select(*_LOCATION).where(Location.is_active).order_by(Location.code)
    return tuple(LocationView(*row) for row in reader.execute(query))


def location(reader: Reader, location_id: int) -> LocationView:
    """The location that rows of others point at, in use or not; it always exists."""
    row = reader.execute(select(*_LOCATION).where(Location.id == location_id)).one()
    return LocationView(*row)
