"""Reading stock: what is free, what is promised to whom, and why a level is what it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.inventory.models import Allocation, Location, StockLevel, StockMovement
from oms_service.inventory.policy import COLUMNS, Pick, available
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel.languages import Words


@dataclass(frozen=True)
class LocationView:
    id: int
    code: str
    kind: LocationKind
    name: Words
    region: str
    zone: str


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


def availability(
    session: Session | Connection, variant_ids: Collection[int]
) -> tuple[LevelView, ...]:
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
    return tuple(LevelView(*row) for row in session.execute(query))


def why(session: Session | Connection, variant_id: int, location_id: int) -> tuple[LedgerLine, ...]:
    """The ledger of one level, oldest first: the answer to "why is on-hand 47?"."""
    query = (
        select(StockMovement)
        .where(StockMovement.variant_id == variant_id, StockMovement.location_id == location_id)
        .order_by(StockMovement.id)
    )
    told: list[LedgerLine] = []
    sums = dict.fromkeys(COLUMNS, 0)
    for row in session.scalars(query):
        for column in COLUMNS:
            sums[column] += getattr(row, column)
        told.append(
            LedgerLine(
                row.kind,
                row.at,
                row.actor,
                row.cause,
                row.reason,
                row.on_hand,
                row.allocated,
                sums["on_hand"],
                sums["allocated"],
            )
        )
    return tuple(told)


def promised(session: Session | Connection, order_line_ids: Collection[int]) -> tuple[Pick, ...]:
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
    return tuple(Pick(*row) for row in session.execute(query))


def locations(session: Session | Connection) -> tuple[LocationView, ...]:
    """Every location in use, by code."""
    query = select(Location).where(Location.is_active).order_by(Location.code)
    return tuple(
        LocationView(row.id, row.code, row.kind, row.name, row.region, row.zone)
        for row in session.scalars(query)
    )
