"""What is told when the shop looks different."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("look.changed", of="look")
@dataclass(frozen=True, kw_only=True)
class LookChanged(Event):
    """The shop has another name, logo or colour; ``back_to`` is the look it took up again."""

    look_id: int
    back_to: int | None
