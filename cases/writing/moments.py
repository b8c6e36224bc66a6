"""Moments that colleagues pick by name: in an hour, tomorrow morning, next Monday. Pure."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

#: When a day at the desk begins.
MORNING: Final = time(9)
_WEEK: Final = 7


class Preset(StrEnum):
    """A moment with a name."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


def moment(preset: Preset, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment meant, in UTC, always after ``now``; mornings are those of ``zone``."""
    if preset is Preset.HOUR:
        return now + timedelta(hours=1)
    here = now.astimezone(zone)
    ahead = 1 if preset is Preset.TOMORROW else _WEEK - here.weekday()
    day = here.date() + timedelta(days=ahead)
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)
