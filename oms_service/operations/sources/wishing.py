"""Whether goods can arrive when their customer wishes, and when they then have to leave."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.inventory import places
from oms_service.inventory.places import ShippingPoint
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.rules import reasons
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.operations.sources import sending
from oms_service.shipping import book, rates, services, wishes
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.days import Calendars, DeliveryWindow, NeverLeaves
from oms_service.shipping.lanes import Lane
from oms_service.shipping.rates import Offer, Service, Size, Way
from oms_service.shipping.windows import midnight
from oms_service.shipping.wishes import MOST_DAYS_AHEAD, Wish

#: Light and small: whether a service goes there at all does not depend on the goods.
_ANYTHING: Final = Size(weight_g=1, sides_mm=None)
#: On the road, where nobody knows the way.
_UNKNOWN_DAYS: Final = 3
_DAY: Final = timedelta(days=1)


class WishRefused(Invalid):
    """It cannot arrive then; ``cause`` says why, ``fields`` where it was asked for."""

    code = "delivery-not-possible"

    def __init__(self, cause: Cause) -> None:
        of_hours = cause.code is Code.WINDOW_NOT_OFFERED
        name = "delivery_window" if of_hours else "deliver_on"
        said = reasons.say(cause, Language.ENGLISH)
        super().__init__("this cannot be delivered then", {name: said})
        self.cause = cause


@dataclass(frozen=True)
class Road:
    """One service from one location: when goods leave and arrive that way at the earliest."""

    location_id: int
    carrier: str
    service: str
    days: int
    leaves: date
    first: date


@dataclass(frozen=True)
class Reach:
    """Every road to one address whose carrier lets one choose when it comes.

    ``groups``: of each of these sets one road has to do; goods leave from all of the locations.
    """

    calendars: Calendars
    way: Way
    country: str
    today: date
    groups: tuple[tuple[Road, ...], ...] = field(hash=False)

    @property
    def windows(self) -> tuple[DeliveryWindow, ...]:
        """The hours to choose from, by their beginning; of several carriers' the first.

        What comes from several locations comes in hours that a carrier of each one has.
        """
        found = [self._hours(group) for group in self.groups]
        kept = [
            one
            for hours, one in (found[0] if found else {}).items()
            if all(hours in others for others in found[1:])
        ]
        return tuple(sorted(kept, key=lambda one: (one.start, one.until)))

    @property
    def first(self) -> date | None:
        """The earliest day to choose; None where no day can be."""
        firsts = [min(road.first for road in group) for group in self.groups if group]
        return max(firsts) if firsts and len(firsts) == len(self.groups) else None

    @property
    def last(self) -> date:
        return self.today + MOST_DAYS_AHEAD * _DAY

    def why_not(self, wish: Wish) -> Cause | None:
        """What stands against a wish; None where it can be kept."""
        day = wish.deliver_on
        if not wish:
            return None
        if day is not None and day < self.today:
            return Cause(Code.DAY_PAST)
        if day is not None and day > self.last:
            return Cause(Code.DAY_TOO_FAR, {"last": self.last})
        if not self.groups or not all(self.groups):
            return Cause(Code.WISH_NOT_OFFERED)
        found = (self._against(group, wish) for group in self.groups)
        return next((one for one in found if one is not None), None)

    def leave_on(self, location_id: int, wish: Wish) -> date | None:
        """The day on which goods leave a location to arrive on the wished one; None without.

        The earliest of the last days on which the services could take them; today's where it is
        too late for all of them.
        """
        day = wish.deliver_on
        if day is None:
            return None
        roads = [
            road
            for group in self.groups
            for road in group
            if road.location_id == location_id and self._takes(road, wish)
        ]
        timely = [road for road in roads if road.first <= day]
        return min((self._last_day(road, day) for road in timely), default=None)

    def _against(self, group: tuple[Road, ...], wish: Wish) -> Cause | None:
        roads = [road for road in group if self._takes(road, wish)]
        day = wish.deliver_on
        if not roads:
            return Cause(Code.WINDOW_NOT_OFFERED)
        if day is None:
            return None
        first = min(road.first for road in roads)
        if day < first:
            return Cause(Code.DAY_TOO_SOON, {"first": first})
        if not any(road.first <= day and self._delivers(road, day) for road in roads):
            return Cause(Code.DAY_CLOSED, {"day": day})
        return None

    def _hours(self, group: tuple[Road, ...]) -> dict[str, DeliveryWindow]:
        """The windows of any road of a set, by their hours."""
        found: dict[str, DeliveryWindow] = {}
        for road in group:
            for one in self.calendars.windows(road.carrier, road.service):
                found.setdefault(wishes.hours_of(one), one)
        return found

    def _takes(self, road: Road, wish: Wish) -> bool:
        return wishes.takes(self.calendars, road.carrier, road.service, wish)

    def _delivers(self, road: Road, day: date) -> bool:
        return self.calendars.delivers(
            road.carrier,
            day,
            region=self.way.region,
            postal_code=self.way.postal_code,
            country=self.country,
        )

    def _last_day(self, road: Road, day: date) -> date:
        of, at, leaves = self.calendars, road.location_id, day
        while leaves > road.leaves:
            goes = of.works(at, leaves) and of.picks_up(road.carrier, leaves, location_id=at)
            if goes:
                there = of.arrives_on(road.carrier, leaves, road.days, location_id=at, way=self.way)
                if there is not None and there <= day:
                    break
            leaves -= _DAY
        return leaves


def reach(
    session: Session,
    zone: ZoneInfo,
    *,
    destination: Mapping[str, Any],
    currency: str,
    now: datetime,
    from_places: Collection[int] | None = None,
    ready_on: date | None = None,
) -> Reach:
    """How an address can be reached by carriers that let one choose when.

    Args:
        session: to read with.
        zone: the shop's, whose days are meant.
        destination: ``country``, ``region`` and ``postal_code``; other keys are not looked at.
        currency: only services with prices in it count; where the shop has none at all, every
            carrier does whose windows are known.
        now: UTC.
        from_places: the locations the goods leave from, every one of them; any open one that
            sends orders where nobody knows yet.
        ready_on: the day goods that are waited for are expected.
    """
    of = calendars.calendars(session, zone)
    region = str(destination.get("region") or "")
    country = str(destination.get("country") or of.country)
    today = now.astimezone(zone).date()
    points = [
        one
        for one in places.shipping_points(session)
        if (one.id in from_places if from_places is not None else _sends(one))
    ]
    start = now if ready_on is None else max(now, midnight(ready_on, zone))
    found: dict[int, list[Road]] = {point.id: [] for point in points}
    if destination and country == of.country:
        offers = _Offers(session, of, currency, points, region)
        for point in points:
            way = sending.way_of(point.region, destination)
            for carrier, service, days in offers.to(way):
                road = _road(of, point, way, (carrier, service, days), start)
                if road is not None:
                    found[point.id].append(road)
    groups = [tuple(roads) for _, roads in sorted(found.items())]
    if from_places is None:
        groups = [tuple(road for group in groups for road in group)]
    return Reach(of, sending.way_of("", destination), country, today, tuple(groups))


def check(  # noqa: PLR0913 - as ``reach``
    session: Session,
    zone: ZoneInfo,
    wish: Wish,
    *,
    destination: Mapping[str, Any],
    currency: str,
    now: datetime,
    from_places: Collection[int] | None = None,
    ready_on: date | None = None,
) -> None:
    """Refuse a wish that cannot be kept.

    Raises:
        WishRefused: hours no carrier offers there, or a day that is past, too far away, too soon,
            or on which nothing is delivered.
    """
    if not wish:
        return
    found = reach(
        session,
        zone,
        destination=destination,
        currency=currency,
        now=now,
        from_places=from_places or None,
        ready_on=ready_on,
    )
    cause = found.why_not(wish)
    if cause is not None:
        raise WishRefused(cause)


def check_readable(wish: Wish, pickup_location_id: int | None) -> None:
    """Refuse what no carrier could be asked for.

    Raises:
        WishRefused: hours that are none, or a wish for what is fetched in a shop.
    """
    if wish and pickup_location_id is not None:
        raise WishRefused(Cause(Code.COLLECTED_IN_SHOP))
    if wish.hours and wishes.ends_of(wish.hours) is None:
        raise WishRefused(Cause(Code.WINDOW_NOT_OFFERED))


def _sends(point: ShippingPoint) -> bool:
    return point.ships_orders and not point.is_closed


class _Offers:
    """Services to a prefecture with their days on the road, from any of some locations."""

    def __init__(
        self,
        session: Session,
        of: Calendars,
        currency: str,
        points: Collection[ShippingPoint],
        region: str,
    ) -> None:
        every = services.in_use(session)
        self._known: list[Service] = [
            one
            for one in every
            if one.currency == currency and of.windows(one.carrier, one.service)
        ]
        self._others = () if every else tuple(sorted(of.carrier_windows))
        carriers = {one.carrier for one in self._known} | set(self._others)
        self._lanes: dict[tuple[str, str, str], Lane | None] = book.lanes_of(
            session, {(carrier, point.region, region) for carrier in carriers for point in points}
        )
        self._calendars = of

    def to(self, way: Way) -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        for service in self._known:
            lane = self._lanes[service.carrier, way.origin_region, way.region]
            offer = rates.offer(service, _ANYTHING, way, lane)
            if isinstance(offer, Offer):
                found.append((offer.carrier, offer.service, offer.days))
        for carrier in self._others:
            if self._calendars.windows(carrier):
                lane = self._lanes[carrier, way.origin_region, way.region]
                extra = self._calendars.extra_days(
                    carrier, region=way.region, postal_code=way.postal_code
                )
                found.append((carrier, "", (lane.usual_days if lane else _UNKNOWN_DAYS) + extra))
        return found


def _road(
    of: Calendars, point: ShippingPoint, way: Way, by: tuple[str, str, int], start: datetime
) -> Road | None:
    carrier, service, days = by
    try:
        leaves = of.next_hand_over(start, location_id=point.id, carrier=carrier)
    except NeverLeaves:
        return None
    leaves_on = leaves.astimezone(ZoneInfo(point.zone)).date()
    first = of.arrives_on(carrier, leaves_on, days, location_id=point.id, way=way)
    return None if first is None else Road(point.id, carrier, service, days, leaves_on, first)
