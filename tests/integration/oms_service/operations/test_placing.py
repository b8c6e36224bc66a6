"""Placing orders."""

from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.runtime import Runtime
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import make_shop


def test_a_placed_order_is_allocated_and_paid(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        made = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1})
        done = make_delivered_order(uow, shop)
    with runtime.database.reading() as connection:
        order = queries.by_id(connection, made.id)
        delivered = queries.by_id(connection, done.id)
    assert (order.order_state, order.payment_state, order.fulfilment_state) == (
        OrderState.PLACED,
        PaymentState.PAID,
        FulfilmentState.ALLOCATED,
    )
    assert (order.total.minor, order.tax.minor) == (4_500, 148 + 227)
    assert (delivered.order_state, delivered.fulfilment_state) == (
        OrderState.COMPLETED,
        FulfilmentState.DELIVERED,
    )
