"""What makes an order's outlook another: each reaction reads everything anew, so twice is once."""

from typing import Final, get_args

from oms_service.infra.uow import UnitOfWork
from oms_service.operations.outlook import assessing
from oms_service.orders.events import (
    OrderCancelled,
    OrderChanged,
    OrderCompleted,
    OrderDateMoved,
    OrderHeld,
    OrderLinesCancelled,
    OrderPlaced,
    OrderReleased,
)
from oms_service.shipping import outlooks
from oms_service.shipping.events import ParcelDelivered, ParcelHandedOver, ParcelOutlookChanged
from oms_service.sourcing.events import BackorderFilled, OrderSourced
from oms_service.warehouse.events import FulfilmentChanged

#: A fact that an outlook follows from.
Heard = (
    OrderPlaced
    | OrderSourced
    | BackorderFilled
    | OrderDateMoved
    | OrderHeld
    | OrderReleased
    | OrderChanged
    | OrderLinesCancelled
    | FulfilmentChanged
    | ParcelHandedOver
    | ParcelOutlookChanged
    | ParcelDelivered
    | OrderCompleted
    | OrderCancelled
)
HEARD: Final[tuple[type[Heard], ...]] = get_args(Heard)


def believe_anew(uow: UnitOfWork, event: Heard) -> None:
    """When the order arrives, and whether its promise holds, as of now."""
    if isinstance(event, OrderPlaced) and outlooks.of_order(uow.session, event.order_id):
        # Whoever believed something of it since read all that placing had written.
        return
    assessing.assess(uow, event.order_id)
