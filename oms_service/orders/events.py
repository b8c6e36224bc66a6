"""What orders tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("order.placed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """A customer bought something."""

    order_id: int
    customer_id: int
    channel: str
    placed_at: str
    total_minor: int
    currency: str
    is_backordered: bool


@event("order.cancelled", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    """The whole order was called off before anything left the house."""

    order_id: int
    reason: str


@event("order.completed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """Everything that was not cancelled has been delivered."""

    order_id: int
