"""The bulk door of returns, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.returns.models import Return, ReturnLine
from oms_service.returns.states import Disposition, ReturnReason, ReturnState


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnRow:
    """One return as it stands."""

    id: int
    number: str
    order_id: int
    state: ReturnState
    channel: str
    refund_minor: int
    fee_minor: int = 0
    currency: str
    refund_method_id: int | None
    referred_by_rule: str = ""
    requested_by: str
    requested_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str = ""
    version: int = 1
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnLineRow:
    """What of one order line comes back."""

    return_id: int
    order_line_id: int
    quantity: int
    reason: ReturnReason
    received: int = 0
    disposition: Disposition | None = None
    evidence: list[str] = field(default_factory=list)


def reserve(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Return, count)


def add(session: Session, returns: Sequence[ReturnRow], lines: Sequence[ReturnLineRow]) -> None:
    bulk.insert(session, Return, returns)
    bulk.insert(session, ReturnLine, lines)
