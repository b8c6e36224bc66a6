"""When things arrive by what was learned, leaning on configured lead times while it is little.

Pure. A ``Foreteller`` is made for one batch of parcels: what it has worked out for a road and a day
it keeps, so that ten thousand parcels cost little more than their different roads.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from math import ceil, floor
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.fitted import Cell, Fitted, Manner
from oms_service.shipping.arrivals.journeys import Road
from oms_service.shipping.arrivals.model import road_to
from oms_service.shipping.arrivals.pooling import DAY_S, GRID
from oms_service.shipping.arrivals.signs import (
    TELLING,
    Record,
    days_left,
    indoors_keys,
    scan_keys,
)
from oms_service.shipping.arrivals.silences import after
from oms_service.shipping.because import HouseStage
from oms_service.shipping.calendars.days import Calendars
from oms_service.shipping.lanes import Lane
from oms_service.shipping.points import RANKS, Points, at_rank, merged
from oms_service.shipping.standing import Said
from oms_service.shipping.windows import day_of, midnight

#: A configured lead time counts as much as so many parcels of the lane itself.
_CONFIGURED: Final = 5.0
#: A parcel to the same place from somewhere else counts so much of one.
_FROM_ELSEWHERE: Final = 0.25
#: As ``_CONFIGURED``, for what the calendars say of leaving the house, and for what a scan says.
_BY_CALENDAR: Final = 5.0
_BY_RULE: Final = 6.0
#: What has begun to go otherwise is believed half as much after so many days.
_FADES_DAYS: Final = 3.0
_FELT_DAYS: Final = 0.5
#: Three of four parcels come on the usual day of their lane, nearly all by the latest.
_ON_THE_USUAL_DAY: Final = 15
#: Deliveries of a day where nothing is known: evenly from 9 to 19.
_OPENS, _OPEN_FOR = 9 / 24, 10 / 24
#: Nobody keeps closed for longer; a calendar that says so is not believed.
_LONGEST_PAUSE: Final = 30
#: A lane is told apart by weekday only where its own weekday has been seen.
_MOST_CLOSED_SHOWN: Final = 3
_QUARTER, _HALF, _THREE_QUARTERS = 0.25, 0.5, 0.75

USUAL_RANKS: Final = (0.1, 0.9)


@dataclass(frozen=True)
class Ahead:
    """A road from one moment on.

    Attributes:
        points: the arrival.
        learned: how much of it is the shop's own history, from 0 to 1.
        usual_days: what the road takes as a rule, in days of delivery.
        closed: days before the arrival on which nothing is delivered.
        behind_days: how much later than usual parcels come now.
    """

    points: Points
    learned: float
    usual_days: tuple[int, int]
    closed: tuple[date, ...]
    behind_days: float


class Foreteller:
    """Everything known about roads, made for one batch.

    Args:
        zone: the shop's; its days are meant.
        calendars: when houses and carriers work.
        fitted: what was learned.
    """

    def __init__(self, zone: ZoneInfo, calendars: Calendars, fitted: Fitted) -> None:
        self._zone = zone
        self._calendars = calendars
        self._fitted = fitted
        self._roads: dict[tuple[object, ...], Ahead | None] = {}
        self._days: dict[tuple[str, str, date], tuple[float, ...]] = {}
        self._pauses: dict[tuple[str, str, date], int] = {}
        self._scans: dict[tuple[object, ...], Points] = {}
        self._grids: dict[tuple[object, ...], tuple[tuple[float, ...], float]] = {}

    def on_the_road(
        self, road: Road, left_at: datetime, *, lane: Lane | None, extra_days: int, now: datetime
    ) -> Ahead | None:
        """The arrival of what left then; None where nothing is known of its road.

        Args:
            road: who brings it from where to where.
            left_at: when the carrier got it.
            lane: its days as configured.
            extra_days: what an island costs on top.
            now: what has begun to go otherwise counts less the longer it is ago.
        """
        road = self._fitted.likely(road)
        manner = self._fitted.manners.get(road.carrier)
        by_hours = manner is not None and manner.by_hours
        start: object = left_at if by_hours else day_of(left_at, self._zone)
        key = (road, start, lane, extra_days, now.date())
        if key not in self._roads:
            self._roads[key] = self._on_the_road(road, left_at, lane, extra_days, now)
        return self._roads[key]

    def ranks(self, carrier: str) -> tuple[float, float]:
        """The ranks at which an honest window of this carrier's begins and ends."""
        manner = self._fitted.manners.get(carrier)
        return (manner.early, manner.late) if manner else USUAL_RANKS

    def record(self, road: Road) -> Record | None:
        """How this carrier's own words have proved, of this service or else of all."""
        records = self._fitted.records
        return records.get((road.carrier, road.service)) or records.get((road.carrier, ""))

    def after_scan(
        self, scan: Said, road: Road, *, reason: str, expected: datetime | None
    ) -> tuple[Points, float] | None:
        """The arrival after such a scan, and how much it counts from 0 to 1; None if unseen."""
        if scan.status not in TELLING:
            return None
        local = scan.occurred_at.astimezone(self._zone)
        left = days_left(expected, local, self._zone)
        keys = scan_keys(scan, road.carrier, reason, left, local)
        for key in reversed(keys):
            cell = self._fitted.scans.get(key)
            if cell is not None:
                break
        else:
            return None
        memo = (key, local.date(), road.carrier, road.destination)
        if memo not in self._scans:
            self._scans[memo] = self._by_days(cell.days, local.date(), road, 0)
        return self._scans[memo], cell.weight / (cell.weight + _BY_RULE)

    def leaving(
        self,
        stage: HouseStage,
        since: datetime,
        road: Road,
        location_id: int | None,
        *,
        placed_at: datetime,
    ) -> tuple[Points, float]:
        """When goods at a step in the house leave it, and how much of that is learned.

        What was learned counts from the step itself, calendars from the order and its cut-off.

        Raises:
            NeverLeaves: the calendars have no day for it.
        """
        calendar = self.leaves_by_calendar(stage, since, road, location_id, placed_at=placed_at)
        by_calendar = (calendar.timestamp(),) * GRID
        local = since.astimezone(self._zone)
        places = [str(location_id)] if location_id is not None else []
        cell: Cell | None = None
        for place in [*places, road.origin]:
            for key in reversed(indoors_keys(stage, place, local)[1:]):
                cell = cell or self._fitted.indoors.get(key)
        if cell is None:
            return by_calendar, 0.0
        learned = self._out_of_the_house(cell, local.date(), road, location_id)
        share = cell.weight / (cell.weight + _BY_CALENDAR)
        return merged([(learned, share), (by_calendar, 1 - share)]), share

    def leaves_by_calendar(
        self,
        stage: HouseStage,
        since: datetime,
        road: Road,
        location_id: int | None,
        *,
        placed_at: datetime,
    ) -> datetime:
        """When goods leave by the calendars alone.

        Packed, they wait for the carrier only. Before that an order leaves as its cut-off says,
        or, where they came so far only after that, as if it had been placed then.

        Raises:
            NeverLeaves: the calendars have no day for it.
        """
        when, carrier = self._calendars, road.carrier
        if stage is HouseStage.PACKED:
            return when.next_collection(since, location_id=location_id, carrier=carrier)
        leaves = when.next_hand_over(placed_at, location_id=location_id, carrier=carrier)
        if leaves < since:
            leaves = when.next_hand_over(since, location_id=location_id, carrier=carrier)
        return leaves

    def silence(self, road: Road, status: str, heard_at: datetime, *, rule: timedelta) -> timedelta:
        """How long nothing may be heard of a parcel, from its last word on.

        Args:
            road: who brings it from where to where.
            status: where it stood then.
            heard_at: when that was.
            rule: what holds where nothing was learned; of a place that was never sent to with
                this carrier nothing shorter is believed.
        """
        learned = self._fitted.silence_p95(road, status)
        if learned is None:
            return rule
        until = after(heard_at, learned, self._zone, lambda day: not self._pause(road, day))
        silence = until - heard_at
        return silence if self._fitted.has_heard_of(road, status) else max(silence, rule)

    def stuck_at(
        self, stage: str, since: datetime, road: Road, location_id: int | None
    ) -> datetime | None:
        """When goods have stood at a step in the house for longer than nineteen of twenty do.

        None where too little was seen of that step there.
        """
        learned = self._fitted.stage_p95(location_id, stage)
        if learned is None:
            return None
        leaves_on = partial(self.leaves_on, road, location_id)
        return after(since, learned, self._zone, leaves_on)

    def delivers_on(self, road: Road, day: date) -> bool:
        """Whether anything is delivered there on a day, by what was seen and what is told."""
        manner = self._fitted.manners.get(road.carrier)
        if manner is not None and day.weekday() in manner.closed:
            return False
        return self._calendars.delivers(road.carrier, day, region=road.destination)

    def leaves_on(self, road: Road, location_id: int | None, day: date) -> bool:
        """Whether anything leaves the house with the carrier on a day."""
        if day.weekday() in self._fitted.shut.get(road.origin, ()):
            return False
        return self._calendars.works(location_id, day) and self._calendars.picks_up(
            road.carrier, day, location_id=location_id
        )

    def _on_the_road(
        self, road: Road, left_at: datetime, lane: Lane | None, extra_days: int, now: datetime
    ) -> Ahead | None:
        day = day_of(left_at, self._zone)
        manner = self._fitted.manners.get(road.carrier)
        days, learned = self._grid(road, day.weekday(), lane)
        if not days:
            return None
        around_the_clock = (
            self._by_hours(road, left_at, extra_days)
            if manner is not None and manner.by_hours and learned > _HALF
            else None
        )
        points, usual = around_the_clock or (
            self._by_days(days, day, road, extra_days),
            (floor(at_rank(days, _QUARTER)), floor(at_rank(days, _THREE_QUARTERS))),
        )
        shift = self._behind(manner, now) * learned
        return Ahead(
            _shifted(points, shift * DAY_S),
            learned,
            (usual[0] + extra_days, usual[1] + extra_days),
            self._closed(road, day, points[GRID // 2]),
            shift,
        )

    def _grid(self, road: Road, weekday: int, lane: Lane | None) -> tuple[tuple[float, ...], float]:
        """Days after the midnight of leaving, and how much of them is learned."""
        key = (road, weekday, lane)
        if key not in self._grids:
            self._grids[key] = self._mixed(road, weekday, lane)
        return self._grids[key]

    def _mixed(
        self, road: Road, weekday: int, lane: Lane | None
    ) -> tuple[tuple[float, ...], float]:
        cells = self._fitted.days
        full = (road.origin, road.destination, road.carrier, road.service)
        own, there = cells.get(full), cells.get(road_to(road))
        cell = cells.get((*full, weekday)) or own or there
        seen = (own.weight if own else 0.0) + _FROM_ELSEWHERE * (there.weight if there else 0.0)
        if lane is None:
            return (cell.days, seen / (seen + _CONFIGURED)) if cell else ((), 0.0)
        whole = cells.get((road.carrier, road.service)) or cells.get(())
        configured = _configured(lane, whole)
        if cell is None:
            return configured, 0.0
        share = seen / (seen + _CONFIGURED)
        return merged([(cell.days, share), (configured, 1 - share)]), share

    def _by_hours(
        self, road: Road, left_at: datetime, extra_days: int
    ) -> tuple[Points, tuple[int, int]] | None:
        cells = self._fitted.hours
        full = (road.origin, road.destination, road.carrier, road.service)
        cell = cells.get(full) or cells.get(road_to(road))
        if cell is None:
            return None
        start = left_at.timestamp() + extra_days * DAY_S
        usual = (
            round(at_rank(cell.days, _QUARTER)),
            ceil(at_rank(cell.days, _THREE_QUARTERS)),
        )
        points = tuple(start + days * DAY_S for days in cell.days)
        return self._when_open(points, road), usual

    def _when_open(self, points: Points, road: Road) -> Points:
        """The moments, those of days without delivery at the same hour of the next with one."""
        days = [datetime.fromtimestamp(at_s, self._zone).date() for at_s in (points[0], points[-1])]
        between = range((days[1] - days[0]).days + 1)
        if not any(self._pause(road, days[0] + timedelta(days=day)) for day in between):
            return points
        return tuple(
            sorted(
                at_s + DAY_S * self._pause(road, datetime.fromtimestamp(at_s, self._zone).date())
                for at_s in points
            )
        )

    def _pause(self, road: Road, day: date) -> int:
        """How many days after this one something is delivered; 0 on most days."""
        key = (road.carrier, road.destination, day)
        if key not in self._pauses:
            pause = 0
            while pause < _LONGEST_PAUSE and not self.delivers_on(
                road, day + timedelta(days=pause)
            ):
                pause += 1
            self._pauses[key] = pause % _LONGEST_PAUSE
        return self._pauses[key]

    def _by_days(self, days: tuple[float, ...], first: date, road: Road, extra_days: int) -> Points:
        """Days of delivery after a day and times of day, as moments."""
        begins = self._delivery_days(road, first)
        last = len(begins) - 1
        found = []
        for value in days:
            whole = int(value)
            begin = begins[min(last, whole + extra_days)]
            found.append(begin + (value - whole) * DAY_S)
        return tuple(found)

    def _delivery_days(self, road: Road, first: date) -> tuple[float, ...]:
        """The midnights of ``first`` and of the days of delivery after it."""
        key = (road.carrier, road.destination, first)
        known = self._days.get(key)
        if known is None:
            found, day, pause = [first], first, 0
            while len(found) < _LONGEST_PAUSE:
                day += timedelta(days=1)
                pause += 1
                if pause > _LONGEST_PAUSE or self.delivers_on(road, day):
                    found.append(day)
                    pause = 0
            known = tuple(midnight(one, self._zone).timestamp() for one in found)
            self._days[key] = known
        return known

    def _out_of_the_house(
        self, cell: Cell, first: date, road: Road, location_id: int | None
    ) -> Points:
        """Working days after a day and times of day, as moments."""
        open_days, day = [first], first
        for _ in range(_LONGEST_PAUSE + int(cell.days[-1])):
            if len(open_days) > cell.days[-1]:
                break
            day += timedelta(days=1)
            if self.leaves_on(road, location_id, day):
                open_days.append(day)
        last = len(open_days) - 1
        return tuple(
            midnight(open_days[min(last, int(value))], self._zone).timestamp()
            + (value - int(value)) * DAY_S
            for value in cell.days
        )

    def _behind(self, manner: Manner | None, now: datetime) -> float:
        as_of = self._fitted.as_of
        if manner is None or as_of is None or not manner.behind_days:
            return 0.0
        age_days = max(0.0, (now - as_of).total_seconds() / DAY_S)
        shift = float(manner.behind_days * 0.5 ** (age_days / _FADES_DAYS))
        return shift if abs(shift) >= _FELT_DAYS else 0.0

    def _closed(self, road: Road, left: date, arrival_s: float) -> tuple[date, ...]:
        """The first days between leaving and arriving on which nothing is delivered."""
        found: list[date] = []
        day = left + timedelta(days=1)
        until = datetime.fromtimestamp(arrival_s, self._zone).date()
        while day < until and len(found) < _MOST_CLOSED_SHOWN:
            if not self.delivers_on(road, day):
                found.append(day)
            day += timedelta(days=1)
        return tuple(found)


def _configured(lane: Lane, whole: Cell | None) -> tuple[float, ...]:
    """A configured lead time in days, with the carrier's own times of day where they are known."""
    late = lane.late_days - lane.usual_days
    steps = GRID - _ON_THE_USUAL_DAY
    days = [
        lane.usual_days + (ceil(late * (place - _ON_THE_USUAL_DAY + 1) / steps))
        if place >= _ON_THE_USUAL_DAY
        else lane.usual_days
        for place in range(GRID)
    ]
    parts = sorted(day - int(day) for day in whole.days) if whole else None
    found = []
    for place, day in enumerate(days):
        first = bisect_left(days, day)
        count = days.count(day)
        rank = (place - first + 0.5) / count
        part = parts[int(rank * GRID)] if parts else _OPENS + _OPEN_FOR * rank
        found.append(day + part)
    return tuple(found)


def _shifted(points: Points, by_s: float) -> Points:
    """Later or earlier by so much; not all are held up alike, so one end moves by half."""
    if not by_s:
        return points
    if by_s > 0:
        moved = [at + by_s * min(1.0, 0.5 + rank) for at, rank in zip(points, RANKS, strict=True)]
    else:
        moved = [at + by_s * min(1.0, 1.5 - rank) for at, rank in zip(points, RANKS, strict=True)]
    return tuple(sorted(moved))
