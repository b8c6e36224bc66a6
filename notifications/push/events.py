"""That a browser is to be rung."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("ring.due", of="ring")
@dataclass(frozen=True, kw_only=True)
class RingDue(Event):
    """A notice was told, and a browser of its reader is to ring for it."""

    ring_id: int
