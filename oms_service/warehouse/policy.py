"""What follows from figures of the warehouse: pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.warehouse.states import WorkState

#: Where a location has said nothing: 50 g, or 3 % of what is expected.
TOLERANCE_G: Final = 50
TOLERANCE_BP: Final = 300
_WHOLE_BP: Final = 10_000
_PARTS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A fulfilment in sums, and what keeps it waiting."""

    wanted: int
    picked: int
    shipped: int
    short: int
    is_being_picked: bool
    is_held: bool
    not_before: datetime | None


def work_state(of: Figures, *, now: datetime) -> WorkState:
    """Where the work stands: what is over speaks first, then what waits, then who is at it."""
    if of.wanted == 0:
        return WorkState.CLOSED if of.shipped else WorkState.CANCELLED
    if of.is_held:
        return WorkState.ON_HOLD
    if of.not_before is not None and of.not_before > now:
        return WorkState.SCHEDULED
    if of.picked or of.is_being_picked:
        return WorkState.IN_PROGRESS
    return WorkState.INCOMPLETE if of.shipped or of.short else WorkState.OPEN


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The midnight that ends the day of a moment."""
    day = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), zone).astimezone(moment.tzinfo)


def is_weight_plausible(
    weight_g: int, expected_g: int | None, *, tolerance_g: int, tolerance_bp: int
) -> bool:
    """Whether a box may weigh that; what is not known cannot be wrong."""
    if expected_g is None:
        return True
    allowed = max(tolerance_g, expected_g * tolerance_bp // _WHOLE_BP)
    return abs(weight_g - expected_g) <= allowed


def walking_order(zone: str, code: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Sorts shelves as one walks by them: ``A-2`` comes before ``A-10``."""
    parts = [part for part in _PARTS.split(code) if part]
    return zone, tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
