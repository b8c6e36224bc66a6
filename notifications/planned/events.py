"""That a colleague sent a notice before its time, or stopped it."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("telling.hurried", of="telling")
@dataclass(frozen=True, kw_only=True)
class TellingHurried(Event):
    """A colleague had a notice sent that waited, ``telling_id``; ``reason`` is a code."""

    telling_id: int
    order_id: int | None
    reason: str


@event("telling.stopped", of="telling")
@dataclass(frozen=True, kw_only=True)
class TellingStopped(Event):
    """A colleague stopped a notice that waited: it is never sent; ``reason`` is a code."""

    telling_id: int
    order_id: int | None
    reason: str
