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


@event("order.held", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderHeld(Event):
    """The order waits for a reason; ``rule`` where the shop's rules said so, not a person."""

    order_id: int
    reason: str
    rule: str


@event("order.released", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderReleased(Event):
    """One reason to wait is gone; ``is_held`` while there is another."""

    order_id: int
    reason: str
    is_held: bool


@event("order.date_moved", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderDateMoved(Event):
    """What waits of a variant leaves by another day than the customer knows."""

    order_id: int
    variant_id: int
    old_day: str | None
    new_day: str
