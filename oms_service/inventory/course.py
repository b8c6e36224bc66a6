"""How a level went day by day, from its movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, cast, func, select
from sqlalchemy.orm import Session

from oms_service.inventory.models import StockLevel, StockMovement

#: So many movements are looked back over at most; what was before them is not known.
MOST: Final = 5000


@dataclass(frozen=True)
class DayLevel:
    """Units at the end of a day; of the present day, as they are."""

    day: date
    on_hand: int
    allocated: int


def days(
    reader: Connection | Session,
    variant_id: int,
    location_id: int,
    *,
    which: Sequence[date],
    zone: ZoneInfo,
) -> tuple[DayLevel, ...]:
    """The level at the end of each day, counted back from what it is; one query.

    Args:
        reader: sees committed rows.
        variant_id: of what.
        location_id: where.
        which: days of ``zone`` one after the other, the last of them the present one.
        zone: the shop's.

    Returns:
        In order; without the days before the last ``MOST`` movements, and none where nothing
        was ever kept.
    """
    begin = datetime.combine(which[0], time.min, zone)
    last = (
        select(StockMovement.at, StockMovement.on_hand, StockMovement.allocated)
        .where(StockMovement.variant_id == variant_id, StockMovement.location_id == location_id)
        .order_by(StockMovement.id.desc())
        .limit(MOST)
        .subquery()
    )
    day = cast(func.timezone(zone.key, last.c.at), Date)
    moved = (
        select(
            day.label("day"),
            func.sum(last.c.on_hand).label("on_hand"),
            func.sum(last.c.allocated).label("allocated"),
        )
        .where(last.c.at >= begin)
        .group_by(day)
        .subquery()
    )
    read = select(func.count().label("many"), func.min(last.c.at).label("since")).subquery()
    rows = reader.execute(
        select(
            StockLevel.on_hand.label("now_on_hand"),
            StockLevel.allocated.label("now_allocated"),
            read.c.many,
            read.c.since,
            moved.c.day,
            moved.c.on_hand,
            moved.c.allocated,
        )
        .select_from(StockLevel)
        .join(read, StockLevel.id.is_not(None))
        .outerjoin(moved, StockLevel.id.is_not(None))
        .where(StockLevel.variant_id == variant_id, StockLevel.location_id == location_id)
    ).all()
    if not rows:
        return ()
    first = rows[0]
    known_from = which[0]
    if first.many == MOST:
        # Of the day of the oldest that was read only its end is known.
        known_from = first.since.astimezone(zone).date()
    changes = {row.day: (row.on_hand, row.allocated) for row in rows if row.day is not None}
    on_hand, allocated = first.now_on_hand, first.now_allocated
    found = []
    for one in reversed(which):
        if one < known_from:
            break
        found.append(DayLevel(one, on_hand, allocated))
        by_on_hand, by_allocated = changes.get(one, (0, 0))
        on_hand, allocated = on_hand - by_on_hand, allocated - by_allocated
    return tuple(reversed(found))
