"""Stock that came in goes to those who wait, the oldest order first.

Reactions: they run once for an event, and what they give is counted under the locks of the orders
and of the stock, so that two deliveries at one time never give a unit twice. Orders on hold for
another reason than stock are passed over and keep their place.
"""

from typing import Final

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory.events import StockBecameAvailable
from oms_service.operations.sources import sourcing
from oms_service.orders import service as orders
from oms_service.orders import waiting
from oms_service.orders.events import OrderReleased
from oms_service.orders.waiting import Waiting
from oms_service.payments import service as payments
from oms_service.sourcing.events import BackorderFilled, LocationOpened

#: So many lines are looked at in one transaction; what is left is told anew.
BATCH: Final = 50
#: So many variants are looked at when a location opens again.
_MOST_VARIANTS: Final = 2_000


def fill_waiting(uow: UnitOfWork, event: StockBecameAvailable) -> None:
    """Give units of a variant to the lines that wait for it, in their order."""
    free = _free(uow, event.variant_id)
    first = _who_is_served(_queue(uow, event), free)
    if not first:
        return
    held = {line.order_id for line in first}
    for order_id in sorted(held):
        orders.hold_against_others(uow, order_id)
    by_order: dict[int, dict[int, int]] = {}
    for line in _queue(uow, event):
        if line.order_id in held:
            by_order.setdefault(line.order_id, {})[line.line_id] = line.units
    for order_id, units in by_order.items():
        _fill(uow, event, order_id, units)
    left = _free(uow, event.variant_id)
    if 0 < left < free and len(first) == BATCH:
        uow.emit(
            StockBecameAvailable(
                variant_id=event.variant_id, location_id=event.location_id, units=left
            )
        )


def fill_released(uow: UnitOfWork, event: OrderReleased) -> None:
    """An order that was passed over while it was held is looked at again."""
    for line in waiting.of_order(uow.session, event.order_id):
        _tell(uow, line.variant_id)


def fill_opened(uow: UnitOfWork, event: LocationOpened) -> None:
    """What lies at a location that is open again can be had."""
    levels = stock.availability(uow.session, waiting.variants(uow.session, limit=_MOST_VARIANTS))
    for level in levels:
        if level.location_id == event.location_id and level.available:
            uow.emit(
                StockBecameAvailable(
                    variant_id=level.variant_id,
                    location_id=level.location_id,
                    units=level.available,
                )
            )


def _fill(
    uow: UnitOfWork, event: StockBecameAvailable, order_id: int, units: dict[int, int]
) -> None:
    cause = uow.causation_id.hex if uow.causation_id else uow.correlation_id.hex
    filled = sourcing.fill(uow, order_id, units, key=f"fill:{cause}:{order_id}")
    if not filled.picks:
        return
    payments.rederive(uow, order_id)
    uow.emit(
        BackorderFilled(
            order_id=order_id,
            decision_id=filled.decision_id,
            variant_id=event.variant_id,
            units=sum(pick.quantity for pick in filled.picks),
            waits=filled.waits,
        )
    )


def _who_is_served(queue: tuple[Waiting, ...], free: int) -> list[Waiting]:
    """The first of the queue that so many units reach."""
    first: list[Waiting] = []
    for line in queue:
        if free <= 0:
            break
        first.append(line)
        free -= line.units
    return first


def _queue(uow: UnitOfWork, event: StockBecameAvailable) -> tuple[Waiting, ...]:
    return waiting.queue(uow.session, event.variant_id, at=event.location_id, limit=BATCH)


def _free(uow: UnitOfWork, variant_id: int) -> int:
    return sum(level.available for level in stock.availability(uow.session, [variant_id]))


def _tell(uow: UnitOfWork, variant_id: int) -> None:
    for level in stock.availability(uow.session, [variant_id]):
        if level.available:
            uow.emit(
                StockBecameAvailable(
                    variant_id=variant_id, location_id=level.location_id, units=level.available
                )
            )
            return
