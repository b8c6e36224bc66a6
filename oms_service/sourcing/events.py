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
