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


@event("order.changed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderChanged(Event):
    """A change of a placed order is done; ``kind`` says of what.

    ``before_minor`` and ``after_minor`` are what the customer owed for the order and owes now,
    ``settled_minor`` what is taken for it (above 0) or goes back (below 0).
    """

    order_id: int
    change_id: int
    kind: str
    before_minor: int
    after_minor: int
    settled_minor: int
    currency: str


@event("order.lines_cancelled", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderLinesCancelled(Event):
    """Some units of an order were called off; the rest goes on."""

    order_id: int
    change_id: int
    units: int
    reason: str


@event("order.change_proposed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderChangeProposed(Event):
    """A change waits to be confirmed; ``failed_rule`` says why a person has to, where one has."""

    order_id: int
    change_id: int
    kind: str
    failed_rule: str


@event("order.change_closed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderChangeClosed(Event):
    """A proposed change will not be done; ``state`` is declined or expired."""

    order_id: int
    change_id: int
    kind: str
    state: str
