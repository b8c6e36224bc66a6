"""What became of forecasts: filled in once parcels and orders have arrived."""

from oms_service.infra.uow import UnitOfWork
from oms_service.orders.events import OrderCompleted
from oms_service.shipping import forecasts
from oms_service.shipping.events import ParcelDelivered


def settle_parcel(uow: UnitOfWork, event: ParcelDelivered) -> None:
    """The forecasts of a parcel learn when it came."""
    forecasts.settle_parcel(uow, event.parcel_id)


def settle_order(uow: UnitOfWork, event: OrderCompleted) -> None:
    """The forecasts of a whole order learn when its last parcel came."""
    forecasts.settle_order(uow, event.order_id)
