"""When a parcel will arrive: lead times of its lane, its carrier's own words, and the present.

Pure, and blind to the order and the repetition of scans. Where nothing is known nothing is
invented: the answer is None.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.because import Because, HouseStage, Why
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said, in_order, newest
from oms_service.shipping.windows import Window, day_of, midnight

#: A carrier's own estimate counts in full for so long, then half as much each such time more.
TRUST: Final = timedelta(days=2)
#: Below this nothing is left of it.
_FORGOTTEN: Final = 0.1
#: A delay without a new date costs at least this, counted from the day it was said.
_DELAY_DAYS: Final = (1, 2)
#: So long after its date a silent parcel has no date any more.
GIVE_UP: Final = timedelta(days=14)

#: The shares of arrivals before the ends of a window: four of five fall inside.
EARLY, LATE = 0.1, 0.9
#: Beyond the last quantile the chance halves with each such time.
_TAIL: Final = timedelta(days=1)
#: Deliveries of a day are made between these hours.
_FIRST_HOUR, _LAST_HOUR = timedelta(hours=9), timedelta(hours=20)


@dataclass(frozen=True)
class Estimate:
    """When we believe it comes, and why: a ``Why``, or the carrier's reason for a delay.

    Attributes:
        window: four of five such parcels arrive in it, or more where it is of whole days.
        why: the code alone.
        median: one of two such parcels has arrived by then. UTC.
        because: everything that led to it.
        quantiles: shares of such parcels, ascending, and by when so many have arrived.
    """

    window: Window
    why: str
    median: datetime
    because: Because
    quantiles: tuple[tuple[float, datetime], ...]

    def chance_after(self, moment: datetime) -> float:
        """How likely it is that the parcel arrives after ``moment``, from 0 to 1."""
        place = bisect_right(self.quantiles, moment, key=lambda pair: pair[1])
        if place == 0:
            return 1.0
        share, at = self.quantiles[place - 1]
        if place == len(self.quantiles):
            return float((1 - share) * 0.5 ** ((moment - at) / _TAIL))
        next_share, next_at = self.quantiles[place]
        return 1 - share - (next_share - share) * ((moment - at) / (next_at - at))


class Calendar(Protocol):
    """When a house and its carriers work."""

    def next_hand_over(
        self, placed_at: datetime, *, location_id: int | None, carrier: str
    ) -> datetime:
        """The earliest moment goods placed then leave, UTC."""

    def delivers(self, carrier: str, day: date, *, region: str = "", postal_code: str = "") -> bool:
        """Whether the carrier delivers there on that day."""

    def extra_days(self, carrier: str, *, region: str = "", postal_code: str = "") -> int:
        """What an island or a remote area costs."""


@dataclass(frozen=True)
class EveryDay:
    """A calendar for a shop that has told none.

    Goods leave in the evening, those of the afternoon a day later; every day is a working day.
    """

    zone: ZoneInfo

    def next_hand_over(
        self,
        placed_at: datetime,
        *,
        location_id: int | None,  # noqa: ARG002 - a calendar's signature
        carrier: str,  # noqa: ARG002 - a calendar's signature
    ) -> datetime:
        local = placed_at.astimezone(self.zone)
        day = local.date() + timedelta(days=local.hour >= _CUT_OFF_HOUR)
        return midnight(day, self.zone) + _PICKED_UP

    def delivers(self, carrier: str, day: date, *, region: str = "", postal_code: str = "") -> bool:  # noqa: ARG002 - a calendar's signature
        return True

    def extra_days(self, carrier: str, *, region: str = "", postal_code: str = "") -> int:  # noqa: ARG002 - a calendar's signature
        return 0


_CUT_OFF_HOUR: Final = 14
_PICKED_UP: Final = timedelta(hours=17)


@dataclass(frozen=True)
class Known:
    """What is known apart from the parcel: whose days are meant, and who works when."""

    zone: ZoneInfo
    calendar: Calendar | None = None

    @property
    def days(self) -> Calendar:
        return self.calendar or EveryDay(self.zone)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A parcel's road.

    Attributes:
        handed_over_at: when the carrier got it; without it the first movement counts.
        lane: the days on this road as configured; None where the regions are not known.
        extra_days: what an island or a remote area costs on top of its region.
    """

    handed_over_at: datetime | None
    lane: Lane | None
    origin_region: str = ""
    destination_region: str = ""
    carrier: str = ""
    service: str = ""
    extra_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """Goods that no carrier has yet.

    Attributes:
        stage: how far they are.
        since: when they came so far, UTC.
        carrier: whom they will go with; empty where that is open.
        ready_on: the day goods that are waited for are expected.
        lane: the days on the road as configured; None where the regions are not known.
    """

    stage: HouseStage
    since: datetime
    location_id: int | None
    origin_region: str = ""
    destination_region: str = ""
    postal_code: str = ""
    carrier: str = ""
    service: str = ""
    ready_on: date | None = None
    lane: Lane | None = None


@dataclass(frozen=True)
class _Belief:
    """A window and what it rests on, while witnesses are heard one after the other."""

    window: Window
    why: str


def estimate(said: Sequence[Said], sent: Sent, *, now: datetime, known: Known) -> Estimate | None:
    """The window to show now, or None when nothing is known or nothing is to be expected.

    Args:
        said: every scan, in any order, repeated or not.
        sent: the parcel's road.
        now: UTC. The window never closes before it.
        known: the shop's zone and calendars.
    """
    ordered = in_order(said)
    latest = newest(ordered)
    status = latest.status if latest else S.PRE_TRANSIT
    if status in _NOTHING_TO_EXPECT:
        believed = _own_words_since(ordered, latest, now=now)
    else:
        lead = _by_lane(ordered, sent, known.zone)
        believed = _carrier_and_lane(ordered, lead, now=now, zone=known.zone)
        if latest is not None:
            believed = _by_status(latest, believed, ordered, known.zone)
        believed = _not_in_the_past(believed, sent.lane, now=now, zone=known.zone)
    if believed is None:
        return None
    because = Because(
        why=believed.why,
        left_at=_left_at(ordered, sent),
        origin=sent.origin_region,
        destination=sent.destination_region,
        usual_days=_usual(sent.lane, sent.extra_days),
        extra_days=sent.extra_days,
        said_at=latest.occurred_at if latest else None,
    )
    return _spread(believed.window, because, now=now, zone=known.zone)


def foresee(unsent: Unsent, *, now: datetime, known: Known) -> Estimate | None:
    """When goods arrive that have not left; None where nothing is known of their road.

    Args:
        unsent: how far they are.
        now: UTC. They leave at the earliest now, and not before they are there.
        known: the shop's zone and calendars.
    """
    if unsent.lane is None:
        return None
    zone, days = known.zone, known.days
    since = unsent.since
    if unsent.ready_on is not None:
        since = max(since, midnight(unsent.ready_on, zone))
    leaves = days.next_hand_over(since, location_id=unsent.location_id, carrier=unsent.carrier)
    if leaves < now:
        leaves = days.next_hand_over(now, location_id=unsent.location_id, carrier=unsent.carrier)
    region = unsent.destination_region
    extra = days.extra_days(unsent.carrier, region=region, postal_code=unsent.postal_code)
    left = day_of(leaves, zone)
    first, last = (
        _on_an_open_day(left + timedelta(days=count + extra), unsent, days)
        for count in (unsent.lane.usual_days, unsent.lane.late_days)
    )
    because = Because(
        why=Why.NOT_SENT,
        stage=unsent.stage,
        leaves_on=left,
        ready_on=unsent.ready_on,
        origin=unsent.origin_region,
        destination=region,
        usual_days=_usual(unsent.lane, extra),
        extra_days=extra,
    )
    return _spread(Window.of_days(first, last, zone), because, now=now, zone=zone)


def _on_an_open_day(day: date, unsent: Unsent, days: Calendar) -> date:
    """The day, or the first after it on which the carrier delivers there."""
    for _ in range(_LONGEST_PAUSE):
        if days.delivers(
            unsent.carrier, day, region=unsent.destination_region, postal_code=unsent.postal_code
        ):
            break
        day += timedelta(days=1)
    return day


#: No carrier pauses for longer; a calendar that says so is not believed.
_LONGEST_PAUSE: Final = 15


def _usual(lane: Lane | None, extra_days: int) -> tuple[int, int] | None:
    return (lane.usual_days + extra_days,) * 2 if lane else None


def _spread(window: Window, because: Because, *, now: datetime, zone: ZoneInfo) -> Estimate:
    """How arrivals lie in a window nobody has measured: early in it, in the hours of delivery."""
    start, until = window.start, window.until
    days = window.days(zone)
    if days is not None:
        start, until = midnight(days[0], zone) + _FIRST_HOUR, midnight(days[1], zone) + _LAST_HOUR
    start = max(start, now) if now < until else now
    until = max(until, start + _INSTANT)
    middle = start + (until - start) / 2
    if days is not None and days[1] > days[0]:
        # The first day is the usual one: the median is its last hour.
        middle = min(middle, max(midnight(days[0], zone) + _LAST_HOUR, start + _INSTANT))
    quantiles = ((EARLY, start), (0.5, middle), (LATE, until))
    return Estimate(window, because.why, middle, because, quantiles)


#: Times of quantiles are apart, so that chances can be read between them.
_INSTANT: Final = timedelta(minutes=2)


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
) -> _Belief | None:
    """After a missed delivery: the date the carrier has given since, while it is ahead."""
    if latest is None or latest.status in _ENDED:
        return None
    given = _latest_estimate([one for one in ordered if one.occurred_at >= latest.occurred_at])
    if given is None or given[1].until < now:
        return None
    return _Belief(given[1], Why.CARRIER)


def _left_at(ordered: Sequence[Said], sent: Sent) -> datetime | None:
    if sent.handed_over_at is not None:
        return sent.handed_over_at
    silent = {S.PRE_TRANSIT, S.UNKNOWN}
    return next((one.occurred_at for one in ordered if one.status not in silent), None)


def _by_lane(ordered: Sequence[Said], sent: Sent, zone: ZoneInfo) -> Window | None:
    start = _left_at(ordered, sent)
    if sent.lane is None or start is None:
        return None
    day = day_of(start, zone) + timedelta(days=sent.extra_days)
    first = day + timedelta(days=sent.lane.usual_days)
    return Window.of_days(first, day + timedelta(days=sent.lane.late_days), zone)


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
) -> _Belief | None:
    given = _latest_estimate(ordered)
    weight = trust(now - given[0]) if given else 0.0
    if given is None or weight == 0.0:
        return _Belief(lead, Why.LEAD_TIME) if lead else None
    if weight == 1.0:
        return _Belief(given[1], Why.CARRIER)
    window = given[1]
    if lead is None:
        # Alone it stays, but as whole days: the hours are no longer worth naming.
        days = day_of(window.start, zone), _last_day(window, zone)
        return _Belief(Window.of_days(*days, zone), Why.CARRIER)
    first = lead.start + (window.start - lead.start) * weight
    until = lead.until + (window.until - lead.until) * weight
    last = max(_last_day(Window(first, until), zone), day_of(first, zone))
    return _Belief(Window.of_days(day_of(first, zone), last, zone), Why.CARRIER)


def _by_status(
    latest: Said, believed: _Belief | None, ordered: Sequence[Said], zone: ZoneInfo
) -> _Belief | None:
    """What the newest scan adds, unless it brought a date of its own."""
    given = _latest_estimate(ordered)
    if given is not None and given[0] >= latest.occurred_at:
        return _explained(believed, latest)
    day = day_of(latest.occurred_at, zone)
    if latest.status is S.OUT_FOR_DELIVERY:
        if believed and day_of(believed.window.start, zone) == day == _end(believed, zone):
            return _Belief(believed.window, Why.OUT_FOR_DELIVERY)
        return _Belief(Window.of_days(day, day, zone), Why.OUT_FOR_DELIVERY)
    if latest.status in {S.DELAYED, S.CUSTOMS_HOLD}:
        first, last = (day + timedelta(days=days) for days in _DELAY_DAYS)
        if believed is not None:
            first = max(first, day_of(believed.window.start, zone))
            last = max(last, _end(believed, zone))
        window = Window.of_days(first, last, zone)
        return _explained(_Belief(window, Why.DELAYED), latest)
    return believed


def _explained(believed: _Belief | None, latest: Said) -> _Belief | None:
    if believed is None:
        return None
    if latest.reason:
        return _Belief(believed.window, latest.reason)
    if latest.status is S.CUSTOMS_HOLD:
        return _Belief(believed.window, Why.CUSTOMS)
    if latest.status is S.OUT_FOR_DELIVERY:
        return _Belief(believed.window, Why.OUT_FOR_DELIVERY)
    if latest.status is S.DELAYED:
        return _Belief(believed.window, Why.DELAYED)
    return believed


def _not_in_the_past(
    believed: _Belief | None, lane: Lane | None, *, now: datetime, zone: ZoneInfo
) -> _Belief | None:
    """A parcel that is over its date comes today or a little later, until nobody can say."""
    if believed is None or believed.window.until >= now:
        return believed
    if now - believed.window.until > GIVE_UP:
        return None
    today = day_of(now, zone)
    spread = max(1, lane.late_days - lane.usual_days) if lane else 1
    return _Belief(Window.of_days(today, today + timedelta(days=spread), zone), Why.OVERDUE)


def _last_day(window: Window, zone: ZoneInfo) -> date:
    """The last day that counts: a midnight closes the day before it."""
    return day_of(window.until - timedelta(microseconds=1), zone)


def _end(believed: _Belief, zone: ZoneInfo) -> date:
    return _last_day(believed.window, zone)
