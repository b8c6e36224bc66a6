"""An order as it is when it comes to a case: codes and numbers only."""

from typing import Any

from oms_service.orders.queries import OrderView


def of_order(order: OrderView) -> dict[str, Any]:
    """What a case keeps of an order, to be held against what it has become."""
    return {
        "number": order.number,
        "order_state": str(order.order_state),
        "payment_state": str(order.payment_state),
        "fulfilment_state": str(order.fulfilment_state),
        "total_minor": order.total.minor,
        "currency": order.total.currency,
    }
