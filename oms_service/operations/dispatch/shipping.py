"""Goods on their way: handing them to a carrier, and learning that they arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.policy import Pick
from oms_service.inventory.service import Why
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.operations.dispatch import fulfilling
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.service import Units
from oms_service.payments import service as payments
from oms_service.ports.carrier import CarrierStatus
from oms_service.sales import queries as sales
from oms_service.shipping import queries as parcels
from oms_service.shipping import service as shipping
from oms_service.shipping import wishes
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.days import Calendars
from oms_service.shipping.events import ParcelDelivered
from oms_service.shipping.service import NewParcel, NewShipment
from oms_service.shipping.windows import Window
from oms_service.shipping.wishes import Wish
from oms_service.warehouse import boxes, work
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import Fulfilment, LineWork, PackedBox
from oms_service.warehouse.states import BOX, BoxAction, BoxState


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Parcels that one location gives to carriers for one order.

    ``number`` names the shipment: handed over twice under one number, it is refused by the
    database, not sent twice.
    """

    order_id: int
    number: str
    location_id: int
    parcels: Sequence[NewParcel]


class NothingReady(DomainError):
    """No box is ready to go."""

    code: ClassVar[str] = "nothing-to-hand-over"


def hand_over(uow: UnitOfWork, handed: HandOver) -> tuple[int, ...]:
    """Allocated units leave the house in parcels; returns the parcels' ids.

    What was picked or packed of them at that location is so no more.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, or more than is allocated to it here.
        TrackingNumberTaken: another parcel has that number.
    """
    orders.hold_against_others(uow, handed.order_id)
    now = fulfilling.align(uow, handed.order_id)
    ids = _send(uow, handed, {one.location_id: one for one in now.values()})
    fulfilling.tell(uow, handed.order_id)
    return ids


def hand_over_box(uow: UnitOfWork, box_id: int, *, version: int | None = None) -> PackedBox:
    """The carrier takes a labelled box; handed over before, it stays as it was.

    Raises:
        NotFound: no such box.
        Stale: it changed since it was read.
        IllegalTransition: it has no label, or was unpacked.
        OnHold, NotYet, NothingHere: the order waits, or was called off.
        TrackingNumberTaken: another parcel has its number.
    """
    found = warehouse.box(uow.session, box_id)
    orders.hold_against_others(uow, found.order_id)
    now = fulfilling.align(uow, found.order_id)
    found = warehouse.box(uow.session, box_id)
    if found.state is BoxState.HANDED_OVER:
        return found
    boxes.held(uow, box_id, version=version)
    BOX.after(found.state, BoxAction.HAND_OVER)
    fulfilling.check(now[found.fulfilment_id])
    (parcel_id,) = _send(
        uow,
        HandOver(
            order_id=found.order_id,
            number=f"S-{found.number}",
            location_id=found.location_id,
            parcels=[
                NewParcel(
                    carrier=found.carrier,
                    tracking_number=found.tracking_number,
                    service=found.service,
                    weight_g=found.weight_g,
                    lines=found.lines,
                )
            ],
        ),
        {one.location_id: one for one in now.values()},
    )
    zone = ZoneInfo(stock.location(uow.session, found.location_id).zone)
    gone = boxes.leave(uow, box_id, parcel_id=parcel_id, day=uow.now.astimezone(zone).date())
    fulfilling.tell(uow, found.order_id)
    return gone


def hand_over_all(
    uow: UnitOfWork, fulfilment_id: int, *, version: int | None = None
) -> tuple[PackedBox, ...]:
    """The carriers take every labelled box of a fulfilment; returns those that left now.

    Raises:
        NotFound: no such fulfilment.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
        NothingReady: no box of it has a label.
        TrackingNumberTaken: another parcel has a number of these.
    """
    now = fulfilling.begin(uow, fulfilment_id, version=version)
    going = [
        one
        for one in warehouse.boxes_of_fulfilments(uow.session, [now.id])
        if one.state is BoxState.LABELLED
    ]
    if not going:
        raise NothingReady("no box of this has a label")
    return tuple(hand_over_box(uow, one.id) for one in going)


def mark_delivered(uow: UnitOfWork, event: ParcelDelivered) -> None:
    """Count as delivered what carriers have delivered; the last parcel completes the order.

    Counts from the parcels themselves, so that running again adds nothing.
    """
    orders.hold_against_others(uow, event.order_id)
    arrived = _arrived(uow, event.order_id)
    units = [
        Units(line_id=line.id, changes={"delivered": arrived[line.id] - line.counters.delivered})
        for line in order_queries.lines(uow.session, event.order_id)
        if arrived.get(line.id, 0) > line.counters.delivered
    ]
    orders.move_units(uow, event.order_id, units)
    if units:
        payments.rederive(uow, event.order_id)


def _send(uow: UnitOfWork, handed: HandOver, to_do: Mapping[int, Fulfilment]) -> tuple[int, ...]:
    """Move stock and counters and write the parcels; the order is held and in line."""
    lines = {line.id: line for line in order_queries.lines(uow.session, handed.order_id)}
    units = _in_parcels(handed.parcels)
    picks = _picks(uow, handed, lines, units)
    inventory.ship(
        uow, picks, Why(key=f"shipment:{handed.number}", cause=f"shipment:{handed.number}")
    )
    order = order_queries.by_id(uow.session, handed.order_id)
    places = {place.id: place for place in stock.locations(uow.session)}
    place = places.get(handed.location_id)
    to = order_queries.destination(uow.session, handed.order_id)
    zone = ZoneInfo(sales.channel_by_id(uow.session, order.channel_id).zone)
    of = calendars.calendars(uow.session, zone)
    ids = shipping.hand_over(
        uow,
        NewShipment(
            number=handed.number,
            order_id=handed.order_id,
            location_id=handed.location_id,
            origin_region=place.region if place else "",
            destination_region=str(to.get("region", "")),
            postal_code=str(to.get("postal_code", "")),
            parcels=[
                replace(one, wished=_wished(of, zone, order, one)) if order.deliver_on else one
                for one in handed.parcels
            ],
        ),
        zone=zone,
    )
    here = to_do[handed.location_id]
    handled = {line.order_line_id: line for line in here.lines}
    orders.move_units(
        uow,
        handed.order_id,
        [_left(handled[line_id], quantity) for line_id, quantity in units.items()],
    )
    work.ship(uow, here.id, units)
    return ids


def _wished(of: Calendars, zone: ZoneInfo, order: OrderView, parcel: NewParcel) -> Window | None:
    """When its carrier is told to deliver a parcel; hours it does not know are left out."""
    day_alone, whole = (Wish(order.deliver_on, hours) for hours in ("", order.delivery_window))
    for wish in (whole, day_alone):
        if wishes.takes(of, parcel.carrier, parcel.service, wish):
            return wish.window(zone)
    return None


def _arrived(uow: UnitOfWork, order_id: int) -> dict[int, int]:
    """Units by line in parcels that were delivered."""
    units: dict[int, int] = {}
    for parcel in parcels.parcels_of(uow.session, [order_id]):
        if parcel.status is CarrierStatus.DELIVERED:
            for line_id, quantity in parcel.lines.items():
                units[line_id] = units.get(line_id, 0) + quantity
    return units


def _in_parcels(of: Sequence[NewParcel]) -> dict[int, int]:
    units: dict[int, int] = {}
    for parcel in of:
        for line_id, quantity in parcel.lines.items():
            if quantity < 1:
                raise Invalid("a parcel holds whole units", {"parcels": "has an empty line"})
            units[line_id] = units.get(line_id, 0) + quantity
    if not units:
        raise Invalid("nothing to hand over", {"parcels": "is empty"})
    return units


def _picks(
    uow: UnitOfWork, handed: HandOver, lines: Mapping[int, LineView], units: Mapping[int, int]
) -> list[Pick]:
    here = {
        pick.order_line_id: pick.quantity
        for pick in stock.promised(uow.session, list(units))
        if pick.location_id == handed.location_id
    }
    wrong = {
        f"line {lines[line_id].position if line_id in lines else '?'}": "has not so much here"
        for line_id, quantity in units.items()
        if line_id not in lines or here.get(line_id, 0) < quantity
    }
    if wrong:
        raise Invalid("this is not allocated here", wrong)
    return [
        Pick(line_id, lines[line_id].variant_id, handed.location_id, quantity)
        for line_id, quantity in sorted(units.items())
    ]


def _left(here: LineWork, quantity: int) -> Units:
    """Units that leave are no longer allocated, nor picked and packed where they were."""
    return Units(
        line_id=here.order_line_id,
        changes={
            "allocated": -quantity,
            "shipped": quantity,
            "picked": -min(here.picked, quantity),
            "packed": -min(here.packed, quantity),
        },
    )
