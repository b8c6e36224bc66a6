"""What follows from where an order is, and from what colleagues write: pure decisions."""

from collections.abc import Iterable
from typing import Final, Protocol

from cases.states import Stage
from oms_service.orders.states import FulfilmentState, OrderState
from oms_service.ports.carrier import CarrierStatus


class AnOrder(Protocol):
    """As much of an order as its stage follows from."""

    @property
    def order_state(self) -> OrderState: ...

    @property
    def fulfilment_state(self) -> FulfilmentState: ...


class AParcel(Protocol):
    """As much of a parcel as the stage of its order follows from."""

    @property
    def status(self) -> CarrierStatus: ...


#: Parcels that will not arrive by themselves any more.
_FAILED: Final = frozenset({CarrierStatus.RETURNING, CarrierStatus.FAILURE})
_ARRIVED: Final = frozenset({FulfilmentState.DELIVERED, FulfilmentState.PARTIALLY_DELIVERED})
_LEFT: Final = frozenset({FulfilmentState.SHIPPED, FulfilmentState.PARTIALLY_SHIPPED})


def stage_of(order: AnOrder | None, parcels: Iterable[AParcel]) -> Stage:
    """How far an order is, as reasons are sorted; of several parcels the one in trouble speaks."""
    if order is None or order.order_state is OrderState.DRAFT:
        return Stage.NONE
    if order.order_state is OrderState.CANCELLED:
        return Stage.CANCELLED
    statuses = {one.status for one in parcels}
    if statuses & _FAILED:
        return Stage.FAILED
    if order.fulfilment_state in _ARRIVED or CarrierStatus.DELIVERED in statuses:
        return Stage.DELIVERED
    if order.fulfilment_state in _LEFT:
        return Stage.SHIPPED
    return Stage.PROCESSING
