"""What answer times tell the rest of the house."""

from dataclasses import dataclass

from cases.events import AboutCase
from oms_service.kernel.events import event


@event("case.escalated", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseEscalated(AboutCase):
    """So much of a target has passed that the ladder asks for a ``step``, a code."""

    step: str
    metric: str
    percent: int
