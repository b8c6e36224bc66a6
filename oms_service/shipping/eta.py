"""When a parcel will arrive: lead times of its lane, its carrier's own words, and the present.

Pure, and blind to the order and the repetition of scans. Where nothing is known nothing is
invented: the answer is None.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted
from oms_service.shipping.arrivals.journeys import Road
from oms_service.shipping.arrivals.pooling import DAY_S, GRID
from oms_service.shipping.arrivals.signs import last_day, newest_reason
from oms_service.shipping.because import Because, HouseStage, Why
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars, NeverLeaves
from oms_service.shipping.foretelling import Ahead, Foreteller
from oms_service.shipping.lanes import Lane
from oms_service.shipping.points import RANKS, Points, ahead, at_rank, blended, ends, merged
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
#: The shares that an estimate names.
SHARES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_RANKS: Final = (EARLY, LATE)
#: Less of its own than this, and a road is told by what is configured.
_LEARNED: Final = 0.15
#: Less left of a distribution than this, and a parcel is over its date.
_HARDLY: Final = 0.1
#: A scan that has been seen less is not spoken of by itself.
_MEANS_SOMETHING: Final = 0.5
#: A carrier is proven by more words than this; nobody's error is thought to be smaller.
_UNPROVEN: Final = 8.0
_NEVER_BETTER: Final = 0.15
#: A carrier whose windows hold so often is believed as often as they hold.
_KEEPS_ITS_WORD: Final = 0.75
#: From such a weight on its window is shown as it is; from the other on it is named as the reason.
_TAKEN_AT_ITS_WORD: Final = 0.8
_MOSTLY: Final = 0.5
#: A window of a few hours is worth naming; a working day is not.
_FEW_HOURS: Final = timedelta(hours=8)
_LOOKED_AHEAD: Final = 15
#: A delay costs one day, or two, or more, as often as not; with a time of day for each case.
_HELD_UP_DAYS: Final = tuple(
    (later, (place + 0.5) / count)
    for later, count in ((1, 8), (2, 6), (3, 4), (4, 2))
    for place in range(count)
)
#: Steps that go through all places once, far from one to the next.
_APART: Final = 7
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


@dataclass(frozen=True)
class Known:
    """What is known apart from the parcel; make one for a batch, it keeps what it works out.

    Attributes:
        zone: the shop's, whose days are meant.
        calendars: when houses and carriers work; without them every day is a working day.
        fitted: what was learned from the shop's own history.
    """

    zone: ZoneInfo
    calendars: Calendars | None = None
    fitted: Fitted = NOTHING

    @cached_property
    def days(self) -> Calendars:
        """The shop's calendars, or those of a shop that has told nothing."""
        return self.calendars or Calendars(version="", zone=self.zone, national=national.days_off)

    @cached_property
    def foreteller(self) -> Foreteller:
        """What was learned, ready to be asked."""
        return Foreteller(self.zone, self.days, self.fitted)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A parcel's road.

    Attributes:
        handed_over_at: when the carrier got it; without it the first movement counts.
        lane: the days on this road as configured; None where the regions are not known.
        extra_days: what an island or a remote area costs on top of its region.
        wished: when the carrier was told to deliver it.
    """

    handed_over_at: datetime | None
    lane: Lane | None
    origin_region: str = ""
    destination_region: str = ""
    carrier: str = ""
    service: str = ""
    extra_days: int = 0
    wished: Window | None = None

    @property
    def road(self) -> Road:
        return Road(self.origin_region, self.destination_region, self.carrier, self.service)


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """Goods that no carrier has yet.

    Attributes:
        stage: how far they are.
        since: when they came so far, UTC.
        placed_at: from when the cut-off counts; None where that is ``since``.
        carrier: whom they will go with; empty where that is open.
        ready_on: the day goods that are waited for are expected.
        lane: the days on the road as configured; None where the regions are not known.
        wished: when the customer wishes them.
    """

    stage: HouseStage
    since: datetime
    location_id: int | None
    placed_at: datetime | None = None
    origin_region: str = ""
    destination_region: str = ""
    postal_code: str = ""
    carrier: str = ""
    service: str = ""
    ready_on: date | None = None
    lane: Lane | None = None
    wished: Window | None = None

    @property
    def road(self) -> Road:
        return Road(self.origin_region, self.destination_region, self.carrier, self.service)


@dataclass(frozen=True)
class _Belief:
    """A window and what it rests on, while witnesses are heard one after the other."""

    window: Window
    why: str


def estimate(said: Sequence[Said], sent: Sent, *, now: datetime, known: Known) -> Estimate | None:
    """The window to show now, or None when nothing is known or nothing is to be expected.

    A wished time is the window as long as it can still be reached.

    Args:
        said: every scan, in any order, repeated or not.
        sent: the parcel's road.
        now: UTC. The window never closes before it.
        known: the shop's zone and calendars, and what was learned.
    """
    ordered = in_order(said)
    latest = newest(ordered)
    if latest is not None and latest.status in _ENDED:
        return None
    case = _Case(ordered, latest, sent, now, known)
    if latest is not None and latest.status in _SOMEBODY_ELSES_MOVE:
        return _after_a_miss(case)
    left_at = case.left_at
    lead = None
    if left_at is not None and known.fitted is not NOTHING:
        lead = known.foreteller.on_the_road(
            sent.road, left_at, lane=sent.lane, extra_days=sent.extra_days, now=now
        )
    if lead is None or lead.learned < _LEARNED:
        believed = _by_rule(case)
    else:
        believed = _by_history(case, lead)
    if latest is not None and latest.status in _HELD_UP:
        return believed
    return _as_wished(believed, sent.wished, now=now, zone=known.zone)


def foresee(unsent: Unsent, *, now: datetime, known: Known) -> Estimate | None:
    """When goods arrive that have not left; None where nothing is known of their road.

    Args:
        unsent: how far they are.
        now: UTC. They leave at the earliest now, and not before they are there.
        known: the shop's zone and calendars, and what was learned.
    """
    zone, tell, road = known.zone, known.foreteller, known.fitted.likely(unsent.road)
    ready_at = midnight(unsent.ready_on, zone) if unsent.ready_on else None
    since = max(unsent.since, ready_at) if ready_at else unsent.since
    stage = unsent.stage if since == unsent.since else HouseStage.PLACED
    region, code = unsent.destination_region, unsent.postal_code
    extra = known.days.extra_days(road.carrier, region=region, postal_code=code)
    try:
        leaving = _leaving(unsent, stage, since, now=now, known=known)
    except NeverLeaves:
        return None
    parts: list[tuple[Points, float]] = []
    roads: dict[date, Ahead] = {}
    for day_at, count in _by_day(leaving, zone):
        lead = tell.on_the_road(road, day_at, lane=unsent.lane, extra_days=extra, now=now)
        if lead is None:
            return None
        roads[day_of(day_at, zone)] = lead
        parts.append((lead.points, count))
    leaves_on = day_of(_moment(leaving[GRID // 2]), zone)
    usual = roads[leaves_on]
    points, _ = ahead(merged(parts), now.timestamp())
    because = Because(
        why=Why.NOT_SENT,
        stage=unsent.stage,
        leaves_on=leaves_on,
        ready_on=unsent.ready_on if stage is HouseStage.PLACED else None,
        origin=unsent.origin_region,
        destination=region,
        usual_days=usual.usual_days,
        closed=usual.closed,
        extra_days=extra,
        behind_days=round(usual.behind_days),
    )
    believed = _of_points(points, because, tell.ranks(road.carrier), now=now, zone=zone)
    return _as_wished(believed, unsent.wished, now=now, zone=zone)


def _as_wished(
    believed: Estimate | None, wished: Window | None, *, now: datetime, zone: ZoneInfo
) -> Estimate | None:
    """The wished time in place of what is believed, where it is ahead and can be reached.

    What is there by that day is kept for its hours; what is likely to come later is not wished
    away, and neither is a date of the carrier's own beside it.
    """
    if believed is None or wished is None or wished.until <= now:
        return believed
    is_otherwise = believed.why in {Why.CARRIER, Why.OUT_FOR_DELIVERY} and (
        believed.window.until <= wished.start or believed.window.start >= wished.until
    )
    in_time = 1 - believed.chance_after(
        midnight(day_of(wished.start, zone) + timedelta(days=1), zone)
    )
    if is_otherwise or in_time < _AS_OFTEN_AS_NOT:
        return believed
    start = max(wished.start, now)
    length = wished.until - start
    quantiles: list[tuple[float, datetime]] = []
    for share, at in believed.quantiles:
        then = start + length * (share / in_time) if share <= in_time else at
        if quantiles and then <= quantiles[-1][1]:
            then = quantiles[-1][1] + _INSTANT
        quantiles.append((share, then))
    because = replace(believed.because, why=Why.WISHED)
    return Estimate(wished, Why.WISHED, start + length / 2, because, tuple(quantiles))


def _leaving(
    unsent: Unsent, stage: HouseStage, since: datetime, *, now: datetime, known: Known
) -> Points:
    """When goods leave the house, and they have not yet."""
    tell, where = known.foreteller, unsent.location_id
    road = known.fitted.likely(unsent.road)
    placed_at = min(unsent.placed_at or since, since) if stage is unsent.stage else since
    leaving, _ = tell.leaving(stage, since, road, where, placed_at=placed_at)
    still, share = ahead(leaving, now.timestamp())
    if share:
        return still
    # Later than ever before: as if they had come so far only now.
    leaves = tell.leaves_by_calendar(stage, now, road, where, placed_at=now)
    return (leaves.timestamp(),) * GRID


def _by_day(points: Points, zone: ZoneInfo) -> list[tuple[datetime, float]]:
    """The middle one of the points of each day, and how many they are."""
    found: dict[date, list[datetime]] = {}
    for point in points:
        at = _moment(point)
        found.setdefault(day_of(at, zone), []).append(at)
    return [(times[len(times) // 2], float(len(times))) for times in found.values()]


@dataclass(frozen=True)
class _Case:
    """One parcel now: its scans in order, the one that counts, its road, the moment."""

    ordered: Sequence[Said]
    latest: Said | None
    sent: Sent
    now: datetime
    known: Known

    @property
    def left_at(self) -> datetime | None:
        return _left_at(self.ordered, self.sent)

    def because(self, why: str, lead: Ahead | None) -> Because:
        sent, left_at = self.sent, self.left_at
        return Because(
            why=why,
            left_at=left_at,
            origin=sent.origin_region,
            destination=sent.destination_region,
            usual_days=lead.usual_days if lead else _usual(sent.lane, sent.extra_days),
            closed=lead.closed if lead else (),
            extra_days=sent.extra_days,
            behind_days=round(lead.behind_days) if lead else 0,
            said_at=self.latest.occurred_at if self.latest else None,
        )


def _by_rule(case: _Case) -> Estimate | None:
    """By configured lead times and the carrier's own words alone."""
    zone = case.known.zone
    lead = _by_lane(case.ordered, case.sent, zone)
    believed = _carrier_and_lane(case.ordered, lead, now=case.now, zone=zone)
    if case.latest is not None:
        believed = _by_status(case.latest, believed, case.ordered, zone)
    believed = _not_in_the_past(believed, case.sent.lane, now=case.now, zone=zone)
    if believed is None:
        return None
    return _spread(believed.window, case.because(believed.why, None), now=case.now, zone=zone)


def _after_a_miss(case: _Case) -> Estimate | None:
    """The date the carrier has given since, else what such a scan has meant before."""
    zone, latest = case.known.zone, case.latest
    believed = _own_words_since(case.ordered, latest, now=case.now)
    if believed is not None:
        return _spread(believed.window, case.because(believed.why, None), now=case.now, zone=zone)
    found = _after_scan(case, None)
    if latest is None or found is None or found[1] < _MEANS_SOMETHING:
        return None
    points, share = ahead(found[0], case.now.timestamp())
    if share < _HARDLY:
        return None
    said_on, first, last = (
        day_of(at, zone)
        for at in (latest.occurred_at, _moment(points[GRID // 4]), _moment(points[-GRID // 4]))
    )
    why = Why.ATTEMPTED if latest.status is S.ATTEMPTED else Why.AT_COUNTER
    because = replace(
        case.because(why, None), usual_days=((first - said_on).days, (last - said_on).days)
    )
    return _of_points(points, because, _RANKS, now=case.now, zone=zone)


def _by_history(case: _Case, lead: Ahead) -> Estimate | None:
    """By what was learned of its road, of its newest scan, and of its carrier's words."""
    now, zone, latest = case.now, case.known.zone, case.latest
    points, why = lead.points, str(Why.HISTORY)
    if latest is not None:
        points, why = _with_scan(case, latest, points)
    given = _latest_estimate(case.ordered)
    if given is not None and _still_counts(given, latest, zone):
        weight = _earned_trust(case, given[0])
        if weight >= _TAKEN_AT_ITS_WORD and given[1].until >= now:
            because = case.because(_carriers(why), lead)
            return _spread(given[1], because, now=now, zone=zone)
        if weight > 0:
            points = blended(_as_the_carrier_says(case, given[1]), points, weight)
            why = _carriers(why) if weight >= _MOSTLY else why
    still, share = ahead(points, now.timestamp())
    if share < _HARDLY:
        return _overdue(case, lead, points[-1])
    ranks = case.known.foreteller.ranks(case.sent.carrier)
    return _of_points(still, case.because(why, lead), ranks, now=now, zone=zone)


def _with_scan(case: _Case, latest: Said, lead: Points) -> tuple[Points, str]:
    """What the newest scan makes of a road, and why."""
    zone = case.known.zone
    day = day_of(latest.occurred_at, zone)
    points, why = lead, str(Why.HISTORY)
    if latest.status is S.OUT_FOR_DELIVERY:
        points, why = _today(latest.occurred_at, zone), Why.OUT_FOR_DELIVERY
    elif latest.status in {S.DELAYED, S.CUSTOMS_HOLD}:
        why = Why.CUSTOMS if latest.status is S.CUSTOMS_HOLD else Why.DELAYED
        points = _held_up(lead, day, zone)
    elif case.left_at is None or day == day_of(case.left_at, zone):
        # What a carrier says on the day it left says nothing new.
        return points, latest.reason or why
    found = _after_scan(case, lead[GRID // 2])
    if found is not None:
        points = merged([(found[0], found[1]), (points, 1 - found[1])])
    return points, latest.reason or why


def _after_scan(case: _Case, expected_s: float | None) -> tuple[Points, float] | None:
    if case.latest is None:
        return None
    return case.known.foreteller.after_scan(
        case.latest,
        case.sent.road,
        reason=newest_reason(case.ordered),
        expected=_moment(expected_s) if expected_s is not None else None,
    )


def _today(at: datetime, zone: ZoneInfo) -> Points:
    """Evenly over what is left of a day of delivery."""
    end = (midnight(day_of(at, zone), zone) + _LAST_HOUR).timestamp()
    start = min(at.timestamp(), end)
    return tuple(start + (end - start) * rank for rank in RANKS)


def _held_up(lead: Points, day: date, zone: ZoneInfo) -> Points:
    """A delay without a date: some days after it was said, unless the road takes longer."""
    found = []
    for place, at_s in enumerate(lead):
        later, hour = _HELD_UP_DAYS[place]
        begin = midnight(day + timedelta(days=later), zone) + _FIRST_HOUR
        found.append(max(at_s, (begin + (_LAST_HOUR - _FIRST_HOUR) * hour).timestamp()))
    return tuple(found)


def _still_counts(given: tuple[datetime, Window], latest: Said | None, zone: ZoneInfo) -> bool:
    """A scan that says where a parcel stands outdoes an older date, but for hours of that day."""
    if latest is None or given[0] >= latest.occurred_at or latest.status is S.IN_TRANSIT:
        return True
    if latest.status is not S.OUT_FOR_DELIVERY:
        return latest.status not in {S.DELAYED, S.CUSTOMS_HOLD}
    day = day_of(latest.occurred_at, zone)
    return day_of(given[1].start, zone) == day == last_day(given[1], zone)


def _earned_trust(case: _Case, said_at: datetime) -> float:
    """How much the carrier's word counts beside ours, by the record of both."""
    fresh = trust(case.now - said_at)
    record = case.known.foreteller.record(case.sent.road)
    if record is None:
        return fresh
    theirs, ours = record.off_days + _NEVER_BETTER, record.ours_off_days + _NEVER_BETTER
    earned = ours * ours / (ours * ours + theirs * theirs)
    if record.inside >= _KEEPS_ITS_WORD:
        earned = max(earned, record.inside)
    return (record.seen * earned + _UNPROVEN * fresh) / (record.seen + _UNPROVEN)


def _as_the_carrier_says(case: _Case, window: Window) -> Points:
    """Its window, and as often as it has been wrong, the days around it."""
    zone = case.known.zone
    start, until = _hours_of(window, zone)
    record = case.known.foreteller.record(case.sent.road)
    errors = record.errors if record and record.seen >= _UNPROVEN else (0.0,) * GRID
    length = (until - start).total_seconds()
    begin = start.timestamp()
    # Early and late hours fall to each error alike.
    hours = (RANKS[place * _APART % GRID] for place in range(GRID))
    return tuple(
        sorted(
            begin + length * hour + days * DAY_S for hour, days in zip(hours, errors, strict=True)
        )
    )


def _carriers(why: str) -> str:
    return Why.CARRIER if why == Why.HISTORY else why


def _overdue(case: _Case, lead: Ahead, last_s: float) -> Estimate | None:
    """Over its date it comes today or a little later, until nobody can say."""
    now, zone = case.now, case.known.zone
    if now - _moment(last_s) > GIVE_UP:
        return None
    spread = max(1, lead.usual_days[1] - lead.usual_days[0])
    today = day_of(now, zone)
    road, tell = case.sent.road, case.known.foreteller
    days: list[date] = []
    for later in range(_LOOKED_AHEAD):
        day = today + timedelta(days=later)
        if tell.delivers_on(road, day):
            days.append(day)
        if len(days) > spread:
            break
    first, last = (days[0], days[-1]) if days else (today, today + timedelta(days=spread))
    because = case.because(Why.OVERDUE, lead)
    return _spread(Window.of_days(first, last, zone), because, now=now, zone=zone)


def _of_points(
    points: Points, because: Because, ranks: tuple[float, float], *, now: datetime, zone: ZoneInfo
) -> Estimate:
    """A window of whole days, or of hours where four of five fall into a few of one day."""
    start_s, until_s = ends(points, *ranks)
    start, until = _moment(start_s), _moment(until_s)
    first, last = day_of(start, zone), day_of(until, zone)
    window = Window.of_days(first, last, zone)
    if first == last:
        window = _of_hours(start, until, zone) or window
    quantiles = tuple((share, _moment(at_rank(points, share))) for share in SHARES)
    return Estimate(window, because.why, max(now, _moment(points[GRID // 2])), because, quantiles)


def _of_hours(start: datetime, until: datetime, zone: ZoneInfo) -> Window | None:
    """The full hours around two moments of one day, where they are few."""
    first = start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    last = until.astimezone(zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if last - first > _FEW_HOURS or last.date() != first.date():
        return None
    return Window(first.astimezone(UTC), last.astimezone(UTC))


def _hours_of(window: Window, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A window's ends; of whole days, the first and the last hour of delivery."""
    days = window.days(zone)
    if days is None:
        return window.start, window.until
    return midnight(days[0], zone) + _FIRST_HOUR, midnight(days[1], zone) + _LAST_HOUR


def _moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _usual(lane: Lane | None, extra_days: int) -> tuple[int, int] | None:
    return (lane.usual_days + extra_days,) * 2 if lane else None


def _spread(window: Window, because: Because, *, now: datetime, zone: ZoneInfo) -> Estimate:
    """How arrivals lie in a window nobody has measured: early in it, in the hours of delivery."""
    days = window.days(zone)
    start, until = _hours_of(window, zone)
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


#: A wished time counts where at least so many such parcels are there by its day.
_AS_OFTEN_AS_NOT: Final = 0.5
#: While it is held up, a wished time is no longer to be counted on.
_HELD_UP: Final = frozenset({S.DELAYED, S.CUSTOMS_HOLD})
#: Here the next move is somebody's, not the carrier's.
_SOMEBODY_ELSES_MOVE: Final = frozenset({S.AVAILABLE_FOR_PICKUP, S.ATTEMPTED})
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
    if latest is None:
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
        days = day_of(window.start, zone), last_day(window, zone)
        return _Belief(Window.of_days(*days, zone), Why.CARRIER)
    first = lead.start + (window.start - lead.start) * weight
    until = lead.until + (window.until - lead.until) * weight
    last = max(last_day(Window(first, until), zone), day_of(first, zone))
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


def _end(believed: _Belief, zone: ZoneInfo) -> date:
    return last_day(believed.window, zone)
