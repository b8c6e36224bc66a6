"""Whether a browser is rung now, later or not at all: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from notifications import planner
from notifications.planner import Do
from notifications.push.states import Dropped
from notifications.rules import Rule, Urgency

#: In so many browsers one customer may be rung.
MOST_BROWSERS: Final = 10
#: After so many refusals in a row a browser is not tried any more.
MOST_REFUSALS: Final = 10
#: How long a ring is worth ringing, from the notice on.
KEEPS: Final = {Urgency.AT_ONCE: timedelta(days=1), Urgency.DAYTIME: timedelta(days=3)}
#: A ring that begins so soon after its notice is as welcome as the notice.
_AT_ONCE: Final = timedelta(minutes=10)
#: A push service is never asked to keep anything for less.
_LEAST: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that is looked at. ``made_at`` is when the notice was told; times are UTC."""

    now: datetime
    made_at: datetime
    zone: ZoneInfo
    is_on: bool = True
    is_read: bool = False
    is_overtaken: bool = False


@dataclass(frozen=True)
class Verdict:
    """``drop`` where it does not ring, ``wait_until`` where not now; else ``keeps`` says how long.

    ``keeps`` is the time for which a push service is to hold it.
    """

    drop: Dropped | None = None
    wait_until: datetime | None = None
    keeps: timedelta = timedelta(0)


def judge(rule: Rule, here: Situation) -> Verdict:
    """What becomes of a ring: a notice that came at the right time can ring too late."""
    if not here.is_on:
        return Verdict(drop=Dropped.SWITCHED_OFF)
    if here.is_read:
        return Verdict(drop=Dropped.READ)
    if here.is_overtaken:
        return Verdict(drop=Dropped.OVERTAKEN)
    left = here.made_at + KEEPS[rule.urgency] - here.now
    if left < _LEAST:
        return Verdict(drop=Dropped.TOO_LATE)
    if here.now - here.made_at > _AT_ONCE:
        plan = planner.plan(rule, planner.Situation(now=here.now, zone=here.zone))
        if plan.do is Do.WAIT:
            return Verdict(wait_until=plan.due_at)
    return Verdict(keeps=left)
