"""An order as its outlook sees it: its parcels, what is still in the house, what holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.inventory import queries as stock
from oms_service.inventory.queries import LocationView
from oms_service.operations.rules import delay_rules
from oms_service.operations.rules.delay_rules import DelayRules
from oms_service.orders import queries as orders
from oms_service.orders.queries import HoldView, LineView, OrderView
from oms_service.orders.states import HoldReason, OrderState
from oms_service.ports.carrier import CarrierStatus
from oms_service.sales import queries as sales
from oms_service.shipping import book
from oms_service.shipping.because import HouseStage
from oms_service.shipping.calendars.days import NeverLeaves
from oms_service.shipping.eta import Known, Unsent
from oms_service.shipping.jeopardy import Hold
from oms_service.shipping.queries import ParcelView, parcels_of
from oms_service.shipping.windows import midnight
from oms_service.shipping.wishes import Wish
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.policy import end_of_day
from oms_service.warehouse.queries import AT_WORK, Fulfilment, PackedBox
from oms_service.warehouse.states import BoxState

#: The hold that is named first where there are several.
_HOLDS: Final[Mapping[HoldReason, Hold]] = {
    HoldReason.ADDRESS: Hold.ADDRESS,
    HoldReason.PAYMENT: Hold.PAYMENT,
    HoldReason.FRAUD: Hold.REVIEW,
    HoldReason.CUSTOMER: Hold.CUSTOMER,
    HoldReason.STOCK: Hold.STOCK,
}


@dataclass(frozen=True, kw_only=True)
class HousePart:
    """Units of an order that are at one location, or nowhere yet.

    Attributes:
        unsent: as estimates are made from it.
        location_id: where; None where they have no promise of stock yet.
        waits: for stock.
        send_until: the end of the day on which the location should send them.
        ready_until: the end of the day on which the stock is expected.
        stands: at which step they have been since when, as far as nothing keeps them there.
    """

    unsent: Unsent
    location_id: int | None
    waits: bool = False
    send_until: datetime | None = None
    ready_until: datetime | None = None
    stands: tuple[HouseStage, datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that an order's outlook follows from, as it is now."""

    order: OrderView
    rules: DelayRules
    known: Known
    hold: Hold
    held_since: datetime | None
    parcels: tuple[ParcelView, ...]
    house: tuple[HousePart, ...]

    @property
    def is_there(self) -> bool:
        """Whether everything that was not cancelled has arrived."""
        if self.house:
            return False
        arrived = [one.status is CarrierStatus.DELIVERED for one in self.parcels]
        return (bool(arrived) and all(arrived)) or self.order.order_state is OrderState.COMPLETED


def is_sent_home(session: Session, order_id: int) -> bool:
    """Whether a carrier brings it; what is fetched in a shop has promises of its own."""
    return orders.way(session, order_id).pickup_location_id is None


def read(session: Session, order: OrderView, *, now: datetime) -> Picture:
    """The picture of an order that is held."""
    zone = ZoneInfo(sales.channel_by_id(session, order.channel_id).zone)
    known = book.known(session, zone)
    lines = orders.lines(session, order.id)
    holds = orders.holds(session, order.id)
    first = _first_hold([one for one in holds if not one.released_at])
    return Picture(
        order=order,
        rules=delay_rules.in_force(session, order.channel_id, at=now),
        known=known,
        hold=_HOLDS[first.reason] if first else Hold.NONE,
        held_since=first.held_at if first else None,
        parcels=tuple(parcels_of(session, [order.id])),
        house=_in_house(session, order, lines, known, now, freed_at=_freed_at(holds)),
    )


def _first_hold(holds: list[HoldView]) -> HoldView | None:
    ranks = list(_HOLDS)
    return min(holds, key=lambda one: (ranks.index(one.reason), one.held_at), default=None)


def _freed_at(holds: Sequence[HoldView]) -> datetime | None:
    """When the newest of the holds ended that are over."""
    return max((one.released_at for one in holds if one.released_at), default=None)


def _in_house(
    session: Session,
    order: OrderView,
    lines: tuple[LineView, ...],
    known: Known,
    now: datetime,
    *,
    freed_at: datetime | None,
) -> tuple[HousePart, ...]:
    unsent = [line for line in lines if line.counters.wanted > line.counters.shipped]
    if not unsent:
        return ()
    units: dict[int, int] = {}
    for pick in stock.promised(session, [line.id for line in unsent]):
        units[pick.location_id] = units.get(pick.location_id, 0) + pick.quantity
    road = _Road(session, order, known, now, freed_at)
    found = [road.at_location(location_id, sum_) for location_id, sum_ in sorted(units.items())]
    waiting = [line for line in unsent if line.counters.backordered]
    if waiting:
        found.append(road.waiting([line.ships_by for line in waiting]))
    nowhere = sum(_nowhere(line) for line in unsent)
    if nowhere:
        found.append(road.nowhere())
    return tuple(found)


def _nowhere(line: LineView) -> int:
    now = line.counters
    return now.wanted - now.shipped - now.allocated - now.backordered


class _Road:
    """Where the goods of one order go, and from where they might."""

    def __init__(
        self,
        session: Session,
        order: OrderView,
        known: Known,
        now: datetime,
        freed_at: datetime | None,
    ) -> None:
        self._session = session
        self._known = known
        self._wished = Wish(order.deliver_on, order.delivery_window).window(known.zone)
        self._placed_at = order.placed_at or now
        #: From when on nothing has kept it from going on.
        self._free_since = max(self._placed_at, freed_at or self._placed_at)
        to = orders.destination(session, order.id)
        self._region = str(to.get("region", ""))
        self._postal_code = str(to.get("postal_code", ""))
        self._places: dict[int, LocationView] = {one.id: one for one in stock.locations(session)}
        self._work: dict[int, Fulfilment] = {
            one.location_id: one for one in warehouse.fulfilments_of(session, order.id)
        }
        self._boxes: dict[int, PackedBox] = {
            one.location_id: one
            for one in warehouse.boxes_of(session, order.id)
            if one.state is not BoxState.HANDED_OVER
        }

    def at_location(self, location_id: int, units: int) -> HousePart:
        work, box = self._work.get(location_id), self._boxes.get(location_id)
        is_at_work = work is not None and work.state in AT_WORK
        stage = _stage(work, units)
        return HousePart(
            unsent=self._unsent(
                stage,
                location_id,
                since=self._since(stage, work, box),
                carrier=box.carrier if box else "",
                service=box.service if box else "",
            ),
            location_id=location_id,
            send_until=self._send_until(work) if work is not None and is_at_work else None,
            stands=self._stands(work, box) if work is not None and is_at_work else None,
        )

    def _send_until(self, work: Fulfilment) -> datetime:
        """By when it should leave: what was held or kept for later has its day from then on."""
        begun = max(self._free_since, work.not_before or self._free_since)
        if begun <= work.opened_at:
            return work.ship_by
        try:
            leaves = self._known.days.next_hand_over(
                begun, location_id=work.location_id, carrier=""
            )
        except NeverLeaves:
            return work.ship_by
        zone = ZoneInfo(self._places[work.location_id].zone)
        return max(work.ship_by, end_of_day(leaves, zone))

    def _stands(self, work: Fulfilment, box: PackedBox | None) -> tuple[HouseStage, datetime]:
        """The step as histories have it: goods are picked once they are at the packing table."""
        stage = HouseStage.ALLOCATED
        if box is not None:
            stage = HouseStage.PICKED if box.packed_at is None else HouseStage.PACKED
        return stage, self._since(stage, work, box)

    def waiting(self, days: list[date | None]) -> HousePart:
        """What waits for stock; it is there when the last of it is."""
        zone = self._known.zone
        known = [day for day in days if day is not None]
        ready_on = max(known) if known and len(known) == len(days) else None
        return HousePart(
            unsent=self._unsent(HouseStage.PLACED, None, ready_on=ready_on),
            location_id=None,
            waits=True,
            ready_until=midnight(ready_on + timedelta(days=1), zone) if ready_on else None,
        )

    def nowhere(self) -> HousePart:
        return HousePart(
            unsent=self._unsent(HouseStage.PLACED, None),
            location_id=None,
            stands=(HouseStage.PLACED, self._since(HouseStage.PLACED, None, None)),
        )

    def _since(self, stage: HouseStage, work: Fulfilment | None, box: PackedBox | None) -> datetime:
        """When goods came so far; what is held or kept for later goes on only after that."""
        begun: list[datetime | None] = [self._free_since]
        if work is not None:
            begun += [work.opened_at, work.not_before]
        if box is not None and stage in {HouseStage.PICKED, HouseStage.PACKED}:
            begun.append(box.packed_at if stage is HouseStage.PACKED else box.opened_at)
        return max(one for one in begun if one is not None)

    def _unsent(
        self,
        stage: HouseStage,
        location_id: int | None,
        *,
        since: datetime | None = None,
        carrier: str = "",
        service: str = "",
        ready_on: date | None = None,
    ) -> Unsent:
        place = self._places.get(location_id) if location_id is not None else self._anywhere()
        origin = place.region if place else ""
        road = (carrier, origin, self._region)
        return Unsent(
            stage=stage,
            since=since or self._placed_at,
            placed_at=self._placed_at,
            location_id=place.id if place else None,
            origin_region=origin,
            destination_region=self._region,
            postal_code=self._postal_code,
            carrier=carrier,
            service=service,
            ready_on=ready_on,
            lane=book.lanes_of(self._session, {road})[road],
            wished=self._wished,
        )

    def _anywhere(self) -> LocationView | None:
        """What has no location yet leaves from the house's first one, as a rule."""
        return min(self._places.values(), key=lambda one: one.id, default=None)


def _stage(work: Fulfilment | None, units: int) -> HouseStage:
    if work is not None and work.packed >= units:
        return HouseStage.PACKED
    if work is not None and work.picked >= units:
        return HouseStage.PICKED
    return HouseStage.ALLOCATED
