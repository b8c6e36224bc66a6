"""The bulk door of stock: counted levels, many promises, a whole ledger with its levels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.inventory.models import Allocation, Location, StockLevel, StockMovement
from oms_service.inventory.states import LocationKind, MovementKind

#: One statement changes at most so many levels.
_CHUNK = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelRow:
    """The level a ledger adds up to."""

    variant_id: int
    location_id: int
    on_hand: int = 0
    allocated: int = 0
    reserved: int = 0
    safety: int = 0
    incoming: int = 0
    damaged: int = 0
    quality_control: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementRow:
    """One entry of the stock ledger."""

    variant_id: int
    location_id: int
    kind: MovementKind
    on_hand: int = 0
    allocated: int = 0
    incoming: int = 0
    damaged: int = 0
    quality_control: int = 0
    cause: str
    reason: str = ""
    actor: str
    at: datetime
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AllocationRow:
    """Units promised to a line."""

    order_line_id: int
    variant_id: int
    location_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Want:
    """What an open order line still needs."""

    order_line_id: int
    variant_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What somebody counted on a shelf."""

    variant_id: int
    location_id: int
    on_hand: int
    safety: int | None = None


def locations(session: Session) -> dict[str, int]:
    """Every location, by code."""
    return {row.code: row.id for row in session.execute(select(Location.code, Location.id))}


def warehouses(session: Session) -> list[int]:
    """The warehouses in use, oldest first: where open orders look for stock."""
    return list(
        session.scalars(
            select(Location.id)
            .where(Location.kind == LocationKind.WAREHOUSE, Location.is_active)
            .order_by(Location.id)
        )
    )


def write_ledger(
    session: Session,
    movements: Sequence[MovementRow],
    allocations: Sequence[AllocationRow] = (),
    *,
    safety: Mapping[tuple[int, int], int] | None = None,
) -> int:
    """A ledger for levels that do not exist yet; each level becomes the sum of its movements.

    Returns:
        How many levels there are now.
    """
    levels = add_up(movements, safety or {})
    bulk.insert(session, StockLevel, levels)
    bulk.insert(session, StockMovement, movements)
    bulk.insert(session, Allocation, allocations)
    return len(levels)


def add_up(
    movements: Iterable[MovementRow], safety: Mapping[tuple[int, int], int]
) -> list[LevelRow]:
    """The levels that ``movements`` lead to, starting from nothing."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * 5)
    for move in movements:
        total = sums[move.variant_id, move.location_id]
        for index, part in enumerate(
            (move.on_hand, move.allocated, move.incoming, move.damaged, move.quality_control)
        ):
            total[index] += part
    return [
        LevelRow(
            variant_id=place[0],
            location_id=place[1],
            on_hand=total[0],
            allocated=total[1],
            incoming=total[2],
            damaged=total[3],
            quality_control=total[4],
            safety=safety.get(place, 0),
        )
        for place, total in sorted(sums.items())
    ]


def set_counted(
    session: Session, counts: Sequence[Count], *, actor: str, at: datetime, cause: str
) -> tuple[int, int, list[Count]]:
    """Bring levels to what was counted: a first count opens a level, a later one adjusts it.

    Returns:
        How many were opened, how many changed, and the counts refused because more is promised
        to orders than was counted.
    """
    levels = _locked(session, {(count.variant_id, count.location_id) for count in counts})
    moves: list[MovementRow] = []
    opened: list[LevelRow] = []
    changed: list[dict[str, int]] = []
    refused: list[Count] = []
    for count in counts:
        level = levels.get((count.variant_id, count.location_id))
        if level is None:
            opened.append(
                LevelRow(
                    variant_id=count.variant_id,
                    location_id=count.location_id,
                    on_hand=count.on_hand,
                    safety=count.safety or 0,
                )
            )
        elif count.on_hand < level.allocated + level.reserved:
            refused.append(count)
            continue
        difference = count.on_hand - (level.on_hand if level else 0)
        safety = level.safety if level and count.safety is None else count.safety or 0
        if level and (difference or safety != level.safety):
            changed.append({"id": level.id, "on_hand": count.on_hand, "safety": safety})
        if difference:
            moves.append(
                MovementRow(
                    variant_id=count.variant_id,
                    location_id=count.location_id,
                    kind=MovementKind.ADJUSTED if level else MovementKind.OPENING,
                    on_hand=difference,
                    cause=cause,
                    reason="counted" if level else "first count",
                    actor=actor,
                    at=at,
                    key=f"{cause}:{count.variant_id}:{count.location_id}",
                )
            )
    bulk.insert(session, StockLevel, opened)
    if changed:
        session.execute(update(StockLevel), changed)
    bulk.insert(session, StockMovement, moves)
    return len(opened), len(changed), refused


def allocate(
    session: Session,
    wants: Sequence[Want],
    location_ids: Sequence[int],
    *,
    actor: str,
    at: datetime,
) -> dict[int, int]:
    """Promise free units to order lines: earlier wants first, locations in the order given.

    Takes every level it needs under lock, in key order, so it is safe beside a selling shop.

    Returns:
        Units promised by order line; a line that got none is left out.
    """
    variants = sorted({want.variant_id for want in wants})
    levels = _locked(session, {(variant, place) for variant in variants for place in location_ids})
    free = {
        place: level.on_hand - level.allocated - level.reserved - level.safety
        for place, level in levels.items()
    }
    taken: dict[tuple[int, int], int] = defaultdict(int)
    allocations: list[AllocationRow] = []
    promised: dict[int, int] = defaultdict(int)
    for want in wants:
        missing = want.quantity
        for location_id in location_ids:
            place = (want.variant_id, location_id)
            units = min(missing, max(free.get(place, 0), 0))
            if units:
                free[place] -= units
                taken[place] += units
                missing -= units
                promised[want.order_line_id] += units
                allocations.append(
                    AllocationRow(
                        order_line_id=want.order_line_id,
                        variant_id=want.variant_id,
                        location_id=location_id,
                        quantity=units,
                    )
                )
    if taken:
        session.execute(
            update(StockLevel),
            [
                {"id": levels[place].id, "allocated": levels[place].allocated + units}
                for place, units in sorted(taken.items())
            ],
        )
    bulk.insert(session, Allocation, allocations)
    bulk.insert(
        session, StockMovement, [allocated_by(row, actor=actor, at=at) for row in allocations]
    )
    return dict(promised)


def allocated_by(row: AllocationRow, *, actor: str, at: datetime) -> MovementRow:
    """The ledger entry of one allocation."""
    return MovementRow(
        variant_id=row.variant_id,
        location_id=row.location_id,
        kind=MovementKind.ALLOCATED,
        allocated=row.quantity,
        cause=f"order_line:{row.order_line_id}",
        actor=actor,
        at=at,
        key=f"allocated:{row.order_line_id}:{row.location_id}",
    )


def _locked(session: Session, places: set[tuple[int, int]]) -> dict[tuple[int, int], StockLevel]:
    found: dict[tuple[int, int], StockLevel] = {}
    ordered = sorted({variant_id for variant_id, _ in places})
    for start in range(0, len(ordered), _CHUNK):
        rows = session.scalars(
            select(StockLevel)
            .where(StockLevel.variant_id.in_(ordered[start : start + _CHUNK]))
            .order_by(StockLevel.variant_id, StockLevel.location_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found |= {
            (row.variant_id, row.location_id): row
            for row in rows
            if (row.variant_id, row.location_id) in places
        }
    return found
