"""Where an order is on its way, and what comes next: codes; renderers have the words."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.ports.carrier import CarrierStatus


class Step(StrEnum):
    """The steps a customer sees, of an order or of one parcel."""

    ORDER_RECEIVED = "order_received"
    PAYMENT_PENDING = "payment_pending"
    PREPARING = "preparing"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    AWAITING_PICKUP = "awaiting_pickup"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNING = "returning"
    UNDELIVERABLE = "undeliverable"


#: What usually follows; after the others nothing does by itself.
NEXT: Final = {
    Step.ORDER_RECEIVED: Step.PREPARING,
    Step.PAYMENT_PENDING: Step.PREPARING,
    Step.PREPARING: Step.SHIPPED,
    Step.SHIPPED: Step.IN_TRANSIT,
    Step.IN_TRANSIT: Step.OUT_FOR_DELIVERY,
    Step.OUT_FOR_DELIVERY: Step.DELIVERED,
    Step.ATTEMPTED: Step.OUT_FOR_DELIVERY,
    Step.AWAITING_PICKUP: Step.DELIVERED,
}

_OF_PARCEL: Final = {
    CarrierStatus.UNKNOWN: Step.SHIPPED,
    CarrierStatus.PRE_TRANSIT: Step.SHIPPED,
    CarrierStatus.IN_TRANSIT: Step.IN_TRANSIT,
    CarrierStatus.DELAYED: Step.IN_TRANSIT,
    CarrierStatus.CUSTOMS_HOLD: Step.IN_TRANSIT,
    CarrierStatus.OUT_FOR_DELIVERY: Step.OUT_FOR_DELIVERY,
    CarrierStatus.ATTEMPTED: Step.ATTEMPTED,
    CarrierStatus.AVAILABLE_FOR_PICKUP: Step.AWAITING_PICKUP,
    CarrierStatus.DELIVERED: Step.DELIVERED,
    CarrierStatus.RETURNING: Step.RETURNING,
    CarrierStatus.FAILURE: Step.UNDELIVERABLE,
}

#: Of several parcels the one that needs most attention speaks, then the one least far.
_SPEAKS: Final = (
    Step.UNDELIVERABLE,
    Step.RETURNING,
    Step.ATTEMPTED,
    Step.AWAITING_PICKUP,
    Step.SHIPPED,
    Step.IN_TRANSIT,
    Step.OUT_FOR_DELIVERY,
    Step.DELIVERED,
)
_BEING_MADE_READY: Final = frozenset(
    {
        FulfilmentState.PARTIALLY_ALLOCATED,
        FulfilmentState.ALLOCATED,
        FulfilmentState.PICKING,
        FulfilmentState.PACKED,
    }
)
_MORE_TO_COME: Final = frozenset(
    {FulfilmentState.PARTIALLY_SHIPPED, FulfilmentState.PARTIALLY_DELIVERED}
)


def of_parcel(status: CarrierStatus) -> Step:
    return _OF_PARCEL[status]


def of_order(
    order: OrderState,
    payment: PaymentState,
    fulfilment: FulfilmentState,
    parcels: Sequence[Step],
) -> Step:
    """The one step that answers "where is my order?"."""
    if order is OrderState.CANCELLED or fulfilment is FulfilmentState.CANCELLED:
        return Step.CANCELLED
    if fulfilment is FulfilmentState.DELIVERED:
        return Step.DELIVERED
    speaking = min(parcels, key=_SPEAKS.index, default=None)
    if speaking is not None and speaking is not Step.DELIVERED:
        return speaking
    if speaking is Step.DELIVERED:
        return Step.PREPARING if fulfilment in _MORE_TO_COME else Step.DELIVERED
    return _without_parcels(order, payment, fulfilment)


def _without_parcels(order: OrderState, payment: PaymentState, fulfilment: FulfilmentState) -> Step:
    if fulfilment in _MORE_TO_COME or fulfilment is FulfilmentState.SHIPPED:
        return Step.SHIPPED
    if payment is PaymentState.UNPAID:
        return Step.PAYMENT_PENDING
    if fulfilment in _BEING_MADE_READY and order is not OrderState.ON_HOLD:
        return Step.PREPARING
    return Step.ORDER_RECEIVED
