"""How well arrivals would have been foretold: each from what was known at its start, no more."""

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.journeys import Journey, Road, Stage
from oms_service.shipping.arrivals.model import Arrivals, Forecast
from oms_service.shipping.arrivals.signs import Signs

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
    """How far off one forecast was, in days; ``is_inside`` tells of its window.

    ``number`` is the journey's place in its history.
    """

    number: int
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


_Moment = tuple[datetime, _Event, int, Stage | None]


def backtest(journeys: Sequence[Journey], zone: ZoneInfo, *, tell: Tell | None = None) -> Report:
    """Live through a history.

    Args:
        journeys: in any order. Those without an arrival are never scored, yet their silence is
            heard; a journey without a start has no forecast for that stage.
        zone: the shop's.
        tell: told after each moment how many there were.
    """
    return live_through(journeys, zone, tell=tell).report


def live_through(
    journeys: Sequence[Journey], zone: ZoneInfo, *, tell: Tell | None = None
) -> "Lived":
    """Live through a history, and keep what was learned of it; the arguments of ``backtest``."""
    life = _Life(zone)
    found = _moments(journeys)
    for done, (_, event, number, stage) in enumerate(found, start=1):
        life.live(event, number, journeys[number], stage)
        if tell is not None:
            tell(done)
    report = Report(len(journeys), {stage: run.figures() for stage, run in life.runs.items()})
    outcomes = {stage: tuple(run.outcomes) for stage, run in life.runs.items()}
    return Lived(report, life.model, life.signs, found[-1][0] if found else None, outcomes)


@dataclass(frozen=True)
class Lived:
    """A history lived through.

    Attributes:
        report: how well it was foretold.
        model: what is learned of lanes.
        signs: what is learned beside them.
        ended_at: its last moment; None of a history without any.
        outcomes: by stage, how each arrival was foretold, in the order of arrival.
    """

    report: Report
    model: Arrivals
    signs: Signs
    ended_at: datetime | None
    outcomes: Mapping[Stage, Sequence[Outcome]]


def moments(journeys: Sequence[Journey]) -> int:
    """How many moments are lived through, for a progress bar."""
    return len(_moments(journeys))


def _moments(journeys: Sequence[Journey]) -> list[_Moment]:
    found: list[_Moment] = []
    for number, one in enumerate(journeys):
        for stage in Stage:
            start = one.start(stage)
            if start is not None:
                found.append((start, _Event.FORETELL, number, stage))
        if one.handed_over_at is not None:
            found.append((one.handed_over_at, _Event.HANDED_OVER, number, None))
        if one.delivered_at is not None:
            found.append((one.delivered_at, _Event.DELIVERED, number, None))
    return sorted(found, key=lambda moment: (*moment[:3], moment[3] or ""))


class _Life:
    """One model of lanes for both stages, and what is learned beside them."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.model = Arrivals(zone)
        self.signs = Signs(zone)
        self.runs = {stage: _Run(stage, zone, self.model) for stage in Stage}

    def live(self, event: _Event, number: int, journey: Journey, stage: Stage | None) -> None:
        road = journey.road
        match event:
            case _Event.FORETELL:
                assert stage is not None  # noqa: S101 - forecasts have one
                self.runs[stage].foretell(number, journey)
            case _Event.HANDED_OVER:
                self.model.handed_over(journey)
                self.signs.handed_over(journey, self.model.hands_over(road.origin))
            case _Event.DELIVERED:
                self.model.delivered(journey)
                expected = self.runs[Stage.HANDOVER].expected(number)
                self.signs.delivered(journey, self.model.closed(road.carrier), expected)
                for run in self.runs.values():
                    run.deliver(number, journey)


class _Run:
    def __init__(self, stage: Stage, zone: ZoneInfo, model: Arrivals) -> None:
        self._stage = stage
        self._zone = zone
        self._model = model
        self._said: dict[int, tuple[Forecast, dict[Baseline, tuple[float, float, float]]]] = {}
        self._past = _Past()
        self._ours = _Score()
        self._others = {one: _Score() for one in Baseline}

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._ours.outcomes

    def expected(self, number: int) -> datetime | None:
        """What is foretold of a journey that is under way."""
        said = self._said.get(number)
        return said[0].median if said else None

    def figures(self) -> dict[str, Any]:
        return {
            **self._ours.figures(),
            "months": self._ours.by_month(),
            "baselines": {one.name.lower(): of.figures() for one, of in self._others.items()},
        }

    def foretell(self, number: int, journey: Journey) -> None:
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

    def deliver(self, number: int, journey: Journey) -> None:
        start, end = journey.start(self._stage), journey.delivered_at
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
                number,
                month,
                abs((end - said.median) / _DAY),
                said.early_days <= arrival <= said.late_days,
                said.late_days - said.early_days,
            )
        )
        for baseline, (early, expected, late) in baselines.items():
            self._others[baseline].outcomes.append(
                Outcome(number, month, abs(days - expected), early <= days <= late, late - early)
            )
