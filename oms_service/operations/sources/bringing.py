"""Goods for a customer who fetches them in a shop: from its shelf, or brought there first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places, transfers
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.places import ShippingPoint
from oms_service.inventory.policy import Want
from oms_service.inventory.transfers import NewTransfer
from oms_service.kernel.errors import Invalid
from oms_service.operations.sources import sourcing, sourcing_choice
from oms_service.orders import waiting as waiting_lines
from oms_service.pickup import policy, queries
from oms_service.pickup import service as pickups
from oms_service.pickup.events import PickupReserved
from oms_service.pickup.policy import DayOff
from oms_service.pickup.queries import PickupView
from oms_service.pickup.service import NewPickup
from oms_service.shipping import lanes
from oms_service.shipping.calendars import queries as calendars

#: How long units are kept for a transfer that has not left when it should have arrived.
_PATIENCE: Final = timedelta(days=7)
_FARTHEST: Final = len(lanes.AREAS)


@dataclass(frozen=True)
class NearShop:
    """A shop that has all of what is wanted; ``km`` where both positions are known."""

    location_id: int
    code: str
    km: float | None
    areas_apart: int


def days_off(session: Session, location_id: int, zone: ZoneInfo) -> DayOff:
    """On which days a shop is closed although its week says open, by its calendar."""
    return partial(calendars.calendars(session, zone).is_day_off, location_id)


def check_point(session: Session, location_id: int) -> ShippingPoint:
    """The shop, if customers can fetch things there now.

    Raises:
        Invalid: they cannot.
    """
    for point in places.pickup_points(session):
        if point.id == location_id:
            return point
    raise Invalid("nothing can be fetched there", {"pickup_location": "is no shop to fetch things"})


def take_reserved(uow: UnitOfWork, order_id: int) -> dict[int, int]:
    """Give an order what was reserved for its pickup before it was placed; units by line."""
    pickup = queries.of_order(uow.session, order_id)
    if pickup is None:
        return {}
    return sourcing.redeem(uow, order_id, pickup.holder, key=f"order:{order_id}:reserved")


def begin(uow: UnitOfWork, order_id: int, location_id: int, *, brought: Sequence[int]) -> None:
    """The pickup of an order that is being placed; its units are promised or brought.

    One that was reserved before goes on under its number and code.

    Args:
        uow: the transaction.
        order_id: which order.
        location_id: the shop.
        brought: the transfers that bring what the shop lacks.
    """
    terms = queries.terms(uow.session, location_id)
    zone = ZoneInfo(stock.location(uow.session, location_id).zone)
    there_at = uow.now + timedelta(days=terms.transfer_days if brought else 0)
    day_off = days_off(uow.session, location_id, zone)
    ready_by = policy.ready_by(there_at, terms, zone, day_off)
    known = queries.of_order(uow.session, order_id)
    if known is not None:
        pickup = pickups.sold(uow, known.id, ready_by=ready_by if brought else None)
    else:
        new = NewPickup(order_id=order_id, location_id=location_id, ready_by=ready_by)
        pickup = pickups.open_pickup(uow, new)
        tell_reserved(uow, pickup, order_id)
    for transfer_id in brought:
        pickups.brings(uow, pickup.id, transfer_id)


def bring(
    uow: UnitOfWork,
    order_id: int,
    location_id: int,
    wants: Sequence[Want],
    waiting: Mapping[int, int],
    *,
    buffer: int,
) -> tuple[int, ...] | None:
    """Let other places send what the shop lacks, if together they have all of it.

    The units are kept there until they leave, and on arrival for this order, whose lines count
    them as backordered until then. The order must be held.

    Returns:
        The transfers; None when not everything can be had, and nothing is asked for then.
    """
    variants = {want.order_line_id: want.variant_id for want in wants}
    lacking: dict[int, int] = {}
    for line_id, count in waiting.items():
        lacking[variants[line_id]] = lacking.get(variants[line_id], 0) + count
    shop = places.shipping_point(uow.session, location_id)
    owed = waiting_lines.owed(uow.session, set(lacking), to_others_than=order_id)
    free = sourcing_choice.keep_for_waiting(
        inventory.hold_free(uow, set(lacking), buffer=buffer), owed
    )
    parts = _senders(places.shipping_points(uow.session), shop, lacking, free)
    if parts is None:
        return None
    days = queries.terms(uow.session, location_id).transfer_days
    arrives = uow.now + timedelta(days=days)
    made = []
    for sender, units in sorted(parts.items()):
        transfer = transfers.request(
            uow,
            NewTransfer(
                from_location_id=sender,
                to_location_id=location_id,
                units=units,
                expected_on=arrives.astimezone(ZoneInfo(shop.zone)).date(),
                key=f"pickup:{order_id}:{sender}",
            ),
        )
        transfers.keep_until_sent(uow, transfer.id, arrives + _PATIENCE)
        made.append(transfer.id)
    return tuple(made)


def tell_reserved(uow: UnitOfWork, made: PickupView, order_id: int) -> None:
    uow.emit(
        PickupReserved(
            order_id=order_id,
            pickup_id=made.id,
            location_id=made.location_id,
            ready_by=made.ready_by.isoformat(),
            is_reservation=made.is_reservation,
        )
    )
    uow.touch(f"pickups:{made.location_id}")


def nearest(
    session: Session,
    wanted: Mapping[int, int],
    *,
    region: str = "",
    position: tuple[float, float] | None = None,
    buffer: int = 0,
    but: int | None = None,
) -> tuple[NearShop, ...]:
    """Shops where all of it lies now, the nearest first.

    By kilometres where both positions are known, else by how many areas of the country lie
    between the two prefectures; an unknown prefecture counts as farthest.

    Args:
        session: to read with.
        wanted: units by variant.
        region: the prefecture to be near to.
        position: latitude and longitude to be near to, in degrees.
        buffer: units of each level the sales channel leaves untouched.
        but: a shop that is left out.
    """
    there = stock.to_promise(session, set(wanted), buffer=buffer)
    points = [
        point
        for point in places.pickup_points(session)
        if point.id != but
        and all(there[of].by_location.get(point.id, 0) >= units for of, units in wanted.items())
    ]
    terms = queries.all_terms(session, [point.id for point in points])
    found = []
    for point in points:
        here = terms[point.id].position
        apart = lanes.distance(point.region, region)
        found.append(
            NearShop(
                location_id=point.id,
                code=point.code,
                km=round(policy.apart_km(here, position), 1) if here and position else None,
                areas_apart=_FARTHEST if apart is None else apart,
            )
        )
    return tuple(
        sorted(found, key=lambda one: (one.km is None, one.km or 0.0, one.areas_apart, one.code))
    )


def _senders(
    points: Sequence[ShippingPoint],
    shop: ShippingPoint,
    lacking: Mapping[int, int],
    free: Mapping[tuple[int, int], int],
) -> dict[int, dict[int, int]] | None:
    """Units by variant and place; None when they do not all lie somewhere.

    A place that has all of it comes first, then warehouses, then those in the shop's prefecture.
    """
    others = [point for point in points if point.id != shop.id and not point.is_closed]

    def rank(point: ShippingPoint) -> tuple[bool, bool, bool, int, int]:
        has_all = all(free.get((of, point.id), 0) >= units for of, units in lacking.items())
        return (
            not has_all,
            point.is_shop,
            point.region != shop.region,
            point.priority,
            point.id,
        )

    left = dict(lacking)
    parts: dict[int, dict[int, int]] = {}
    for point in sorted(others, key=rank):
        for of, units in left.items():
            count = min(units, max(0, free.get((of, point.id), 0)))
            if count:
                parts.setdefault(point.id, {})[of] = count
                left[of] = units - count
    return None if any(left.values()) else parts
