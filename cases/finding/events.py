"""What is told when many cases are handled at once."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("case_bulk.started", of="case_bulk")
@dataclass(frozen=True, kw_only=True)
class CaseBulkStarted(Event):
    """Something is being done with many cases, one by one; ``action`` is a code."""

    case_bulk_id: int
    action: str
    total: int
