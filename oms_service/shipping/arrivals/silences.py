"""How long it is quiet as a rule: between two words of a carrier, and at each step in the house.

- *Silences*: from a scan, or from the hand-over, to the next scan of a parcel that went on, by the
  status it had meanwhile.
- *Stays*: from one step in the house (placed, allocated, picked, packed) to the next.

Both are measured in open time, which stands still on closed days, and kept as their 95th
percentile. What is rare leans on what is common (``pooling``).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.arrivals.pooling import DAY_S, Level, Pool
from oms_service.shipping.arrivals.weekdays import Closed
from oms_service.shipping.because import HouseStage
from oms_service.shipping.standing import in_order
from oms_service.shipping.states import FINAL, MOVING
from oms_service.shipping.windows import day_of, midnight

Key = tuple[str, ...]
Spans = Mapping[Key, float]
"""The 95th percentile of each group, in days of open time."""

RANK: Final = 0.95
#: Fewer have no nineteen of twenty; a coarser group of roads counts as much as so many.
LEAST: Final = 20.0
#: Other houses say less of a house than other roads of a road.
_OTHER_HOUSES: Final = 5.0
#: Where a group of this length is known, the road itself speaks, not only its carrier.
_OF_A_PLACE: Final = len(("status", "carrier", "destination"))
_HALF_LIFE_DAYS: Final = 60.0
#: What has seen less than this adds nothing to what it leans on.
_TOO_LITTLE: Final = 0.5
#: Longer is a parcel that was found again.
_LONGEST_DAYS: Final = 60.0
#: Nobody is closed for longer.
_LONGEST_PAUSE: Final = 400

_Quiet = tuple[float, tuple[Key, ...], float]
"""When a quiet time began, in seconds; its groups; how long it was, in days."""


def silence_keys(status: str, road: Road) -> tuple[Key, ...]:
    """What a road is known as while a parcel has that status, from coarse to fine."""
    place = (status, road.carrier, road.destination)
    return (status,), place[:2], place, (*place, road.origin, road.service)


def stay_keys(stage: str, location: str) -> tuple[Key, ...]:
    """A step in the house, from coarse to fine."""
    return (stage,), (stage, location)


def is_of_the_place(key: Key) -> bool:
    """Whether this group has seen parcels to the same place, with the same carrier."""
    return len(key) >= _OF_A_PLACE


def silences(
    journeys: Iterable[Journey], zone: ZoneInfo, *, at: datetime, closed: Callable[[str], Closed]
) -> dict[Key, float]:
    """How long parcels are silent, by status and road.

    Args:
        journeys: in any order.
        zone: the shop's, whose days are meant.
        at: as of when; what is older counts less.
        closed: weekdays on which a carrier does not deliver.
    """
    found: list[_Quiet] = []
    for journey in journeys:
        weekdays, road = closed(journey.road.carrier), journey.road
        for status, start, end in gaps(journey):
            keys = silence_keys(str(status), road)
            found.append((start.timestamp(), keys, open_days(start, end, zone, weekdays)))
    levels = [Level(2_000, 0), Level(1_000, LEAST), Level(600, LEAST), Level(400, LEAST)]
    return _spans(levels, found, at)


def stays(
    journeys: Iterable[Journey], zone: ZoneInfo, *, at: datetime, closed: Callable[[str], Closed]
) -> dict[Key, float]:
    """How long goods stay at each step in the house, by step and location.

    Args:
        journeys: in any order.
        zone: the shop's, whose days are meant.
        at: as of when; what is older counts less.
        closed: weekdays on which nothing leaves an origin.
    """
    found: list[_Quiet] = []
    for journey in journeys:
        weekdays = closed(journey.road.origin)
        location = journey.location or journey.road.origin
        for stage, start, end in steps(journey):
            keys = stay_keys(str(stage), location)
            found.append((start.timestamp(), keys, open_days(start, end, zone, weekdays)))
    return _spans([Level(1_000, 0), Level(600, _OTHER_HOUSES)], found, at)


def gaps(journey: Journey) -> Iterator[tuple[S, datetime, datetime]]:
    """The status, the beginning and the end of each silence that ended, as jeopardy counts it.

    An unknown word is none, a label that is printed says nothing once the parcel moves, and what
    waits for somebody is not silent.
    """
    status, at = S.PRE_TRANSIT, journey.handed_over_at
    for one in in_order(journey.heard):
        is_label = one.status is S.PRE_TRANSIT and status is not S.PRE_TRANSIT
        if is_label or one.status is S.UNKNOWN:
            continue
        if at is not None and one.occurred_at > at and status in MOVING:
            yield status, at, one.occurred_at
        status, at = one.status, max(at or one.occurred_at, one.occurred_at)
        if status in FINAL:
            return
    came = journey.delivered_at
    if at is not None and came is not None and came > at and status in MOVING:
        yield status, at, came


def steps(journey: Journey) -> Iterator[tuple[HouseStage, datetime, datetime]]:
    """Each step in the house with its beginning and its end: the next step, or the hand-over."""
    if journey.handed_over_at is None:
        return
    times = dict(journey.indoors)
    if journey.placed_at is not None:
        times[HouseStage.PLACED] = journey.placed_at
    end = journey.handed_over_at
    for stage in reversed(HouseStage):
        start = times.get(stage)
        if start is None or start > end:
            continue
        yield stage, start, end
        end = start


def open_days(start: datetime, end: datetime, zone: ZoneInfo, closed: Closed) -> float:
    """The time between two moments in days, without closed days."""
    whole = end - start
    if closed:
        day, last = day_of(start, zone), day_of(end, zone)
        for _ in range(_LONGEST_PAUSE):
            if day > last:
                break
            if day.weekday() in closed:
                begin, until = midnight(day, zone), midnight(day + timedelta(days=1), zone)
                whole -= min(end, until) - max(start, begin)
            day += timedelta(days=1)
    return min(_LONGEST_DAYS, whole.total_seconds() / DAY_S)


def after(
    start: datetime, working: timedelta, zone: ZoneInfo, is_open: Callable[[date], bool]
) -> datetime:
    """The moment at which so much open time has passed: ``open_days`` backwards."""
    at, day, left = start.astimezone(UTC), day_of(start, zone), working
    for _ in range(_LONGEST_PAUSE):
        until = midnight(day + timedelta(days=1), zone)
        if is_open(day):
            if at + left <= until:
                break
            left -= until - at
        at, day = until, day + timedelta(days=1)
    return at + left


def _spans(levels: Sequence[Level], found: list[_Quiet], at: datetime) -> dict[Key, float]:
    pool = Pool(levels, _HALF_LIFE_DAYS)
    for began_s, keys, days in sorted(found):
        pool.add(keys, began_s, days)
    spans: dict[Key, float] = {}
    for key, weight, days in pool.ranked(at.timestamp(), _coarser, RANK):
        assert isinstance(key, tuple)  # noqa: S101 - keys of this module are
        # Enough of the coarsest is enough of all: each finer group leans on it.
        is_enough = weight >= LEAST if len(key) == 1 else key[:1] in spans
        if is_enough and weight >= _TOO_LITTLE:
            spans[key] = days
    return spans


def _coarser(key: Hashable) -> Hashable:
    assert isinstance(key, tuple)  # noqa: S101 - keys of this module are
    return key[: min(len(key) - 1, _OF_A_PLACE)]
