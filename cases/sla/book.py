"""The shop's answer times as it has written them: which policy holds for a case. Pure.

A week is seven lists of ``["09:00", "18:00"]``, Monday first; an end not after its beginning lies
on the next day, and ``24:00`` ends a day. Targets are seconds by metric, a ladder a list of
``[percent, step]``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cases.sla.clocks import WARNINGS, Metric, Targets
from cases.sla.hours import DAY_MIN, Hours, Interval
from oms_service.kernel.errors import Invalid

_TIME: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_DAYS_A_WEEK: Final = 7
_MOST_INTERVALS: Final = 8
_MOST_DAYS: Final = 400
#: A year of working time; more is no target.
_LONGEST_S: Final = 366 * 24 * 3600


class Step(StrEnum):
    """What may be done when a share of a target has passed, besides telling people."""

    RAISE_PRIORITY = "raise_priority"
    REASSIGN = "reassign"
    TELL_LEAD = "tell_lead"


@dataclass(frozen=True)
class Facts:
    """What policies look at."""

    reason: str
    priority: str
    tier: str
    channel: str


@dataclass(frozen=True)
class Policy:
    """How soon which cases are answered; empty conditions fit all."""

    id: int
    code: str
    reasons: frozenset[str]
    priorities: frozenset[str]
    tiers: frozenset[str]
    channels: frozenset[str]
    targets: Targets
    ladder: tuple[tuple[int, Step], ...]

    def fits(self, facts: Facts) -> bool:
        asked = (
            (self.reasons, facts.reason),
            (self.priorities, facts.priority),
            (self.tiers, facts.tier),
            (self.channels, facts.channel),
        )
        return all(not wanted or found in wanted for wanted, found in asked)

    def steps(self, above: int, until: int) -> tuple[Step, ...]:
        """What happens between two shares of the target, the second one counted."""
        return tuple(step for percent, step in self.ladder if above < percent <= until)


@dataclass(frozen=True)
class Book:
    """Every policy in force, in the order they are asked."""

    version: int
    policies: tuple[Policy, ...] = field(default=())

    def policy(self, facts: Facts) -> Policy | None:
        """The first that fits; None where none does, and then there are no clocks."""
        return next((one for one in self.policies if one.fits(facts)), None)


def week(given: Any) -> tuple[tuple[Interval, ...], ...]:
    """A week as written.

    Raises:
        Invalid: naming the day.
    """
    if not isinstance(given, list) or len(given) != _DAYS_A_WEEK:
        raise Invalid("these are not opening hours", {"week": "must have seven days"})
    return tuple(_intervals(day, f"week.{place}") for place, day in enumerate(given))


def special(given: Any) -> dict[date, tuple[Interval, ...]]:
    """Days with hours of their own; without any they are closed.

    Raises:
        Invalid: naming the day.
    """
    if not isinstance(given, dict) or len(given) > _MOST_DAYS:
        raise Invalid("these are not special days", {"special": "must name days"})
    found = {}
    for day, hours in given.items():
        try:
            found[date.fromisoformat(day)] = _intervals(hours, f"special.{day}")
        except (TypeError, ValueError):
            raise Invalid("this is not a day", {f"special.{day}": "is not a day"}) from None
    return found


def hours(*, zone: str, given_week: Any, given_special: Any, closed: Iterable[date] = ()) -> Hours:
    """Opening hours as written.

    Raises:
        Invalid: naming what is wrong.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("there is no such time zone", {"zone": "is unknown"}) from None
    return Hours(place, week(given_week), frozenset(closed), special(given_special))


def targets(given: Any) -> dict[Metric, timedelta]:
    """Targets as written, in seconds by metric.

    Raises:
        Invalid: naming the metric.
    """
    if not isinstance(given, dict):
        raise Invalid("these are no targets", {"targets": "must be named"})
    wrong = {
        f"targets.{name}": "must be whole seconds, at most a year"
        for name, seconds in given.items()
        if name not in {*Metric} - {Metric.PROMISE} or not _is_whole(seconds, 1, _LONGEST_S)
    }
    if wrong:
        raise Invalid("these are no targets", wrong)
    return {Metric(name): timedelta(seconds=seconds) for name, seconds in given.items()}


def ladder(given: Any) -> tuple[tuple[int, Step], ...]:
    """What happens when, in the order of time.

    Raises:
        Invalid: a step that is unknown, or at a share nobody is told of.
    """
    if not isinstance(given, list) or len(given) > len(WARNINGS) * len(Step):
        raise Invalid("this is no ladder", {"ladder": "must be a list"})
    found = set()
    for place, one in enumerate(given):
        if not (
            isinstance(one, Sequence)
            and len(one) == len(("percent", "step"))
            and one[0] in WARNINGS
            and one[1] in set(Step)
        ):
            raise Invalid("this is no step", {f"ladder.{place}": "is unknown"})
        found.add((int(one[0]), Step(one[1])))
    return tuple(sorted(found))


def _intervals(given: Any, where: str) -> tuple[Interval, ...]:
    if not isinstance(given, list) or len(given) > _MOST_INTERVALS:
        raise Invalid("these are not opening hours", {where: "must be a list of hours"})
    return tuple(_interval(one, where) for one in given)


def _interval(given: Any, where: str) -> Interval:
    if isinstance(given, list) and len(given) == len(("begin", "end")):
        begin, end = (_minute(one) for one in given)
        if begin is not None and end is not None and begin < DAY_MIN:
            return Interval(begin, end if end > begin else end + DAY_MIN)
    raise Invalid("these are not opening hours", {where: "must be hours such as 09:00 to 18:00"})


def _minute(given: object) -> int | None:
    found = _TIME.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return None
    minute = int(found[1]) * 60 + int(found[2])
    return minute if minute <= DAY_MIN else None


def _is_whole(given: object, least: int, most: int) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


def written(intervals: Sequence[Interval]) -> list[list[str]]:
    """Intervals as ``week`` and ``special`` take them."""
    return [[_clock(one.begin_min), _clock(one.end_min)] for one in intervals]


def _clock(minute: int) -> str:
    if minute > DAY_MIN:
        minute -= DAY_MIN
    return f"{minute // 60:02}:{minute % 60:02}"


def as_written(given: Mapping[Metric, timedelta]) -> dict[str, int]:
    """Targets as ``targets`` takes them."""
    return {str(metric): int(span.total_seconds()) for metric, span in given.items()}
