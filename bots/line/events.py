"""What happens on LINE, as facts."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("line.heard", of="line_account")
@dataclass(frozen=True, kw_only=True)
class LineHeard(Event):
    """Something came from a customer on LINE and waits to be dealt with, in its turn."""

    line_account_id: int
