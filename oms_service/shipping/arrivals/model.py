"""Foretelling arrivals by the better of two ways of looking at a lane, in an honest window.

- *By days*: how many working days after the day of hand-over, and at what time of day, parcels of
  this lane arrive; at placement, together with how many working days goods take to leave.
- *By hours*: how much time passes, for carriers that drive and deliver around the clock.

Both are pooled samples (``pooling``). Which one speaks for a carrier is settled by their errors so
far, the newer the heavier. What has just changed is added (``shocks``). The window's ranks move
with each arrival that falls outside, so that four of five stay inside whatever changes: adaptive
conformal inference (Gibbs and Candès, 2021).
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import floor
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.journeys import Journey, Road, Stage
from oms_service.shipping.arrivals.pooling import DAY_S, Level, Pool, Sample, grid, quantiles
from oms_service.shipping.arrivals.shocks import Shocks
from oms_service.shipping.arrivals.signs import Key
from oms_service.shipping.arrivals.weekdays import Closed, Weekdays, days_until, open_days

#: The share of arrivals that windows are to hold.
COVERAGE: Final = 0.8
_HALF_LIFE_DAYS: Final = 45.0
_MISS: Final = (1 - COVERAGE) / 2
#: Ranks begin wider than they should have to, and move so far with each arrival.
_FIRST_RANK: Final = 0.07
_STEP: Final = 0.01
_NARROWEST: Final = 0.3
_WIDEST: Final = 0.01
#: An error counts this much less with each one after it; beyond three days all are alike.
_FADE: Final = 0.995
_BAD_DAYS: Final = 3.0
#: Ways of leaving the house that are rarer than this are left out.
_RARE: Final = 0.015
#: Before anything was seen: one day to six.
_NOTHING_KNOWN: Final[Sample] = [(tenths / 10, 1.0) for tenths in range(10, 60)]
_EARLIEST_HOUR, _LATEST_HOUR = 8, 19


class Way(StrEnum):
    """How a lane is looked at."""

    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True)
class Forecast:
    """When it will come, and the window that four of five arrivals fall into.

    ``closed`` are weekdays on which this carrier was never seen to deliver; ``shift_days`` is how
    much later than usual its parcels come at the moment.
    """

    road: Road
    stage: Stage
    started_at: datetime
    early: datetime
    median: datetime
    late: datetime
    closed: Closed
    shift_days: float
    #: Each way's median in days from the midnight before the start, and the window's ends.
    medians: Mapping[Way, float]
    spoke: Way
    early_days: float
    late_days: float


@dataclass
class _Carrier:
    """What one carrier's forecasts have come to, at one stage."""

    shocks: Shocks = field(default_factory=Shocks)
    early_rank: float = _FIRST_RANK
    late_rank: float = _FIRST_RANK
    errors: dict[Way, float] = field(default_factory=lambda: dict.fromkeys(Way, 0.0))

    def better(self) -> Way:
        return min(Way, key=lambda way: self.errors[way])

    def learn(self, said: Forecast, arrival_days: float) -> None:
        for way, median in said.medians.items():
            error = min(_BAD_DAYS, abs(arrival_days - median - said.shift_days))
            self.errors[way] = self.errors[way] * _FADE + error
        self.early_rank = _moved(self.early_rank, is_outside=arrival_days < said.early_days)
        self.late_rank = _moved(self.late_rank, is_outside=arrival_days > said.late_days)


def _moved(rank: float, *, is_outside: bool) -> float:
    return min(_NARROWEST, max(_WIDEST, rank + _STEP * (_MISS - is_outside)))


class Arrivals:
    """Learns journeys as they happen, in the order of time, and foretells new ones.

    Args:
        zone: the shop's; its days and weekdays are meant.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        lane_levels = [Level(300, 0), Level(200, 6), Level(120, 6), Level(80, 5)]
        self._days = Pool([*lane_levels, Level(40, 4)], _HALF_LIFE_DAYS)
        self._hours = {stage: Pool(lane_levels, _HALF_LIFE_DAYS) for stage in Stage}
        self._leaving = Pool(
            [Level(300, 0), Level(200, 5), Level(120, 6), Level(80, 6)], _HALF_LIFE_DAYS
        )
        self._delivering = Weekdays()
        self._handing_over = Weekdays()
        self._carriers: dict[tuple[Stage, str], _Carrier] = {}

    def foretell(self, key: int, stage: Stage, road: Road, at: datetime) -> Forecast:
        """When a parcel on this road arrives that was placed, or handed over, at ``at``.

        ``key`` is the caller's, for ``arrived``.
        """
        local = at.astimezone(self._zone)
        now_s, begun = at.timestamp(), _part_of_day(local)
        carrier = self._of(stage, road.carrier)
        samples = {
            Way.DAYS: self._by_days(stage, road, local, now_s) or _NOTHING_KNOWN,
            Way.HOURS: self._by_hours(stage, road, begun, now_s) or _NOTHING_KNOWN,
        }
        spoke, shift = carrier.better(), carrier.shocks.shift(now_s)
        ranks = (carrier.early_rank, 0.5, 1 - carrier.late_rank)
        early, median, late = quantiles(samples[spoke], ranks)
        other = Way.HOURS if spoke is Way.DAYS else Way.DAYS
        medians = {spoke: median, other: quantiles(samples[other], (0.5,))[0]}
        # Not every parcel is held up alike: a shift moves the near end of the window by half.
        early = max(begun, early + (shift / 2 if shift > 0 else shift))
        late = max(early, late + (shift / 2 if shift < 0 else shift))
        middle = min(late, max(early, median + shift))
        midnight_s = now_s - begun * DAY_S
        carrier.shocks.set_out(key, now_s, midnight_s, median)
        return Forecast(
            road=road,
            stage=stage,
            started_at=at,
            early=self._moment(local.date(), early),
            median=self._moment(local.date(), middle),
            late=self._moment(local.date(), late),
            closed=self._delivering.closed(road.carrier),
            shift_days=shift,
            medians=MappingProxyType(medians),
            spoke=spoke,
            early_days=early,
            late_days=late,
        )

    def handed_over(self, journey: Journey) -> None:
        """Goods have left: learn how long that takes."""
        if journey.placed_at is None or journey.handed_over_at is None:
            return
        placed, handed = self._local(journey.placed_at), self._local(journey.handed_over_at)
        origin = journey.road.origin
        self._handing_over.add(origin, handed.date())
        if handed >= placed:
            days = open_days(placed.date(), handed.date(), self._handing_over.closed(origin))
            self._leaving.add(_leaving_keys(origin, placed), handed.timestamp(), float(days))

    def delivered(self, journey: Journey) -> None:
        """A parcel has arrived: learn how long its road takes."""
        if journey.delivered_at is None:
            return
        road, arrived = journey.road, self._local(journey.delivered_at)
        self._delivering.add(road.carrier, arrived.date())
        for stage in Stage:
            start = journey.start(stage)
            if start is not None and start <= journey.delivered_at:
                hours = (journey.delivered_at - start) / timedelta(days=1)
                self._hours[stage].add(_lane_keys(road), start.timestamp(), hours)
        start = journey.handed_over_at or journey.placed_at
        if start is not None and start <= journey.delivered_at:
            day = self._local(start).date()
            days = open_days(day, arrived.date(), self._delivering.closed(road.carrier))
            self._days.add(
                _day_keys(road, day), start.timestamp(), max(0, days) + _part_of_day(arrived)
            )

    def arrived(self, key: int, said: Forecast, delivered_at: datetime) -> float:
        """Learn how right a forecast was; the days from the midnight before its start."""
        carrier = self._of(said.stage, said.road.carrier)
        arrival = self.days_from(said.started_at, delivered_at)
        carrier.shocks.arrived(key, arrival)
        carrier.learn(said, arrival)
        return arrival

    def days_from(self, start: datetime, end: datetime) -> float:
        """Days by the shop's clock from the midnight before ``start`` to ``end``."""
        first, last = self._local(start), self._local(end)
        return (last.date() - first.date()).days + _part_of_day(last)

    def way(self, stage: Stage, carrier: str) -> Way:
        """How this carrier's lanes are looked at best."""
        return self._of(stage, carrier).better()

    def ranks(self, stage: Stage, carrier: str) -> tuple[float, float]:
        """The ranks of the ends of an honest window."""
        of = self._of(stage, carrier)
        return of.early_rank, 1 - of.late_rank

    def shift(self, stage: Stage, carrier: str, at: datetime) -> float:
        """How many days later than usual this carrier's parcels come."""
        return self._of(stage, carrier).shocks.shift(at.timestamp())

    def carriers(self) -> list[str]:
        """Everybody of whom a parcel was foretold or seen."""
        return sorted({carrier for _, carrier in self._carriers})

    def closed(self, carrier: str) -> Closed:
        """Weekdays on which a carrier was never seen to deliver."""
        return self._delivering.closed(carrier)

    def hands_over(self, origin: str) -> Closed:
        """Weekdays on which nothing was seen to leave an origin."""
        return self._handing_over.closed(origin)

    def roads(self, way: Way, at: datetime) -> Iterator[tuple[Key, float, Sample]]:
        """Every lane as it stands after hand-over: its key, what it has seen, its grid.

        Keys go from coarse to fine: nobody, with whom, where to, the whole road, and for days
        the weekday too.
        """
        pool = self._days if way is Way.DAYS else self._hours[Stage.HANDOVER]
        for _, key, weight, values in pool.settled(at.timestamp(), _coarser):
            yield _flat(key), weight, values

    def _by_days(self, stage: Stage, road: Road, local: datetime, now_s: float) -> Sample | None:
        if stage is Stage.HANDOVER:
            return self._on_the_road(road, local.date(), now_s)
        leaving = self._leaving.sample(_leaving_keys(road.origin, local), now_s) or [(0.0, 1.0)]
        shares: dict[float, float] = {}
        for days, weight in leaving:
            shares[days] = shares.get(days, 0.0) + weight
        whole = sum(shares.values())
        closed = self._handing_over.closed(road.origin)
        found: Sample = []
        for days, weight in shares.items():
            if weight / whole < _RARE:
                continue
            wait = days_until(local.date(), int(days), closed)
            after = self._on_the_road(road, local.date() + timedelta(days=wait), now_s)
            if after is None:
                return None
            found += [(wait + value, weight / whole * share) for value, share in grid(after)]
        return found

    def _on_the_road(self, road: Road, day: date, now_s: float) -> Sample | None:
        """From the midnight before hand-over on, closed days counted."""
        sample = self._days.sample(_day_keys(road, day), now_s)
        if sample is None:
            return None
        closed = self._delivering.closed(road.carrier)
        calendar: dict[int, int] = {}
        found: Sample = []
        for value, weight in sample:
            days = floor(value)
            if days not in calendar:
                calendar[days] = days_until(day, days, closed)
            found.append((calendar[days] + value - days, weight))
        return found

    def _by_hours(self, stage: Stage, road: Road, begun: float, now_s: float) -> Sample | None:
        sample = self._hours[stage].sample(_lane_keys(road), now_s)
        return sample and [(begun + value, weight) for value, weight in sample]

    def _of(self, stage: Stage, carrier: str) -> _Carrier:
        return self._carriers.setdefault((stage, carrier), _Carrier())

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    def _moment(self, first: date, days: float) -> datetime:
        """A time by the shop's clock, so many days after a midnight."""
        whole = floor(days)
        midnight = datetime.combine(first + timedelta(days=whole), datetime.min.time(), self._zone)
        return (midnight + timedelta(days=days - whole)).astimezone(self._zone)


def _part_of_day(local: datetime) -> float:
    return (local.hour * 3600 + local.minute * 60 + local.second) / DAY_S


def _coarser(key: Hashable) -> Hashable:
    """The key of the group that a group of lanes leans on."""
    match key:
        case (Road() as road, int()):
            return road
        case Road():
            return road_to(key)
        case (_, carrier, service):
            return (carrier, service)
    return ()


def _flat(key: Hashable) -> Key:
    match key:
        case (Road() as road, int() as weekday):
            return (*_flat(road), weekday)
        case Road():
            return (key.origin, key.destination, key.carrier, key.service)
        case tuple():
            return tuple(str(part) for part in key)
    raise TypeError(f"no key of a lane: {key!r}")


def road_to(road: Road) -> tuple[str, str, str]:
    """All roads that lead to one place with one service."""
    return (road.destination, road.carrier, road.service)


def _lane_keys(road: Road) -> tuple[object, ...]:
    with_whom = (road.carrier, road.service)
    return (), with_whom, road_to(road), road


def _day_keys(road: Road, day: date) -> tuple[object, ...]:
    return *_lane_keys(road), (road, day.weekday())


def _leaving_keys(origin: str, placed: datetime) -> tuple[object, ...]:
    hour = min(_LATEST_HOUR, max(_EARLIEST_HOUR, placed.hour))
    return (), origin, (origin, hour // 2), (origin, hour, placed.weekday())
