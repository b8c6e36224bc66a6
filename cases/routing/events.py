"""What routing tells the rest of the house."""

from dataclasses import dataclass

from cases.events import AboutCase
from oms_service.kernel.events import Event, event


@event("agent.changed", of="staff")
@dataclass(frozen=True, kw_only=True)
class AgentChanged(Event):
    """A colleague came, went, or was given other queues, skills or room."""

    staff_id: int
    presence: str


@event("case.routed", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseRouted(AboutCase):
    """A rule sent a case to a queue, or it found nobody; ``blocked`` is why, or empty."""

    queue_id: int
    rule_id: int | None
    blocked: str
