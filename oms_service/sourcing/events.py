"""What sourcing tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("order.sourced", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderSourced(Event):
    """What an order gets from where has changed; ``kind`` is a code, ``waits`` for stock still."""

    order_id: int
    decision_id: int
    kind: str
    waits: bool


@event("order.backorder_filled", of="order")
@dataclass(frozen=True, kw_only=True)
class BackorderFilled(Event):
    """Units that waited have their stock; ``waits`` while others of the order still do."""

    order_id: int
    decision_id: int
    variant_id: int
    units: int
    waits: bool


@event("location.closed", of="location")
@dataclass(frozen=True, kw_only=True)
class LocationClosed(Event):
    """Nothing is sent from there any more; ``reason`` is a code."""

    location_id: int
    reason: str


@event("location.opened", of="location")
@dataclass(frozen=True, kw_only=True)
class LocationOpened(Event):
    """Orders may be sent from there again."""

    location_id: int
