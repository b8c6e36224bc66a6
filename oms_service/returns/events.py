"""What returns tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("return.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnRequested(Event):
    """A customer wants to send goods back; ``failed_rule`` where a person has to decide."""

    order_id: int
    return_id: int
    is_referred: bool
    failed_rule: str
    refund_minor: int
    currency: str


@event("return.approved", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnApproved(Event):
    """The goods may come; ``by_policy`` where no person had to say so."""

    order_id: int
    return_id: int
    by_policy: bool


@event("return.rejected", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnRejected(Event):
    """A person said no."""

    order_id: int
    return_id: int


@event("return.received", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnReceived(Event):
    """The goods are here; ``refund_minor`` is what is owed for them."""

    order_id: int
    return_id: int
    refund_minor: int
    currency: str
