"""Choosing locations for a basket: facts read, rules applied, the choice explained."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.inventory import places
from oms_service.inventory.places import ShippingPoint
from oms_service.inventory.policy import Pick, Want
from oms_service.operations.rules import sourcing_rules
from oms_service.operations.rules.sourcing_rules import SourcingRules
from oms_service.operations.sources import sending
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, PolicyView
from oms_service.shipping import lanes, services
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.days import HORIZON_DAYS, Calendars, NeverLeaves
from oms_service.sourcing import optimiser, weighing
from oms_service.sourcing.weighing import Code, Measure, PlaceFacts, Weights

Free = Mapping[tuple[int, int], int]
"""Units available by (variant, location)."""

#: An area far, where nobody knows how far.
_FARTHEST: Final = len(lanes.AREAS) - 1
#: On the road, where nobody knows the way.
_UNKNOWN_DAYS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is wanted, of whom, to where."""

    channel: ChannelView
    destination: Mapping[str, Any]
    wants: Sequence[Want]
    #: Locations to take first, before what the rules prefer.
    preferred: Sequence[int] = ()
    #: The only locations that may send; any that ship where not given.
    only: Collection[int] | None = None
    #: A location that may not send this time.
    away_from: int | None = None


@dataclass(frozen=True)
class Answer:
    """Units by line and location, and what is kept of why; units that nobody has are left out."""

    picks: tuple[Pick, ...]
    policy_id: int | None
    cost_minor: int
    is_exact: bool
    most_locations: int | None
    looked_at: tuple[Mapping[str, Any], ...] = field(hash=False)
    #: What could be had for this: of open locations, above what is owed to others.
    free: Free = field(hash=False)


def policy_of(session: Session, channel: ChannelView, *, now: datetime) -> PolicyView | None:
    """What a channel says about where its orders come from; the usual rules hold where nothing."""
    return sales.policy(session, channel.id, sourcing_rules.SOURCING, at=now)


def choose(
    session: Session,
    asked: Question,
    free: Free,
    *,
    policy: PolicyView | None,
    now: datetime,
    owed: Mapping[int, int] = MappingProxyType({}),
) -> Answer:
    """Where the wanted units should come from.

    Args:
        session: to read with. ``free`` must have been read before: a location that closes
            meanwhile is then seen to be closed.
        asked: what is wanted.
        free: what each level has.
        policy: what the channel says about it; see ``policy_of``.
        now: UTC.
        owed: units by variant that others have waited for.
    """
    rules = sourcing_rules.read(policy.rules) if policy else sourcing_rules.USUAL
    points = places.shipping_points(session)
    wanted = _by_variant(asked.wants)
    barred = _barred(points, rules, asked)
    usable = {point.id for point in points} - barred.keys()
    free = keep_for_waiting(
        {part: units for part, units in free.items() if part[1] in usable}, owed
    )
    has = {place for (variant, place), units in free.items() if units > 0 and variant in wanted}
    barred |= {
        point.id: Code.NO_STOCK
        for point in points
        if point.id not in has and point.id not in barred
    }
    candidates = [point for point in points if point.id not in barred]
    facts = _facts(session, asked, candidates, rules, wanted, now)
    ids = {point.id for point in candidates}
    here = {part: units for part, units in free.items() if part[0] in wanted and part[1] in ids}
    weights = _weights(rules, asked)
    problem = weighing.problem_of(
        wanted, here, facts, weights, cover=here, most_locations=rules.most_locations
    )
    choice = optimiser.choose(problem)
    return Answer(
        picks=tuple(_to_lines(asked.wants, choice.parts)),
        policy_id=policy.id if policy else None,
        cost_minor=weighing.measured(choice.parts, facts, here).get(Measure.SHIPPING, 0),
        is_exact=choice.is_exact,
        most_locations=None if choice.is_exact else choice.most_combined,
        looked_at=tuple(weighing.explain(problem, choice, facts, here, barred)),
        free=free,
    )


def keep_for_waiting(free: Free, owed: Mapping[int, int]) -> dict[tuple[int, int], int]:
    """What is free once those who wait have theirs; taken where most lies."""
    left = dict(free)
    for variant, units in owed.items():
        of = sorted(
            (part for part in left if part[0] == variant), key=lambda part: (-left[part], part[1])
        )
        for part in of:
            kept = min(units, left[part])
            left[part] -= kept
            units -= kept  # noqa: PLW2901 - what is still owed
    return left


def _by_variant(wants: Sequence[Want]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for want in wants:
        wanted[want.variant_id] = wanted.get(want.variant_id, 0) + want.quantity
    return wanted


def _barred(
    points: Sequence[ShippingPoint], rules: SourcingRules, asked: Question
) -> dict[int, Code]:
    barred: dict[int, Code] = {}
    for point in points:
        if asked.only is not None and point.id not in asked.only:
            barred[point.id] = Code.NOT_ASKED
        elif point.id == asked.away_from:
            barred[point.id] = Code.LEFT
        elif point.is_closed:
            barred[point.id] = Code.CLOSED
        elif asked.only is None and not point.ships_orders:
            barred[point.id] = Code.DOES_NOT_SHIP
        elif asked.only is None and point.code in rules.excluded_locations:
            barred[point.id] = Code.EXCLUDED
    return barred


def _weights(rules: SourcingRules, asked: Question) -> Weights:
    """The rules'; a wish of the caller comes before money, and after as few parcels as can be."""
    weights = rules.weights
    if not asked.preferred:
        return weights
    before = tuple(one for one in weights.first if one not in {Measure.SPLIT, Measure.PRIORITY})
    return Weights(first=(Measure.SPLIT, Measure.PRIORITY, *before), minor=weights.minor)


def _facts(
    session: Session,
    asked: Question,
    candidates: Sequence[ShippingPoint],
    rules: SourcingRules,
    wanted: Mapping[int, int],
    now: datetime,
) -> list[PlaceFacts]:
    """What using each candidate comes to. A single one needs no comparing, so nothing is read."""
    if len(candidates) < 2:  # noqa: PLR2004 - one, or none
        return [PlaceFacts(location_id=point.id, amounts={}) for point in candidates]
    prices = _Prices(session, asked, candidates, rules, wanted)
    order = list(asked.preferred)
    codes = list(rules.priority)
    facts = []
    for point in candidates:
        leaves_on = _leaves_on(prices.calendars, point, now)
        arrive_by = (
            None
            if rules.promise_days is None
            else now.astimezone(ZoneInfo(point.zone)).date() + timedelta(days=rules.promise_days)
        )
        cost, road = prices.of(point, leaves_on=leaves_on, arrive_by=arrive_by)
        days = road + (leaves_on - now.astimezone(ZoneInfo(point.zone)).date()).days
        if order:
            priority = order.index(point.id) if point.id in order else len(order)
        else:
            priority = codes.index(point.code) if point.code in codes else len(codes)
        facts.append(
            PlaceFacts(
                location_id=point.id,
                amounts={
                    Measure.SHIPPING: cost,
                    Measure.HANDLING: point.handling_minor,
                    Measure.DAYS: days,
                    Measure.LATE: max(0, days - rules.promise_days)
                    if rules.promise_days is not None
                    else 0,
                    Measure.SHOP: int(point.is_shop),
                    Measure.PRIORITY: priority,
                },
            )
        )
    return facts


class _Prices:
    """What sending the basket costs from each candidate: carriers' tables read once."""

    def __init__(
        self,
        session: Session,
        asked: Question,
        candidates: Sequence[ShippingPoint],
        rules: SourcingRules,
        wanted: Mapping[int, int],
    ) -> None:
        self.destination = asked.destination
        self.rules = rules
        self.calendars = calendars.calendars(session, ZoneInfo(asked.channel.zone))
        self.known = [
            one for one in services.in_use(session) if one.currency == asked.channel.currency
        ]
        self.size = sending.basket_size(session, wanted) if self.known else None
        region = str(asked.destination.get("region") or "")
        self.lanes = sending.lanes_by_carrier(
            session, self.known, {point.region for point in candidates}, region
        )

    def of(
        self, point: ShippingPoint, *, leaves_on: date, arrive_by: date | None
    ) -> tuple[int, int]:
        """(cost in minor units, days on the road) from a location."""
        way = sending.way_of(point.region, self.destination)
        if self.size is not None:
            found = sending.price_of_basket(
                self.known,
                self.size,
                way,
                self.lanes[point.region],
                leaves_on=leaves_on,
                arrive_by=arrive_by,
                arrives=sending.arrivals(self.calendars, point.id, way, leaves_on=leaves_on),
            )
            if found is not None:
                return found
        apart = lanes.distance(way.origin_region, way.region)
        lane = lanes.usual(way.origin_region, way.region)
        areas = _FARTHEST if apart is None else apart
        extra = self.calendars.extra_days("", region=way.region, postal_code=way.postal_code)
        days = (lane.usual_days if lane else _UNKNOWN_DAYS) + extra
        return self.rules.distance_minor * (1 + areas), days


def _leaves_on(of: Calendars, point: ShippingPoint, now: datetime) -> date:
    """The day on which what is ordered now leaves; far away where nothing ever does."""
    zone = ZoneInfo(point.zone)
    try:
        found = of.next_hand_over(now, location_id=point.id, carrier="")
    except NeverLeaves:
        return now.astimezone(zone).date() + timedelta(days=HORIZON_DAYS)
    return found.astimezone(zone).date()


def _to_lines(wants: Sequence[Want], parts: optimiser.Parts) -> list[Pick]:
    """Units of variants given to lines; a line stays whole where one location has all of it."""
    left = {(variant, place): units for variant, of in parts.items() for place, units in of}
    picks: list[Pick] = []
    for want in sorted(wants, key=lambda want: (-want.quantity, want.order_line_id)):
        missing = want.quantity
        of = [part for part in left if part[0] == want.variant_id and left[part]]
        whole = [part for part in of if left[part] >= missing]
        of = (
            [min(whole, key=lambda part: left[part])]
            if whole
            else sorted(of, key=lambda part: -left[part])
        )
        for part in of:
            units = min(missing, left[part])
            if units:
                left[part] -= units
                missing -= units
                picks.append(Pick(want.order_line_id, want.variant_id, part[1], units))
    return sorted(picks, key=lambda pick: (pick.order_line_id, pick.location_id))
