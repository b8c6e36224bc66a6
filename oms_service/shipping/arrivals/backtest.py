"""How well arrivals would have been foretold: each from what was known at its start, no more."""

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.journeys import Journey, Road, Stage
from oms_service.shipping.arrivals.model import Arrivals, Forecast

#: So many arrivals a lane needs before its own median is compared with.
_ENOUGH: Final = 3
_DAY: Final = timedelta(days=1)
Tell = Callable[[int], None]


class Baseline(IntEnum):
    """What a forecast has to be better than."""

    PROMISED = 0
    GLOBAL_MEDIAN = 1
    LANE_MEDIAN = 2


@dataclass(frozen=True)
class Outcome:
    """How far off one forecast was, in days; ``is_inside`` tells of its window."""

    month: str
    error_days: float
    is_inside: bool
    width_days: float


@dataclass
class _Score:
    outcomes: list[Outcome] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        if not self.outcomes:
            return {
                "parcels": 0,
                "median_abs_error_days": None,
                "coverage": None,
                "mean_width_days": None,
            }
        count = len(self.outcomes)
        return {
            "parcels": count,
            "median_abs_error_days": round(median(one.error_days for one in self.outcomes), 4),
            "coverage": round(sum(one.is_inside for one in self.outcomes) / count, 4),
            "mean_width_days": round(sum(one.width_days for one in self.outcomes) / count, 4),
        }

    def by_month(self) -> list[dict[str, Any]]:
        months: dict[str, _Score] = {}
        for one in self.outcomes:
            months.setdefault(one.month, _Score()).outcomes.append(one)
        return [{"month": month, **months[month].figures()} for month in sorted(months)]


@dataclass(frozen=True)
class Report:
    """The figures of both stages, as JSON can say them."""

    journeys: int
    stages: Mapping[Stage, Mapping[str, Any]]

    def as_json(self) -> dict[str, Any]:
        return {"journeys": self.journeys, **{str(name): of for name, of in self.stages.items()}}


@dataclass
class _Past:
    """All durations of a stage seen so far, in order of length; of all lanes, and of each."""

    everywhere: list[float] = field(default_factory=list)
    lanes: dict[Road, list[float]] = field(default_factory=dict)

    def add(self, road: Road, days: float) -> None:
        insort(self.everywhere, days)
        insort(self.lanes.setdefault(road, []), days)

    def of(self, road: Road) -> Sequence[float]:
        lane = self.lanes.get(road, [])
        return lane if len(lane) >= _ENOUGH else self.everywhere


class _Event(IntEnum):
    """What happens at one moment: forecasts first, so that none knows of the same moment."""

    FORETELL = 0
    HANDED_OVER = 1
    DELIVERED = 2


def backtest(journeys: Sequence[Journey], zone: ZoneInfo, *, tell: Tell | None = None) -> Report:
    """Live through a history once for each stage.

    Args:
        journeys: in any order. Those without an arrival are never scored, yet their silence is
            heard; a journey without a start has no forecast for that stage.
        zone: the shop's.
        tell: told after each moment how many there were.
    """
    stages = {}
    done = 0
    for stage in Stage:
        run = _Run(stage, zone)
        for moment in _moments(journeys, stage):
            run.live(*moment)
            done += 1
            if tell is not None:
                tell(done)
        stages[stage] = run.figures()
    return Report(len(journeys), stages)


def moments(journeys: Sequence[Journey]) -> int:
    """How many moments both stages live through, for a progress bar."""
    return sum(sum(1 for _ in _moments(journeys, stage)) for stage in Stage)


def _moments(journeys: Sequence[Journey], stage: Stage) -> Iterator[tuple[_Event, int, Journey]]:
    found: list[tuple[datetime, _Event, int]] = []
    for number, one in enumerate(journeys):
        start = one.start(stage)
        if start is not None:
            found.append((start, _Event.FORETELL, number))
        if one.handed_over_at is not None:
            found.append((one.handed_over_at, _Event.HANDED_OVER, number))
        if one.delivered_at is not None:
            found.append((one.delivered_at, _Event.DELIVERED, number))
    for _, event, number in sorted(found):
        yield event, number, journeys[number]


class _Run:
    def __init__(self, stage: Stage, zone: ZoneInfo) -> None:
        self._stage = stage
        self._zone = zone
        self._model = Arrivals(zone)
        self._said: dict[int, tuple[Forecast, dict[Baseline, tuple[float, float, float]]]] = {}
        self._past = _Past()
        self._ours = _Score()
        self._others = {one: _Score() for one in Baseline}

    def live(self, event: _Event, number: int, journey: Journey) -> None:
        match event:
            case _Event.FORETELL:
                self._foretell(number, journey)
            case _Event.HANDED_OVER:
                self._model.handed_over(journey)
            case _Event.DELIVERED:
                self._deliver(number, journey)

    def figures(self) -> dict[str, Any]:
        return {
            **self._ours.figures(),
            "months": self._ours.by_month(),
            "baselines": {one.name.lower(): of.figures() for one, of in self._others.items()},
        }

    def _foretell(self, number: int, journey: Journey) -> None:
        start = journey.start(self._stage)
        if start is None:
            return
        said = self._model.foretell(number, self._stage, journey.road, start)
        self._said[number] = said, self._baselines(journey, start)

    def _baselines(
        self, journey: Journey, start: datetime
    ) -> dict[Baseline, tuple[float, float, float]]:
        """Early, expected and late of each baseline that has an answer, in days from the start."""
        found = {}
        if journey.promised_at is not None:
            promised = (journey.promised_at - start) / _DAY
            found[Baseline.PROMISED] = min(0.0, promised), promised, promised
        for baseline, days in (
            (Baseline.GLOBAL_MEDIAN, self._past.everywhere),
            (Baseline.LANE_MEDIAN, self._past.of(journey.road)),
        ):
            if days:
                last = len(days) - 1
                found[baseline] = (
                    days[round(last * 0.1)],
                    days[last // 2],
                    days[round(last * 0.9)],
                )
        return found

    def _deliver(self, number: int, journey: Journey) -> None:
        start, end = journey.start(self._stage), journey.delivered_at
        self._model.delivered(journey)
        told = self._said.pop(number, None)
        if told is None or start is None or end is None:
            return
        said, baselines = told
        month = start.astimezone(self._zone).strftime("%Y-%m")
        arrival = self._model.arrived(number, said, end)
        days = (end - start) / _DAY
        self._past.add(journey.road, days)
        self._ours.outcomes.append(
            Outcome(
                month,
                abs((end - said.median) / _DAY),
                said.early_days <= arrival <= said.late_days,
                said.late_days - said.early_days,
            )
        )
        for baseline, (early, expected, late) in baselines.items():
            self._others[baseline].outcomes.append(
                Outcome(month, abs(days - expected), early <= days <= late, late - early)
            )
