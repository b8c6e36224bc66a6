"""The clocks of a case: how soon it is answered and settled, from what happened in it. Pure.

A clock counts working time towards its target. It is derived from the case's own record and
nothing else, so that late and repeated events change nothing and the record proves the figure.

- *First response* runs from the first word of the customer to the first answer of a person.
- *Next response* runs from the oldest unanswered word after that to the next answer.
- *Resolution* runs from the opening, stands while others have to move, goes on when reopened.
- *Promise* runs to the moment that somebody named to the customer, on no calendar at all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cases.sla.hours import Hours

#: Shares of a target, in percent, at which people are told.
WARNINGS: Final = (50, 80, 100)


class Metric(StrEnum):
    """What is measured."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    PROMISE = "promise"


class ClockState(StrEnum):
    """How a clock stands; whether it kept its target is another question."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class What(StrEnum):
    """What happened in a case, as far as clocks are concerned."""

    OPENED = "opened"
    ASKED = "asked"
    ANSWERED = "answered"
    PAUSED = "paused"
    RESUMED = "resumed"
    PROMISED = "promised"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Mark:
    """One thing that happened; ``until`` is the moment promised."""

    what: What
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Targets:
    """Working time for each metric; one that is missing has no clock."""

    hours: Hours
    spans: Mapping[Metric, timedelta]


@dataclass(frozen=True)
class Clock:
    """One clock as it stands.

    ``elapsed`` is what ran before ``running_since``. ``due_at`` is when the target is reached if
    it goes on running; None while it does not. ``missed_at`` is when it was reached, if it was.
    ``round`` tells several of one metric apart.
    """

    metric: Metric
    round: int
    target: timedelta
    started_at: datetime
    state: ClockState
    elapsed: timedelta
    running_since: datetime | None
    stopped_at: datetime | None
    due_at: datetime | None
    missed_at: datetime | None

    def moment_of(self, percent: int, hours: Hours) -> datetime | None:
        """When so much of the target has passed; None while it does not run.

        A promise is measured from its making, without a calendar.
        """
        if self.running_since is None or self.due_at is None:
            return None
        if self.metric is Metric.PROMISE:
            return self.started_at + (self.due_at - self.started_at) * (percent / 100)
        wanted = self.target * percent / 100 - self.elapsed
        return hours.add(self.running_since, max(wanted, timedelta()))


def clocks_of(marks: Iterable[Mark], targets: Targets) -> tuple[Clock, ...]:
    """Every clock the case ever had, in the order they started.

    Args:
        marks: in the order they happened.
        targets: of the policy that holds for the case now.
    """
    desk = _Desk(targets)
    for mark in marks:
        desk.take(mark)
    return tuple(clock.shown() for clock in desk.clocks)


@dataclass
class _Counting:
    metric: Metric
    round: int
    target: timedelta
    hours: Hours
    started_at: datetime
    running_since: datetime | None
    elapsed: timedelta = timedelta()
    stopped_at: datetime | None = None
    missed_at: datetime | None = None
    state: ClockState = ClockState.RUNNING

    @property
    def is_open(self) -> bool:
        return self.state in {ClockState.RUNNING, ClockState.PAUSED}

    @property
    def due_at(self) -> datetime | None:
        if self.running_since is None:
            return None
        if self.missed_at is not None:
            return self.missed_at
        if self.metric is Metric.PROMISE:
            return self.started_at + self.target
        return self.hours.add(self.running_since, self.target - self.elapsed)

    def hold(self, at: datetime, state: ClockState) -> None:
        """Stop counting, for a while or for good."""
        due = self.due_at
        if self.running_since is not None:
            if due is not None and due < at:
                self.missed_at = due
            self.elapsed += self._passed(self.running_since, at)
            self.running_since = None
        self.state = state
        self.stopped_at = None if self.is_open else at

    def go_on(self, at: datetime) -> None:
        self.state, self.running_since, self.stopped_at = ClockState.RUNNING, at, None

    def _passed(self, start: datetime, end: datetime) -> timedelta:
        if self.metric is Metric.PROMISE:
            return end - start
        return self.hours.between(start, end)

    def shown(self) -> Clock:
        return Clock(
            metric=self.metric,
            round=self.round,
            target=self.target,
            started_at=self.started_at,
            state=self.state,
            elapsed=self.elapsed,
            running_since=self.running_since,
            stopped_at=self.stopped_at,
            due_at=self.due_at,
            missed_at=self.missed_at,
        )


@dataclass
class _Desk:
    targets: Targets
    clocks: list[_Counting] = field(default_factory=list)
    has_been_answered: bool = False

    def take(self, mark: Mark) -> None:
        _THEN[mark.what](self, mark)

    def opened(self, mark: Mark) -> None:
        self._start(Metric.RESOLUTION, mark.at)

    def asked(self, mark: Mark) -> None:
        metric = Metric.NEXT_RESPONSE if self.has_been_answered else Metric.FIRST_RESPONSE
        if self._open(metric) is None:
            self._start(metric, mark.at)

    def answered(self, mark: Mark) -> None:
        self.has_been_answered = True
        for metric in (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.PROMISE):
            self._end(metric, mark.at, ClockState.STOPPED)

    def paused(self, mark: Mark) -> None:
        found = self._open(Metric.RESOLUTION)
        if found is not None and found.state is ClockState.RUNNING:
            found.hold(mark.at, ClockState.PAUSED)

    def resumed(self, mark: Mark) -> None:
        found = self._open(Metric.RESOLUTION)
        if found is not None and found.state is ClockState.PAUSED:
            found.go_on(mark.at)

    def promised(self, mark: Mark) -> None:
        self._end(Metric.PROMISE, mark.at, ClockState.CANCELLED)
        if mark.until is not None and mark.until > mark.at:
            self._start(Metric.PROMISE, mark.at, mark.until - mark.at)

    def resolved(self, mark: Mark) -> None:
        for metric in (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE):
            self._end(metric, mark.at, ClockState.CANCELLED)
        for metric in (Metric.RESOLUTION, Metric.PROMISE):
            self._end(metric, mark.at, ClockState.STOPPED)

    def reopened(self, mark: Mark) -> None:
        for clock in self.clocks:
            if clock.metric is Metric.RESOLUTION and not clock.is_open:
                clock.go_on(mark.at)

    def _start(self, metric: Metric, at: datetime, span: timedelta | None = None) -> None:
        target = span or self.targets.spans.get(metric)
        if target:
            earlier = sum(clock.metric is metric for clock in self.clocks)
            self.clocks.append(
                _Counting(metric, earlier + 1, target, self.targets.hours, at, running_since=at)
            )

    def _end(self, metric: Metric, at: datetime, state: ClockState) -> None:
        found = self._open(metric)
        if found is not None:
            found.hold(at, state)

    def _open(self, metric: Metric) -> _Counting | None:
        return next((one for one in self.clocks if one.metric is metric and one.is_open), None)


_THEN: Final[Mapping[What, Callable[[_Desk, Mark], None]]] = {
    What.OPENED: _Desk.opened,
    What.ASKED: _Desk.asked,
    What.ANSWERED: _Desk.answered,
    What.PAUSED: _Desk.paused,
    What.RESUMED: _Desk.resumed,
    What.PROMISED: _Desk.promised,
    What.RESOLVED: _Desk.resolved,
    What.REOPENED: _Desk.reopened,
}
