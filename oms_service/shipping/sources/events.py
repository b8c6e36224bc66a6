"""What the sources tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("parcel.poll_requested", of="order")
@dataclass(frozen=True, kw_only=True)
class PollRequested(Event):
    """Whoever knows where the parcel is should be asked now."""

    order_id: int
    parcel_id: int
