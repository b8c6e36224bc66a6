"""When a parcel will arrive: lead times of its lane, its carrier's own words, and the present.

Pure, and blind to the order and the repetition of scans. Where nothing is known nothing is
invented: the answer is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said, in_order, newest
from oms_service.shipping.windows import Window, day_of

#: A carrier's own estimate counts in full for so long, then half as much each such time more.
TRUST: Final = timedelta(days=2)
#: Below this nothing is left of it.
_FORGOTTEN: Final = 0.1
#: A delay without a new date costs at least this, counted from the day it was said.
_DELAY_DAYS: Final = (1, 2)
#: So long after its date a silent parcel has no date any more.
GIVE_UP: Final = timedelta(days=14)


class Why(StrEnum):
    """What an estimate rests on."""

    LEAD_TIME = "lead_time"
    CARRIER = "carrier_estimate"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELAYED = "delayed"
    CUSTOMS = "customs"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Estimate:
    """When we believe it comes, and why: a ``Why``, or the carrier's reason for a delay."""

    window: Window
    why: str


def estimate(
    said: Sequence[Said],
    *,
    lane: Lane | None,
    handed_over_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> Estimate | None:
    """The window to show now, or None when nothing is known or nothing is to be expected.

    Args:
        said: every scan, in any order, repeated or not.
        lane: the days on this road; None where the regions are not known.
        handed_over_at: when the carrier got it; without it the first movement counts.
        now: UTC. The window never closes before it.
        zone: whose days are meant.
    """
    ordered = in_order(said)
    latest = newest(ordered)
    status = latest.status if latest else S.PRE_TRANSIT
    if status in _NOTHING_TO_EXPECT:
        return _own_words_since(ordered, latest, now=now)
    lead = _by_lane(ordered, lane, handed_over_at, zone)
    believed = _carrier_and_lane(ordered, lead, now=now, zone=zone)
    if latest is not None:
        believed = _by_status(latest, believed, ordered, zone)
    return _not_in_the_past(believed, lane, now=now, zone=zone)


#: Here the next move is somebody's, not the carrier's; only a date the carrier names counts.
_NOTHING_TO_EXPECT: Final = frozenset(
    {S.DELIVERED, S.FAILURE, S.RETURNING, S.AVAILABLE_FOR_PICKUP, S.ATTEMPTED}
)
_ENDED: Final = frozenset({S.DELIVERED, S.FAILURE, S.RETURNING})


def trust(age: timedelta) -> float:
    """How much an estimate said so long ago still counts, from 1 down to 0."""
    if age <= TRUST:
        return 1.0
    left = float(0.5 ** ((age - TRUST) / TRUST))
    return left if left >= _FORGOTTEN else 0.0


def _own_words_since(
    ordered: Sequence[Said], latest: Said | None, *, now: datetime
) -> Estimate | None:
    """After a missed delivery: the date the carrier has given since, while it is ahead."""
    if latest is None or latest.status in _ENDED:
        return None
    given = _latest_estimate([one for one in ordered if one.occurred_at >= latest.occurred_at])
    if given is None or given[1].until < now:
        return None
    return Estimate(given[1], Why.CARRIER)


def _by_lane(
    ordered: Sequence[Said], lane: Lane | None, handed_over_at: datetime | None, zone: ZoneInfo
) -> Window | None:
    moves = [one.occurred_at for one in ordered if one.status not in {S.PRE_TRANSIT, S.UNKNOWN}]
    start = handed_over_at or (moves[0] if moves else None)
    if lane is None or start is None:
        return None
    day = day_of(start, zone)
    first, last = day + timedelta(days=lane.usual_days), day + timedelta(days=lane.late_days)
    return Window.of_days(first, last, zone)


def _latest_estimate(ordered: Sequence[Said]) -> tuple[datetime, Window] | None:
    """What the carrier said last about the arrival, and when; of two at once, the later date."""
    given = [
        (one.occurred_at, Window(one.estimate_from, one.estimate_until))
        for one in ordered
        if one.estimate_from is not None and one.estimate_until is not None
    ]
    return max(given, key=lambda pair: (pair[0], pair[1].until, pair[1].start), default=None)


def _carrier_and_lane(
    ordered: Sequence[Said], lead: Window | None, *, now: datetime, zone: ZoneInfo
) -> Estimate | None:
    given = _latest_estimate(ordered)
    weight = trust(now - given[0]) if given else 0.0
    if given is None or weight == 0.0:
        return Estimate(lead, Why.LEAD_TIME) if lead else None
    if weight == 1.0:
        return Estimate(given[1], Why.CARRIER)
    window = given[1]
    if lead is None:
        # Alone it stays, but as whole days: the hours are no longer worth naming.
        days = day_of(window.start, zone), _last_day(window, zone)
        return Estimate(Window.of_days(*days, zone), Why.CARRIER)
    first = lead.start + (window.start - lead.start) * weight
    until = lead.until + (window.until - lead.until) * weight
    last = max(_last_day(Window(first, until), zone), day_of(first, zone))
    return Estimate(Window.of_days(day_of(first, zone), last, zone), Why.CARRIER)


def _by_status(
    latest: Said, believed: Estimate | None, ordered: Sequence[Said], zone: ZoneInfo
) -> Estimate | None:
    """What the newest scan adds, unless it brought a date of its own."""
    given = _latest_estimate(ordered)
    if given is not None and given[0] >= latest.occurred_at:
        return _explained(believed, latest)
    day = day_of(latest.occurred_at, zone)
    if latest.status is S.OUT_FOR_DELIVERY:
        if believed and day_of(believed.window.start, zone) == day == _end(believed, zone):
            return Estimate(believed.window, Why.OUT_FOR_DELIVERY)
        return Estimate(Window.of_days(day, day, zone), Why.OUT_FOR_DELIVERY)
    if latest.status in {S.DELAYED, S.CUSTOMS_HOLD}:
        first, last = (day + timedelta(days=days) for days in _DELAY_DAYS)
        if believed is not None:
            first = max(first, day_of(believed.window.start, zone))
            last = max(last, _end(believed, zone))
        window = Window.of_days(first, last, zone)
        return _explained(Estimate(window, Why.DELAYED), latest)
    return believed


def _explained(believed: Estimate | None, latest: Said) -> Estimate | None:
    if believed is None:
        return None
    if latest.reason:
        return Estimate(believed.window, latest.reason)
    if latest.status is S.CUSTOMS_HOLD:
        return Estimate(believed.window, Why.CUSTOMS)
    if latest.status is S.OUT_FOR_DELIVERY:
        return Estimate(believed.window, Why.OUT_FOR_DELIVERY)
    if latest.status is S.DELAYED:
        return Estimate(believed.window, Why.DELAYED)
    return believed


def _not_in_the_past(
    believed: Estimate | None, lane: Lane | None, *, now: datetime, zone: ZoneInfo
) -> Estimate | None:
    """A parcel that is over its date comes today or a little later, until nobody can say."""
    if believed is None or believed.window.until >= now:
        return believed
    if now - believed.window.until > GIVE_UP:
        return None
    today = day_of(now, zone)
    spread = max(1, lane.late_days - lane.usual_days) if lane else 1
    return Estimate(Window.of_days(today, today + timedelta(days=spread), zone), Why.OVERDUE)


def _last_day(window: Window, zone: ZoneInfo) -> date:
    """The last day that counts: a midnight closes the day before it."""
    return day_of(window.until - timedelta(microseconds=1), zone)


def _end(believed: Estimate, zone: ZoneInfo) -> date:
    return _last_day(believed.window, zone)
