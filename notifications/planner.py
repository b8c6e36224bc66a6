"""Whether, when and why not to tell a customer something: pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from notifications.rules import Rule, Urgency
from notifications.states import Waits


class Do(StrEnum):
    """What becomes of a notice."""

    SPEAK = "speak"
    WAIT = "wait"
    SUPPRESS = "suppress"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that a plan looks at. ``told_at``: when this was last told about the same order."""

    now: datetime
    zone: ZoneInfo
    is_refused: bool = False
    is_reachable: bool = True
    is_talking: bool = False
    told_at: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """The decision: ``due_at`` where it waits, ``why`` where it waits or is not told."""

    do: Do
    due_at: datetime | None = None
    why: str = ""


def plan(rule: Rule, here: Situation) -> Plan:
    """Consent first, then reach, then one a day, then the night."""
    if rule.may_be_refused and here.is_refused:
        return Plan(Do.SUPPRESS, why="refused")
    if not here.is_reachable:
        return Plan(Do.SUPPRESS, why="unreachable")
    local = here.now.astimezone(here.zone)
    if rule.once_a_day and here.told_at is not None:
        told_on = here.told_at.astimezone(here.zone).date()
        if told_on >= local.date():
            tomorrow = _morning(rule, told_on + timedelta(days=1), here.zone)
            return Plan(Do.WAIT, tomorrow, Waits.ONCE_A_DAY)
    may_wait = rule.urgency is Urgency.DAYTIME and not here.is_talking
    if may_wait and is_quiet(rule, local.time()):
        return Plan(Do.WAIT, awake_at(rule, here.now, here.zone), Waits.QUIET)
    return Plan(Do.SPEAK)


def unread_at(rule: Rule, now: datetime, over_at: datetime | None = None) -> datetime | None:
    """From when on a notice told now is said by another way as well, if nobody has read it.

    Args:
        rule: as it holds.
        now: UTC.
        over_at: when the matter ends by itself; half of the time that is left is waited at most.
    """
    if not rule.unread_h:
        return None
    at = now + timedelta(hours=rule.unread_h)
    if over_at is None:
        return at
    return min(at, now + (over_at - now) / 2) if over_at > now else None


def awake_at(rule: Rule, now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or the end of the quiet hours that it falls into."""
    local = now.astimezone(zone)
    if not is_quiet(rule, local.time()):
        return now
    is_over = local.time() >= time(rule.quiet_until_h)
    return _morning(rule, local.date() + timedelta(days=is_over), zone)


def is_quiet(rule: Rule, at: time) -> bool:
    """Whether a rule keeps silent at an hour of the shop, as its customers may be asleep."""
    begin, end = time(rule.quiet_from_h), time(rule.quiet_until_h)
    if begin <= end:
        return begin <= at < end
    return at >= begin or at < end


def _morning(rule: Rule, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(rule.quiet_until_h), zone)
