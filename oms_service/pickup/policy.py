"""When goods are ready, and until when they are kept: pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.kernel.languages import Words

Hours = Sequence[tuple[int, int] | None]
"""From Monday: when a shop opens and closes, in minutes of the day; None where it does not."""

DayOff = Callable[[date], bool]
"""Whether a shop is closed on a day, whatever its hours of the week say."""

_DAY_MINUTES: Final = 24 * 60
#: A shop that is closed for longer than this has no hours at all.
_MOST_DAYS: Final = 60
_EARTH_KM: Final = 6371.0
#: Letters of a code: few enough to read aloud, many enough not to be guessed.
CODE_LENGTH: Final = 8


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On what terms a location hands goods over. The position is in degrees, where known."""

    hours: Hours = ((10 * 60, 20 * 60),) * 7
    handling_minutes: int = 120
    hold_days: int = 7
    extension_days: int = 7
    transfer_days: int = 3
    address: Words
    latitude: float | None = None
    longitude: float | None = None
    version: int = 0

    @property
    def position(self) -> tuple[float, float] | None:
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


def never_off(day: date) -> bool:  # noqa: ARG001 - as DayOff
    """Of a shop that keeps to its hours of the week all year round."""
    return False


def ready_by(
    begins: datetime, terms: Terms, zone: ZoneInfo, day_off: DayOff = never_off
) -> datetime:
    """When goods that are there at ``begins`` are ready: the work is done while the shop is open.

    Where the shop has no hours, or none for two months, the work goes on around the clock.
    """
    left = timedelta(minutes=terms.handling_minutes)
    now = begins
    while True:
        found = _next_open(now, terms.hours, zone, day_off)
        if found is None:
            return now + left
        opens, closes = found
        now = max(now, opens)
        if closes - now >= left:
            return now + left
        left -= closes - now
        now = closes


def kept_until(
    ready: datetime, days: int, terms: Terms, zone: ZoneInfo, day_off: DayOff = never_off
) -> datetime:
    """The end of the day on which goods are last kept: when the shop closes, or midnight."""
    day = ready.astimezone(zone).date() + timedelta(days=days)
    for later in range(_MOST_DAYS):
        last = day + timedelta(days=later)
        open_hours = terms.hours[last.weekday()]
        if open_hours is not None and not day_off(last):
            return _at(datetime.combine(last, time()), open_hours[1], zone)
    return _at(datetime.combine(day, time()), _DAY_MINUTES, zone)


def apart_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two positions in degrees are apart on the surface, by the haversine formula."""
    (lat, lon), (lat2, lon2) = one, other
    half = (
        sin(radians(lat2 - lat) / 2) ** 2
        + cos(radians(lat)) * cos(radians(lat2)) * sin(radians(lon2 - lon) / 2) ** 2
    )
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def spelled(typed: str) -> str:
    """A code as stored, however somebody typed it: without spaces and hyphens, in capitals."""
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())


def _next_open(
    now: datetime, hours: Hours, zone: ZoneInfo, day_off: DayOff
) -> tuple[datetime, datetime] | None:
    """The opening at ``now`` or the next one; None where there is none for two months."""
    today = now.astimezone(zone).date()
    for later in range(_MOST_DAYS):
        day = today + timedelta(days=later)
        open_hours = hours[day.weekday()]
        if open_hours is None or day_off(day):
            continue
        midnight = datetime.combine(day, time())
        closes = _at(midnight, open_hours[1], zone)
        if closes > now:
            return _at(midnight, open_hours[0], zone), closes
    return None


def _at(midnight: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time of a day at the place, in UTC."""
    local = (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC"))
