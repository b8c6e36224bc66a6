"""Facts about fitting."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("arrivals.fit_due", of="fit")
@dataclass(frozen=True, kw_only=True)
class FitDue(Event):
    """It is time to learn anew how long parcels take."""

    fit_id: int
