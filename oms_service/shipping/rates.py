"""What carriers' services cost, take and reach, and which one a parcel should go by: pure.

The table of a service, as data::

    {"steps": [{"up_to_g": 2000, "up_to_sides_mm": 600, "by_distance": [940, 940, 1060]}]}

Steps come from small to large; ``by_distance`` is the price by how many areas apart the two
prefectures are (``shipping.lanes``), the last one for everything farther. Remote areas::

    {"areas": [{"region": "沖縄県", "postal_prefixes": ["907"], "surcharge_minor": 600,
                "extra_days": 1, "is_served": true},
               {"places": ["amami", "sado"], "surcharge_minor": 900}]}

Of several entries that fit, the one with the longest postal prefix holds. ``places`` are islands
by the codes of ``shipping.areas``; an entry that names no ``extra_days`` takes those of the area,
and so does an address of which the service says nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.shipping import areas, lanes
from oms_service.shipping.areas import Area
from oms_service.shipping.lanes import Lane

#: No price, weight, size or number of days is more.
_MOST: Final = 10_000_000
#: More days would lead past the end of the calendar, and any parcel has come by then.
_MOST_DAYS: Final = 60
_MOST_STEPS: Final = 40
_MOST_AREAS: Final = 200

#: Where neither the shop nor the rule of thumb knows the way.
_UNKNOWN_WAY: Final = Lane(3, 6)


class Code(StrEnum):
    """Why a service is, or is not, the one."""

    CHEAPEST = "cheapest"
    CHEAPEST_IN_TIME = "cheapest_in_time"
    SOONEST = "soonest"
    ONLY_ONE = "only_one"
    COSTS_MORE = "costs_more"
    TOO_LATE = "too_late"
    SLOWER = "slower"
    LISTED_LATER = "listed_later"
    TOO_HEAVY = "too_heavy"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    TOO_THICK = "too_thick"
    SIZE_UNKNOWN = "size_unknown"
    NOT_SERVED = "not_served"
    NO_CASH_ON_DELIVERY = "no_cash_on_delivery"
    WISH_NOT_TAKEN = "wish_not_taken"


@dataclass(frozen=True)
class Cause:
    """A code with its numbers; ``operations.sources.sourcing_words`` has the words."""

    code: Code
    facts: Mapping[str, int | str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Step:
    """A price list for parcels up to a weight and a size."""

    up_to_g: int
    up_to_sides_mm: int | None
    by_distance: tuple[int, ...]


@dataclass(frozen=True)
class Remote:
    """An area that costs more, takes longer, or is not served.

    ``extra_days`` None: as many as the area's own.
    """

    region: str
    postal_prefixes: tuple[str, ...]
    surcharge_minor: int
    extra_days: int | None
    is_served: bool

    def fits(self, region: str, postal_code: str) -> int:
        """How closely it fits an address: 0 not at all."""
        if self.region and self.region != region:
            return 0
        if not self.postal_prefixes:
            return 1
        digits = areas.digits(postal_code)
        return max(
            (len(one) + 1 for one in self.postal_prefixes if digits.startswith(one)), default=0
        )


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service of a carrier; see ``shipping.models.CarrierService``."""

    carrier: str
    service: str
    name: Words = field(hash=False)
    currency: str
    max_weight_g: int
    max_sides_mm: int | None = None
    max_longest_mm: int | None = None
    max_thickness_mm: int | None = None
    extra_days: int = 0
    has_cash_on_delivery: bool = False
    steps: tuple[Step, ...]
    remote: tuple[Remote, ...] = ()
    #: The islands and remote areas of the shop, by postal prefix.
    areas: Mapping[str, Area] = field(default_factory=lambda: areas.USUAL_BY_PREFIX, hash=False)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How heavy and how large; sides in any order, None where nobody measured them."""

    weight_g: int
    sides_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Way:
    """From a prefecture to an address. ``lane`` is the carrier's, None where nobody knows."""

    origin_region: str
    region: str
    postal_code: str = ""


@dataclass(frozen=True)
class Offer:
    """What one service asks for a parcel, and when it would arrive."""

    carrier: str
    service: str
    cost_minor: int
    currency: str
    days: int
    is_remote: bool


@dataclass(frozen=True)
class Considered:
    """One service that was looked at, and what spoke for or against it."""

    carrier: str
    service: str
    name: Words = field(hash=False)
    offer: Offer | None
    causes: tuple[Cause, ...]


Arrives = Callable[[str, int], date | None]
"""The day on which a carrier is there after so many days on the road; None: never."""
Takes = Callable[[str, str], bool]
"""Whether a carrier's service keeps what the customer wishes."""


@dataclass(frozen=True)
class Choice:
    """The service to send by, and all others with why not. ``best`` is None where none fits."""

    best: Considered | None
    others: tuple[Considered, ...]


def read_steps(rates: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps that ``rates`` write down.

    Raises:
        Invalid: ``fields`` names what is wrong, such as ``steps[0].by_distance``.
    """
    wrong: dict[str, str] = {str(key): "is not a rule" for key in set(rates) - {"steps"}}
    given = rates.get("steps")
    if not isinstance(given, list) or not given:
        wrong["steps"] = "must be a list of at least one step"
        given = []
    elif len(given) > _MOST_STEPS:
        wrong["steps"] = f"must be at most {_MOST_STEPS} steps"
        given = []
    steps = [_step(one, f"steps[{index}]", wrong) for index, one in enumerate(given)]
    if wrong:
        raise Invalid("this table of prices cannot be read", wrong)
    return tuple(steps)


def read_remote(
    remote: Mapping[str, Any], places: Mapping[str, Area] = areas.USUAL
) -> tuple[Remote, ...]:
    """The remote areas that ``remote`` writes down; ``places`` are those it may name, by code.

    Raises:
        Invalid: ``fields`` names what is wrong, such as ``areas[0].surcharge_minor``.
    """
    wrong: dict[str, str] = {str(key): "is not a rule" for key in set(remote) - {"areas"}}
    given = remote.get("areas", [])
    if not isinstance(given, list) or len(given) > _MOST_AREAS:
        wrong["areas"] = f"must be a list of at most {_MOST_AREAS} areas"
        given = []
    found = [_area(one, f"areas[{index}]", places, wrong) for index, one in enumerate(given)]
    if wrong:
        raise Invalid("these remote areas cannot be read", wrong)
    return tuple(found)


def offer(
    service: Service, size: Size, way: Way, lane: Lane | None, *, cash_on_delivery: bool = False
) -> Offer | Cause:
    """What a service asks, or why it does not take the parcel."""
    refusal = _refusal(service, size, cash_on_delivery=cash_on_delivery)
    if refusal is not None:
        return refusal
    remote = _remote(service, way)
    if remote is not None and not remote.is_served:
        return Cause(Code.NOT_SERVED)
    sides = sum(size.sides_mm) if size.sides_mm else None
    step = next(
        (
            one
            for one in service.steps
            if size.weight_g <= one.up_to_g
            and (one.up_to_sides_mm is None or sides is None or sides <= one.up_to_sides_mm)
        ),
        None,
    )
    if step is None:
        return Cause(Code.TOO_HEAVY, {"limit_g": service.steps[-1].up_to_g})
    apart = lanes.distance(way.origin_region, way.region)
    last = len(step.by_distance) - 1
    cost = step.by_distance[last if apart is None else min(apart, last)]
    days = (lane or _UNKNOWN_WAY).usual_days + service.extra_days
    if remote is not None:
        cost += remote.surcharge_minor
    beyond = _beyond_the_lane(service, remote, way)
    is_remote = remote is not None or beyond > 0
    return Offer(service.carrier, service.service, cost, service.currency, days + beyond, is_remote)


def _beyond_the_lane(service: Service, remote: Remote | None, way: Way) -> int:
    """Days more than the lane takes: what the service says, else the area the address lies in."""
    if remote is not None and remote.extra_days is not None:
        return remote.extra_days
    area = areas.closest(service.areas, way.postal_code)
    return area.extra_days if area else 0


def choose(  # noqa: PLR0913 - by name, each a thing that a parcel has
    services: Sequence[Service],
    size: Size,
    way: Way,
    lane_by_carrier: Mapping[str, Lane | None],
    *,
    leaves_on: date,
    arrive_by: date | None = None,
    cash_on_delivery: bool = False,
    arrives: Arrives | None = None,
    takes: Takes | None = None,
) -> Choice:
    """The service for a parcel: in time if one can be, then cheapest, then soonest.

    Args:
        services: those in use; of equals the earlier wins.
        size: of the packed parcel.
        way: from where to where.
        lane_by_carrier: days on the road.
        leaves_on: the day the carrier takes it.
        arrive_by: the day promised to the customer.
        cash_on_delivery: whether the carrier has to collect money.
        arrives: counts the days on which carriers neither collect nor deliver; without it they
            work on every day.
        takes: whether a service keeps what the customer wishes; without it, nothing is wished.
    """
    offers: list[tuple[Service, Offer]] = []
    out: list[Considered] = []
    for service in services:
        answer = offer(
            service,
            size,
            way,
            lane_by_carrier.get(service.carrier),
            cash_on_delivery=cash_on_delivery,
        )
        if takes is not None and isinstance(answer, Offer):
            is_taken = takes(service.carrier, service.service)
            answer = answer if is_taken else Cause(Code.WISH_NOT_TAKEN)
        if arrives is not None and isinstance(answer, Offer):
            answer = _by_calendar(answer, leaves_on, arrives)
        if isinstance(answer, Cause):
            out.append(Considered(service.carrier, service.service, service.name, None, (answer,)))
        else:
            offers.append((service, answer))
    if not offers:
        return Choice(None, tuple(out))

    def late(one: Offer) -> int:
        if arrive_by is None:
            return 0
        return max(0, (leaves_on + timedelta(days=one.days) - arrive_by).days)

    ordered = sorted(
        enumerate(offers),
        key=lambda pair: (late(pair[1][1]), pair[1][1].cost_minor, pair[1][1].days, pair[0]),
    )
    (_, (service, best)), *rest = ordered
    chosen = Considered(
        service.carrier,
        service.service,
        service.name,
        best,
        (_for(best, [one for _, (_, one) in rest], late(best), arrive_by),),
    )
    others = [
        Considered(one.carrier, one.service, one.name, its, _against(its, best, late(its)))
        for _, (one, its) in rest
    ]
    return Choice(chosen, (*others, *out))


def _by_calendar(offer: Offer, leaves_on: date, arrives: Arrives) -> Offer | Cause:
    """The offer with the days it takes by the calendar."""
    day = arrives(offer.carrier, offer.days)
    if day is None:
        return Cause(Code.NOT_SERVED)
    return replace(offer, days=(day - leaves_on).days)


def _for(best: Offer, rest: Sequence[Offer], days_late: int, arrive_by: date | None) -> Cause:
    facts: dict[str, int | str] = {"cost_minor": best.cost_minor, "days": best.days}
    if not rest:
        return Cause(Code.ONLY_ONE, facts)
    if days_late:
        return Cause(Code.SOONEST, {**facts, "days_late": days_late})
    cheaper = any(one.cost_minor < best.cost_minor for one in rest)
    return Cause(Code.CHEAPEST_IN_TIME if arrive_by and cheaper else Code.CHEAPEST, facts)


def _against(its: Offer, best: Offer, days_late: int) -> tuple[Cause, ...]:
    causes = []
    if days_late:
        causes.append(Cause(Code.TOO_LATE, {"days_late": days_late}))
    if its.cost_minor > best.cost_minor:
        causes.append(Cause(Code.COSTS_MORE, {"more_minor": its.cost_minor - best.cost_minor}))
    elif its.days > best.days and not days_late:
        causes.append(Cause(Code.SLOWER, {"days": its.days - best.days}))
    return tuple(causes) or (Cause(Code.LISTED_LATER),)


def _refusal(service: Service, size: Size, *, cash_on_delivery: bool) -> Cause | None:
    if cash_on_delivery and not service.has_cash_on_delivery:
        return Cause(Code.NO_CASH_ON_DELIVERY)
    if size.weight_g > service.max_weight_g:
        return Cause(Code.TOO_HEAVY, {"limit_g": service.max_weight_g})
    if size.sides_mm is None:
        return Cause(Code.SIZE_UNKNOWN) if service.max_thickness_mm else None
    for code, limit, measured in (
        (Code.TOO_LARGE, service.max_sides_mm, sum(size.sides_mm)),
        (Code.TOO_LONG, service.max_longest_mm, max(size.sides_mm)),
        (Code.TOO_THICK, service.max_thickness_mm, min(size.sides_mm)),
    ):
        if limit and measured > limit:
            return Cause(code, {"limit_mm": limit})
    return None


def _remote(service: Service, way: Way) -> Remote | None:
    fits = [(one.fits(way.region, way.postal_code), one) for one in service.remote]
    closest = max(fits, key=lambda pair: pair[0], default=None)
    return closest[1] if closest and closest[0] else None


def _step(given: object, path: str, wrong: dict[str, str]) -> Step:
    if not isinstance(given, Mapping):
        wrong[path] = "must be a table"
        return Step(0, None, ())
    for key in set(given) - {"up_to_g", "up_to_sides_mm", "by_distance"}:
        wrong[f"{path}.{key}"] = "is not a rule"
    prices = given.get("by_distance")
    if (
        not isinstance(prices, list)
        or not 1 <= len(prices) <= len(lanes.AREAS)
        or not all(_is_whole(one) for one in prices)
    ):
        wrong[f"{path}.by_distance"] = f"must be 1 to {len(lanes.AREAS)} whole prices"
        prices = []
    sides = given.get("up_to_sides_mm")
    return Step(
        _whole(given.get("up_to_g"), f"{path}.up_to_g", wrong, least=1),
        None if sides is None else _whole(sides, f"{path}.up_to_sides_mm", wrong, least=1),
        tuple(prices),
    )


def _area(given: object, path: str, places: Mapping[str, Area], wrong: dict[str, str]) -> Remote:
    if not isinstance(given, Mapping):
        wrong[path] = "must be a table"
        return Remote("", (), 0, 0, is_served=True)
    known = {"region", "postal_prefixes", "places", "surcharge_minor", "extra_days", "is_served"}
    for key in set(given) - known:
        wrong[f"{path}.{key}"] = "is not a rule"
    region = given.get("region", "")
    is_name = isinstance(region, str) and (not region or region.isprintable())
    if not is_name or len(region) > 60:  # noqa: PLR2004 - as the column of a region
        wrong[f"{path}.region"] = "must be a prefecture"
        region = ""
    prefixes = [
        *_prefixes(given.get("postal_prefixes", []), f"{path}.postal_prefixes", wrong),
        *_prefixes_of_places(given.get("places", []), f"{path}.places", places, wrong),
    ]
    if not region and not prefixes:
        wrong.setdefault(f"{path}.region", "needs a prefecture, postal codes or places")
    served = given.get("is_served", True)
    if not isinstance(served, bool):
        wrong[f"{path}.is_served"] = "must be true or false"
    days = given.get("extra_days")
    return Remote(
        region,
        tuple(prefixes),
        _whole(given.get("surcharge_minor", 0), f"{path}.surcharge_minor", wrong),
        None if days is None else _whole(days, f"{path}.extra_days", wrong, most=_MOST_DAYS),
        is_served=served is not False,
    )


def _prefixes(given: object, path: str, wrong: dict[str, str]) -> list[str]:
    if not isinstance(given, list) or not all(
        isinstance(one, str) and one.isascii() and one.isdecimal() and len(one) <= 7  # noqa: PLR2004 - a postal code of Japan has 7 digits
        for one in given
    ):
        wrong[path] = "must be a list of up to 7 digits each"
        return []
    return given


def _prefixes_of_places(
    given: object, path: str, places: Mapping[str, Area], wrong: dict[str, str]
) -> list[str]:
    if not isinstance(given, list) or not all(
        isinstance(one, str) and one in places for one in given
    ):
        wrong[path] = "must be a list of codes of islands and remote areas"
        return []
    return [prefix for one in given for prefix in places[one].postal_prefixes]


def _is_whole(value: object, least: int = 0, most: int = _MOST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _whole(
    value: object, path: str, wrong: dict[str, str], *, least: int = 0, most: int = _MOST
) -> int:
    if isinstance(value, int) and _is_whole(value, least, most):
        return value
    wrong[path] = f"must be a whole number from {least} to {most}"
    return 0
