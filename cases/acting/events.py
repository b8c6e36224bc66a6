"""What acting from cases tells the rest of the house."""

from dataclasses import dataclass

from cases.events import AboutCase
from oms_service.kernel.events import event


@event("case.acted", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseActed(AboutCase):
    """Something was done about an order from its case; ``kind`` is a code."""

    order_id: int
    act_id: int
    kind: str


@event("case.act_undone", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseActUndone(AboutCase):
    """It was called off again before it had an effect that cannot be."""

    order_id: int
    act_id: int
    kind: str
