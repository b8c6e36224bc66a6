"""What is learned beside the lanes: how goods leave the house, what scans mean, whom to believe.

- *Indoors*: from each step in the house (placed, allocated, picked, packed) to the hand-over, by
  location, hour and weekday, in working days and the time of day.
- *Scans*: from each scan to the delivery, by what it says, how long its lane would still take, by
  whom and why, in days of delivery and the time of day.
- *Words*: how far off the carrier's own estimates were, beside ours of the same parcel.

All are pooled samples (``pooling``): what is rare leans on what is common.
"""

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.journeys import Journey
from oms_service.shipping.arrivals.pooling import DAY_S, Level, Pool, Sample, grid
from oms_service.shipping.arrivals.weekdays import Closed, open_days
from oms_service.shipping.because import HouseStage
from oms_service.shipping.standing import Said, in_order
from oms_service.shipping.windows import Window, day_of

_HALF_LIFE_DAYS: Final = 60.0
_DAY: Final = timedelta(days=1)

#: After one of these the delivery is still to come.
TELLING: Final = frozenset(
    {
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.ATTEMPTED,
        S.DELAYED,
        S.CUSTOMS_HOLD,
        S.AVAILABLE_FOR_PICKUP,
    }
)
#: Days a lane still takes are told apart from one too few to so many.
_LEAST_LEFT, _MOST_LEFT = -1, 3
_HOURS_TOGETHER: Final = 6
_EARLIEST_HOUR, _LATEST_HOUR = 8, 19
#: Errors of carriers' words beyond these are all alike.
_MOST_EARLY, _MOST_LATE = -3, 7

Key = tuple[str | int, ...]
"""Words and numbers alone, so that JSON can keep it; its length tells its level."""


def indoors_keys(stage: str, location: str, local: datetime) -> tuple[Key, ...]:
    """A step in the house, from coarse to fine."""
    hour = min(_LATEST_HOUR, max(_EARLIEST_HOUR, local.hour))
    return (
        (stage,),
        (stage, location),
        (stage, location, hour // 2),
        (stage, location, hour, local.weekday()),
    )


def scan_keys(
    scan: Said, carrier: str, reason: str, left_days: int, local: datetime
) -> tuple[Key, ...]:
    """What a scan says, from coarse to fine.

    Args:
        scan: the newest that counts.
        carrier: whose it is.
        reason: the newest it gave so far.
        left_days: how many days the lane would still take.
        local: the scan's time in the shop's zone.
    """
    status = str(scan.status)
    left = min(_MOST_LEFT, max(_LEAST_LEFT, left_days))
    return (
        (status,),
        (status, left),
        (status, left, carrier),
        (status, left, carrier, reason),
        (status, left, carrier, reason, local.hour // _HOURS_TOGETHER),
    )


def newest_reason(ordered: Sequence[Said]) -> str:
    """The last cause a carrier gave, of scans in order; empty when it gave none."""
    return next((one.reason for one in reversed(ordered) if one.reason), "")


def given_window(said: Said) -> Window | None:
    """The carrier's own estimate, where the scan brought one."""
    return Window.between(said.estimate_from, said.estimate_until)


def last_day(window: Window, zone: ZoneInfo) -> date:
    """The last day that counts: a midnight closes the day before it."""
    return day_of(window.until - timedelta(microseconds=1), zone)


def shorter(key: Hashable) -> Hashable:
    """The key of the next coarser group."""
    assert isinstance(key, tuple)  # noqa: S101 - keys of this module are
    return key[:-1]


def shorter_indoors(key: Hashable) -> Hashable:
    """Of indoors keys: an hour and a weekday lean on the pair of hours."""
    assert isinstance(key, tuple)  # noqa: S101 - keys of this module are
    return (*key[:2], key[2] // 2) if len(key) == len(("", "", 0, 0)) else key[:-1]


@dataclass(frozen=True)
class Record:
    """How a carrier's words have proved.

    Attributes:
        seen: how many words, the newer the heavier.
        off_days: by how many days they were off, on average.
        ours_off_days: by how many days we were, of the same parcels.
        inside: the share that came within the carrier's window.
        errors: days between its last day and the arrival, ascending; negative is early.
    """

    seen: float
    off_days: float
    ours_off_days: float
    inside: float
    errors: tuple[float, ...]


@dataclass
class _Words:
    seen: deque[tuple[float, float, float, bool]] = field(default_factory=lambda: deque(maxlen=300))

    def record(self, now_s: float) -> Record:
        half_life_s = _HALF_LIFE_DAYS * DAY_S
        weighed = [
            (0.5 ** ((now_s - at_s) / half_life_s), error, ours, is_inside)
            for at_s, error, ours, is_inside in self.seen
        ]
        whole = sum(weight for weight, *_ in weighed)
        return Record(
            whole,
            sum(weight * abs(error) for weight, error, *_ in weighed) / whole,
            sum(weight * ours for weight, _, ours, _ in weighed) / whole,
            sum(weight for weight, _, _, is_inside in weighed if is_inside) / whole,
            tuple(value for value, _ in grid([(error, w) for w, error, *_ in weighed])),
        )


class Signs:
    """Learns from journeys as they end, in the order of time.

    Args:
        zone: the shop's.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._indoors = Pool([Level(300, 0), Level(200, 5), Level(120, 6), Level(80, 6)], 45.0)
        self._scans = Pool(
            [Level(300, 0), Level(300, 4), Level(200, 6), Level(150, 6), Level(120, 6)],
            _HALF_LIFE_DAYS,
        )
        self._words: dict[tuple[str, str], _Words] = {}

    def handed_over(self, journey: Journey, closed: Closed) -> None:
        """Goods have left a house that is ``closed`` on some weekdays."""
        if journey.handed_over_at is None:
            return
        handed = journey.handed_over_at.astimezone(self._zone)
        steps = [*journey.indoors]
        if journey.placed_at is not None:
            steps.append((HouseStage.PLACED, journey.placed_at))
        for stage, at in steps:
            if at > journey.handed_over_at:
                continue
            local = at.astimezone(self._zone)
            days = max(0, open_days(local.date(), handed.date(), closed))
            keys = indoors_keys(str(stage), journey.location or journey.road.origin, local)
            self._indoors.add(keys, handed.timestamp(), days + part_of_day(handed))

    def delivered(self, journey: Journey, closed: Closed, expected: datetime | None) -> None:
        """A parcel has arrived whose lane had let it be ``expected`` when it left."""
        if journey.delivered_at is None or not journey.heard:
            return
        arrived = journey.delivered_at.astimezone(self._zone)
        before = [one for one in in_order(journey.heard) if one.occurred_at < journey.delivered_at]
        for place, one in enumerate(before, start=1):
            if one.status in TELLING:
                self._add_scan(journey, before[:place], expected, arrived, closed)
        self._add_words(journey, before, expected)

    def indoors(self, at: datetime) -> Iterator[tuple[Key, float, Sample]]:
        """Every way of leaving the house as it stands."""
        for _, key, weight, values in self._indoors.settled(at.timestamp(), shorter_indoors):
            yield key, weight, values  # type: ignore[misc]  # keys of this module

    def scans(self, at: datetime) -> Iterator[tuple[Key, float, Sample]]:
        """What every kind of scan means as it stands."""
        for _, key, weight, values in self._scans.settled(at.timestamp(), shorter):
            yield key, weight, values  # type: ignore[misc]  # keys of this module

    def records(self, at: datetime) -> Iterator[tuple[tuple[str, str], Record]]:
        """How each carrier's words have proved, by carrier and service."""
        for key in sorted(self._words):
            yield key, self._words[key].record(at.timestamp())

    def _add_scan(
        self,
        journey: Journey,
        ordered: Sequence[Said],
        expected: datetime | None,
        arrived: datetime,
        closed: Closed,
    ) -> None:
        scan = ordered[-1]
        local = scan.occurred_at.astimezone(self._zone)
        left = days_left(expected, local, self._zone)
        days = max(0, open_days(local.date(), arrived.date(), closed))
        keys = scan_keys(scan, journey.road.carrier, newest_reason(ordered), left, local)
        self._scans.add(keys, arrived.timestamp(), days + part_of_day(arrived))

    def _add_words(
        self, journey: Journey, ordered: Sequence[Said], expected: datetime | None
    ) -> None:
        """Each word once: a carrier that repeats itself is not more right for it."""
        if journey.delivered_at is None or expected is None:
            return
        arrived = journey.delivered_at
        ours = abs((arrived - expected) / _DAY)
        road = journey.road
        last: Window | None = None
        for one in ordered:
            window = given_window(one)
            if window is None or window == last:
                continue
            last = window
            error = (day_of(arrived, self._zone) - last_day(window, self._zone)).days
            error = min(_MOST_LATE, max(_MOST_EARLY, error))
            is_inside = window.start <= arrived < window.until
            for key in ((road.carrier, ""), (road.carrier, road.service)):
                words = self._words.setdefault(key, _Words())
                words.seen.append((arrived.timestamp(), float(error), ours, is_inside))
                if not road.service:
                    break


def days_left(expected: datetime | None, local: datetime, zone: ZoneInfo) -> int:
    """How many days the lane would still take; where nothing was expected, none."""
    return (expected.astimezone(zone).date() - local.date()).days if expected else 0


def part_of_day(local: datetime) -> float:
    return (local.hour * 3600 + local.minute * 60 + local.second) / DAY_S
