"""The clocks of a case in words, for colleagues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cases.sla.clocks import ClockState, Metric
from cases.sla.queries import ClockView
from oms_service.web.frame import Formats
from oms_service.web.texts import N_, gettext

#: From this share of a target on, a clock is marked.
_PRESSING: Final = 80

METRICS: Final[Mapping[Metric, str]] = {
    Metric.FIRST_RESPONSE: N_("First answer"),
    Metric.NEXT_RESPONSE: N_("Next answer"),
    Metric.RESOLUTION: N_("Time to settle"),
    Metric.PROMISE: N_("Promised answer"),
}
_DUE: Final[Mapping[Metric, str]] = {
    Metric.FIRST_RESPONSE: N_("First answer due: %(when)s"),
    Metric.NEXT_RESPONSE: N_("Next answer due: %(when)s"),
    Metric.RESOLUTION: N_("To be settled by: %(when)s"),
    Metric.PROMISE: N_("Answer promised by: %(when)s"),
}
_OVERDUE: Final[Mapping[Metric, str]] = {
    Metric.FIRST_RESPONSE: N_("First answer overdue since %(when)s"),
    Metric.NEXT_RESPONSE: N_("Next answer overdue since %(when)s"),
    Metric.RESOLUTION: N_("Should have been settled by %(when)s"),
    Metric.PROMISE: N_("Promised answer overdue since %(when)s"),
}


@dataclass(frozen=True)
class ClockWords:
    """One clock as a colleague reads it; ``tone`` is that of a badge."""

    text: str
    tone: str


def told(clocks: Iterable[ClockView], said: Formats, *, now: datetime) -> list[ClockWords]:
    """What the open clocks of a case say, the most pressing first."""
    open_ones = [one for one in clocks if one.is_open]
    by_due = sorted(open_ones, key=lambda one: (one.due_at is None, one.due_at or one.started_at))
    return [_one(clock, said, now) for clock in by_due]


@dataclass(frozen=True)
class Due:
    """The clock of a case that is due first, for a list."""

    clock: ClockView
    tone: str
    is_over: bool

    def text(self, said: Formats) -> str:
        words = N_("Overdue since %(when)s") if self.is_over else N_("Due %(when)s")
        return str(gettext(words)) % {
            "when": said.moment(self.clock.due_at or self.clock.started_at)
        }


def next_due(clocks: Iterable[ClockView], *, now: datetime) -> Due | None:
    """What a list says of a case; None while no clock of it runs."""
    first = min(
        (one for one in clocks if one.due_at is not None),
        key=lambda one: one.due_at or one.started_at,
        default=None,
    )
    if first is None or first.due_at is None:
        return None
    is_over = first.due_at <= now
    pressing = "attention" if first.warned >= _PRESSING else ""
    return Due(first, "danger" if is_over else pressing, is_over)


def facts(data: Mapping[str, Any], said: Formats) -> dict[str, str]:
    """What an entry about answer times says, in words."""
    return {
        "when": said.moment(datetime.fromisoformat(data["until"])) if "until" in data else "",
        "percent": str(data.get("percent", "")),
        "metric": gettext(METRICS[Metric(data["metric"])]) if "metric" in data else "",
    }


def _one(clock: ClockView, said: Formats, now: datetime) -> ClockWords:
    if clock.state is ClockState.PAUSED or clock.due_at is None:
        return ClockWords(gettext("The time to settle it stands still meanwhile."), "")
    when = said.moment(clock.due_at)
    if clock.due_at <= now:
        return ClockWords(gettext(_OVERDUE[clock.metric]) % {"when": when}, "danger")
    tone = "attention" if clock.warned >= _PRESSING else ""
    return ClockWords(gettext(_DUE[clock.metric]) % {"when": when}, tone)
