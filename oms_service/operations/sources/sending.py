"""By which carrier and service a parcel goes, and why by that one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog.goods import Goods, goods
from oms_service.kernel.errors import DomainError
from oms_service.operations.rules import change_rules, sourcing_rules
from oms_service.orders import queries as order_queries
from oms_service.orders.queries import OrderView
from oms_service.sales import queries as sales
from oms_service.shipping import book, rates, services
from oms_service.shipping.calendars.days import Calendars
from oms_service.shipping.lanes import Lane
from oms_service.shipping.rates import Arrives, Cause, Choice, Considered, Service, Size, Takes, Way

#: What a unit weighs that nobody has weighed.
UNKNOWN_WEIGHT_G: Final = 500


class NoServiceFits(DomainError):
    """No service takes this parcel to this address; ``others`` says why, of each."""

    code: ClassVar[str] = "no-service-fits"
    http_status: ClassVar[int] = 422

    def __init__(self, others: Sequence[Considered]) -> None:
        super().__init__("no carrier's service takes this parcel there")
        self.others = tuple(others)


@dataclass(frozen=True)
class ServiceChoice:
    """The service to send by: what it costs, how many days it takes, why, and why not others."""

    carrier: str
    service: str
    cost_minor: int
    currency: str
    days: int
    why: tuple[Cause, ...] = field(hash=False)
    others: tuple[Considered, ...] = field(hash=False)


def choose_service(  # noqa: PLR0913 - by name, each a thing that a parcel has
    session: Session,
    *,
    weight_g: int,
    sides_mm: tuple[int, int, int] | None,
    origin_region: str,
    destination: Mapping[str, Any],
    leaves_on: date,
    arrives: Arrives | None = None,
    currency: str = "JPY",
    arrive_by: date | None = None,
    cash_on_delivery: bool = False,
    takes: Takes | None = None,
) -> ServiceChoice:
    """The service for a packed parcel: in time if one can be, then cheapest, then soonest.

    Args:
        session: to read with.
        weight_g: of the packed parcel.
        sides_mm: its outside, in any order; None where nobody measured it.
        origin_region: the prefecture it leaves from.
        destination: ``region`` and ``postal_code`` of the address; other keys are not looked at.
        leaves_on: the day it is ready for the carrier.
        arrives: as ``arrivals`` makes it; without it carriers work on every day.
        currency: only services with prices in it are compared.
        arrive_by: the day the customer was promised, where one was.
        cash_on_delivery: whether the carrier has to collect money.
        takes: whether a service keeps what the customer wishes.

    Raises:
        NoServiceFits: none takes it there.
    """
    way = way_of(origin_region, destination)
    known = [one for one in services.in_use(session) if one.currency == currency]
    chosen = rates.choose(
        known,
        Size(weight_g=weight_g, sides_mm=sides_mm),
        way,
        lanes_by_carrier(session, known, [origin_region], way.region)[origin_region],
        leaves_on=leaves_on,
        arrive_by=arrive_by,
        cash_on_delivery=cash_on_delivery,
        arrives=arrives,
        takes=takes,
    )
    best = chosen.best
    if best is None or best.offer is None:
        raise NoServiceFits(chosen.others)
    offer = best.offer
    return ServiceChoice(
        offer.carrier,
        offer.service,
        offer.cost_minor,
        offer.currency,
        offer.days,
        best.causes,
        chosen.others,
    )


def promised_day(session: Session, order: OrderView, *, zone: ZoneInfo) -> date | None:
    """The day by which an order should arrive; None where its channel promises none.

    The days of its sourcing rules, or of a faster kind of delivery that was paid for, from the
    day it was placed.
    """
    if order.placed_at is None:
        return None
    sourcing = sales.policy(session, order.channel_id, sourcing_rules.SOURCING, at=order.placed_at)
    rules = sourcing_rules.read(sourcing.rules) if sourcing else sourcing_rules.USUAL
    known = [rules.promise_days, _faster(session, order, at=order.placed_at)]
    days = min((one for one in known if one is not None), default=None)
    if days is None:
        return None
    return order.placed_at.astimezone(zone).date() + timedelta(days=days)


def _faster(session: Session, order: OrderView, *, at: datetime) -> int | None:
    """How many days the faster kind of delivery takes that an order has, if it has one."""
    speed = order_queries.way(session, order.id).speed
    policy = sales.policy(session, order.channel_id, change_rules.CHANGES, at=at) if speed else None
    rules = change_rules.read(policy.rules).expedite if policy is not None else None
    of = rules.speeds.get(change_rules.Speed(speed)) if rules is not None else None
    return of.days if of is not None else None


def arrivals(of: Calendars, location_id: int, way: Way, *, leaves_on: date) -> Arrives:
    """By which day each carrier is there with what is ready at a location on ``leaves_on``."""

    def arrives(carrier: str, days: int) -> date | None:
        return of.arrives_on(carrier, leaves_on, days, location_id=location_id, way=way)

    return arrives


def way_of(origin_region: str, destination: Mapping[str, Any]) -> Way:
    """From a location to an address."""
    return Way(
        origin_region=origin_region,
        region=str(destination.get("region") or ""),
        postal_code=str(destination.get("postal_code") or ""),
    )


def lanes_by_carrier(
    session: Session, known: Collection[Service], origins: Collection[str], region: str
) -> dict[str, dict[str, Lane | None]]:
    """Days on the road to a prefecture, by origin and carrier; one query."""
    carriers = sorted({one.carrier for one in known})
    roads = book.lanes_of(
        session, {(carrier, origin, region) for carrier in carriers for origin in origins}
    )
    return {
        origin: {carrier: roads[carrier, origin, region] for carrier in carriers}
        for origin in origins
    }


def basket_size(session: Session, units: Mapping[int, int]) -> Size:
    """How heavy and large variants are together, one laid upon the other; sides where all known."""
    known = goods(session, set(units))
    weight = sum(
        ((known[one].weight_g if one in known else None) or UNKNOWN_WEIGHT_G) * count
        for one, count in units.items()
    )
    return Size(weight_g=weight, sides_mm=_stacked(known, units))


def price_of_basket(
    known: Sequence[Service],
    size: Size,
    way: Way,
    lane_by_carrier: Mapping[str, Lane | None],
    *,
    leaves_on: date,
    arrive_by: date | None,
    arrives: Arrives | None = None,
) -> tuple[int, int] | None:
    """(cost in minor units, days) of sending a basket in as few like parcels as carriers take.

    None where no service takes it, in however many parcels.
    """
    for parcels in _PARCELS:
        part = Size(weight_g=-(-size.weight_g // parcels), sides_mm=_cut(size.sides_mm, parcels))
        choice: Choice = rates.choose(
            known,
            part,
            way,
            lane_by_carrier,
            leaves_on=leaves_on,
            arrive_by=arrive_by,
            arrives=arrives,
        )
        if choice.best is not None and choice.best.offer is not None:
            return choice.best.offer.cost_minor * parcels, choice.best.offer.days
    return None


_PARCELS: Final = (1, 2, 3, 5, 8, 13, 21)


def _stacked(known: Mapping[int, Goods], units: Mapping[int, int]) -> tuple[int, int, int] | None:
    long, wide, high = 0, 0, 0
    for variant, count in units.items():
        size = known[variant].size_mm if variant in known else None
        if size is None:
            return None
        low, middle, most = sorted(size)
        long, wide, high = max(long, most), max(wide, middle), high + low * count
    return long, wide, high


def _cut(sides: tuple[int, int, int] | None, parcels: int) -> tuple[int, int, int] | None:
    """The sides of one of so many stacks."""
    if sides is None:
        return None
    return sides[0], sides[1], -(-sides[2] // parcels)
