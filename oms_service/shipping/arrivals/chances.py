"""How likely a parcel misses its promise, learned from where parcels stood and how long in silence.

A parcel stands somewhere: placed, handed over, or where its newest scan says. How likely it is to
miss its promise is the share, among earlier parcels that stood there and were silent for as long,
of those that took longer than there is time left. Shares lean on coarser groups while they are
thin, as ``pooling`` does with samples. Two ways of measuring time compete for each carrier, by
working days and by hours. What has begun to go otherwise for a carrier or a region, such as a
strike or snow, raises the odds of all that are underway with it.
"""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import median
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.journeys import Road
from oms_service.shipping.arrivals.pooling import DAY_S
from oms_service.shipping.arrivals.scanned import Word
from oms_service.shipping.arrivals.weekdays import Closed, Weekdays, open_days

_NEVER: Final = 1e6
_DAY: Final = timedelta(days=1)
_HALF_LIFE: Final = timedelta(days=60)
_FARTHEST: Final = 1000.0
_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
_MEMORY: Final = 400
#: How many observations the next coarser group counts for, from the coarsest on.
_LEANS: Final = (4.0, 3.0, 3.0, 4.0, 5.0)
_NOTHING_KNOWN: Final = 0.1
#: What is usual is the median of the last so many, of no fewer than so many.
_USUAL_OF: Final = 60
_USUAL_FROM: Final = 4
_FADE: Final = 0.98
#: How soon a wave is felt and forgotten, and how much evidence it takes.
_WAVE_HALF_LIFE_DAYS: Final = 2.0
_WAVE_LEAN: Final = 5.0
_MOST: Final = 4.0
_MOST_STEPS: Final = 6


class Way(StrEnum):
    """How time is measured."""

    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel stands, since when; ``step`` counts the words that moved it."""

    since: datetime
    status: str
    step: int = 0
    is_there: bool = False
    reason: str = ""

    def keys(self, road: Road) -> tuple[Hashable, ...]:
        """Its groups, from the coarsest to the finest."""
        what = (self.status, self.reason)
        where = (*what, self.is_there, min(self.step, _MOST_STEPS))
        whom = (*where, road.carrier, road.service)
        return (), self.status, where, whom, (*whom, road.origin, road.destination)


_PLACED, _HANDED_OVER = "placed", "handed_over"
#: Words that move no parcel to another place.
UNMOVING: Final = frozenset({S.PRE_TRANSIT, S.UNKNOWN, S.DELIVERED})
_WORRIES: Final = frozenset({S.DELAYED, S.CUSTOMS_HOLD, S.ATTEMPTED})


def places(
    placed_at: datetime | None,
    handed_over_at: datetime | None,
    words: Sequence[Word],
    destination: str,
) -> Iterator[Place]:
    """Everywhere a parcel stood, in order of time, whatever order and how often words are said."""
    if placed_at is not None:
        yield Place(placed_at, _PLACED)
    if handed_over_at is not None:
        yield Place(handed_over_at, _HANDED_OVER)
    step = 0
    once = {(word.occurred_at, word.status, word.place): word for word in words}
    for _, word in sorted(once.items(), key=lambda pair: pair[0]):
        if word.status in UNMOVING:
            continue
        step += 1
        reason = word.reason if word.status in _WORRIES else ""
        is_there = bool(destination) and word.place == destination
        yield Place(word.occurred_at, str(word.status), step, is_there, reason)


class _Took(NamedTuple):
    """How long a parcel stood somewhere in silence, and how long until it came; in days."""

    silent: float
    hours: float
    days: float

    def beside(self, usual: "_Took") -> "_Took":
        return _Took(self.silent - usual.silent, self.hours - usual.hours, self.days - usual.days)


@dataclass(slots=True)
class _Group:
    """Parcels that stood alike.

    ``seen``: what each counts, and how much longer than usual on its road it took; ``raw``: how
    long the last ones took.
    """

    seen: deque[tuple[float, _Took]] = field(default_factory=lambda: deque(maxlen=_MEMORY))
    raw: deque[_Took] = field(default_factory=lambda: deque(maxlen=_USUAL_OF))
    usual: _Took | None = None

    def add(self, weight: float, took: _Took, usual: _Took) -> None:
        self.seen.append((weight, took.beside(usual)))
        self.raw.append(took)
        self.usual = None

    def usually(self) -> _Took:
        if self.usual is None:
            self.usual = _Took(*(median(values) for values in zip(*self.raw, strict=True)))
        return self.usual


@dataclass
class _Wave:
    """How many were late of late, against how many were expected to be."""

    late: float = 0.0
    expected: float = 0.0
    at_s: float = 0.0

    def add(self, now_s: float, chance: float, *, is_late: bool) -> None:
        self._fade(now_s)
        self.late += is_late
        self.expected += chance

    def odds(self, now_s: float) -> float:
        self._fade(now_s)
        ratio = (self.late + _WAVE_LEAN) / (self.expected + _WAVE_LEAN)
        return min(_MOST, max(1 / _MOST, ratio))

    def _fade(self, now_s: float) -> None:
        left = 0.5 ** ((now_s - self.at_s) / (_WAVE_HALF_LIFE_DAYS * DAY_S))
        self.late, self.expected, self.at_s = self.late * left, self.expected * left, now_s


@dataclass(frozen=True)
class Judged:
    """What was thought of one parcel a day ahead."""

    road: Road
    chance_late: float
    by_way: Mapping[Way, float]
    waveless: float


class Chances:
    """Learns where parcels stand and how long they take from there, as it happens.

    Args:
        zone: the shop's; its days are meant.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._groups: list[dict[Hashable, _Group]] = [{} for _ in _LEANS]
        self._delivering = Weekdays()
        self._errors: dict[str, dict[Way, float]] = {}
        self._waves: dict[Hashable, _Wave] = {}

    def judge(self, road: Road, stands: Place, promised_at: datetime, now: datetime) -> Judged:
        """How likely a parcel that stands there misses its promise, as of now."""
        shares = self._shares(road, stands, promised_at, now)
        errors = self._errors.get(road.carrier, {})
        waveless = shares[min(Way, key=lambda way: (errors.get(way, 0.0), way))]
        odds = waveless / (1 - waveless)
        for key in _waves(road):
            wave = self._waves.get(key)
            if wave is not None:
                odds *= wave.odds(now.timestamp())
        return Judged(road, odds / (1 + odds), MappingProxyType(shares), waveless)

    def turned_out(self, judged: Judged, now: datetime, *, is_late: bool) -> None:
        """Learn whether a promise that was judged was kept, as soon as that is known."""
        errors = self._errors.setdefault(judged.road.carrier, dict.fromkeys(Way, 0.0))
        for way, chance in judged.by_way.items():
            errors[way] = errors[way] * _FADE + (chance - is_late) ** 2
        for key in _waves(judged.road):
            self._waves.setdefault(key, _Wave()).add(
                now.timestamp(), judged.waveless, is_late=is_late
            )

    def arrived(
        self, road: Road, stood: Sequence[tuple[Place, datetime]], delivered_at: datetime | None
    ) -> None:
        """Learn from a parcel that came, or that is taken for lost where the time is None.

        Args:
            road: its own.
            stood: where it stood, and when the next was heard of it.
            delivered_at: when it came.
        """
        closed = self._delivering.closed(road.carrier)
        if delivered_at is not None:
            self._delivering.add(road.carrier, delivered_at.astimezone(self._zone).date())
        for place, heard_at in stood:
            if delivered_at is not None and delivered_at < place.since:
                continue
            hours = days = _NEVER
            if delivered_at is not None:
                hours = (delivered_at - place.since) / _DAY
                days = self._open_days(place.since, delivered_at, closed)
            took = _Took((heard_at - place.since) / _DAY, hours, days)
            keys = place.keys(road)
            usual = self._usual(keys) or took
            for groups, key in zip(self._groups, keys, strict=True):
                groups.setdefault(key, _Group()).add(_weight(place.since), took, usual)

    def _usual(self, keys: Sequence[Hashable]) -> _Took | None:
        """What is usual for the finest group that has been seen often enough."""
        for groups, key in zip(reversed(self._groups), reversed(keys), strict=True):
            group = groups.get(key)
            if group is not None and len(group.raw) >= _USUAL_FROM:
                return group.usually()
        return None

    def _shares(
        self, road: Road, stands: Place, promised_at: datetime, now: datetime
    ) -> dict[Way, float]:
        """By each way, which share of those that were silent for as long came too late."""
        by_days = by_hours = _NOTHING_KNOWN
        keys = stands.keys(road)
        usual = self._usual(keys)
        if usual is None:
            return dict.fromkeys(Way, _NOTHING_KNOWN)
        silent = (now - stands.since) / _DAY - usual.silent
        closed = self._delivering.closed(road.carrier)
        days_left = self._open_days(stands.since, promised_at, closed) - usual.days
        hours_left = (promised_at - stands.since) / _DAY - usual.hours
        fresh = _weight(now)
        for lean, groups, key in zip(_LEANS, self._groups, keys, strict=True):
            group = groups.get(key)
            if group is None:
                continue
            whole = late_days = late_hours = 0.0
            for weight, (was_silent, hours, days) in group.seen:
                if was_silent > silent:
                    whole += weight
                    if days > days_left:
                        late_days += weight
                    if hours > hours_left:
                        late_hours += weight
            by_days = (late_days / fresh + lean * by_days) / (whole / fresh + lean)
            by_hours = (late_hours / fresh + lean * by_hours) / (whole / fresh + lean)
        return {Way.DAYS: by_days, Way.HOURS: by_hours}

    def _open_days(self, start: datetime, end: datetime, closed: Closed) -> float:
        first, last = start.astimezone(self._zone), end.astimezone(self._zone)
        part = (last.hour * 3600 + last.minute * 60 + last.second) / DAY_S
        return open_days(first.date(), last.date(), closed) + part


def _weight(moment: datetime) -> float:
    """What an observation of that time counts; only ratios mean anything."""
    return float(2 ** min(_FARTHEST, max(-_FARTHEST, (moment - _EPOCH) / _HALF_LIFE)))


def _waves(road: Road) -> tuple[Hashable, ...]:
    return ("carrier", road.carrier), ("destination", road.destination)
