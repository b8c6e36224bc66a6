"""The axes of an order's state. None is ever set by hand: all are derived from facts."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class OrderState(StrEnum):
    """Where the order as a whole stands."""

    DRAFT = "draft"
    PLACED = "placed"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentState(StrEnum):
    """Where its money stands."""

    UNPAID = "unpaid"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class FulfilmentState(StrEnum):
    """Where its goods stand; the least advanced line speaks, "partially" when others are ahead."""

    UNALLOCATED = "unallocated"
    BACKORDERED = "backordered"
    PARTIALLY_ALLOCATED = "partially_allocated"
    ALLOCATED = "allocated"
    PICKING = "picking"
    PACKED = "packed"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    PARTIALLY_DELIVERED = "partially_delivered"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    """Why an order waits before it may be fulfilled."""

    PAYMENT = "payment"
    ADDRESS = "address"
    FRAUD = "fraud"
    STOCK = "stock"
    CUSTOMER = "customer"


class ChangeKind(StrEnum):
    """What a change of a placed order is about."""

    CANCEL = "cancel"
    ADDRESS = "address"
    PAYMENT = "payment"
    ITEMS = "items"
    QUANTITY = "quantity"
    EXPEDITE = "expedite"
    DELIVERY = "delivery"


class ChangeState(StrEnum):
    """How far a change is."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"


class ChangeAction(StrEnum):
    """What can be done with a proposed change."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    EXPIRE = "expire"


CHANGE: Final = StateMachine(
    "change",
    {
        (ChangeState.PROPOSED, ChangeAction.CONFIRM): ChangeState.CONFIRMED,
        (ChangeState.PROPOSED, ChangeAction.DECLINE): ChangeState.DECLINED,
        (ChangeState.PROPOSED, ChangeAction.EXPIRE): ChangeState.EXPIRED,
    },
)
