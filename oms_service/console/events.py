"""What the console tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("export.made", of="export")
@dataclass(frozen=True, kw_only=True)
class ExportMade(Event):
    """A colleague took a list out as a file; ``export_id`` is which list, a code."""

    export_id: str
