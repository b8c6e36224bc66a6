"""What payments tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("refund.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Money is owed back; ``return_id`` where goods came back for it."""

    order_id: int
    refund_id: int
    return_id: int | None
    amount_minor: int
    currency: str


@event("refund.paid", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundPaid(Event):
    """The customer has the money, or its provider has taken the order to pay it."""

    order_id: int
    refund_id: int
    return_id: int | None
    amount_minor: int
    currency: str
