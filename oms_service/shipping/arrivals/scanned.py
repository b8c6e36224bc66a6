"""A journey together with what its carrier said on the way, each word when it was heard."""

from dataclasses import dataclass
from datetime import datetime

from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.arrivals.journeys import Journey


@dataclass(frozen=True, slots=True)
class Word:
    """One scan; ``heard_at`` is when it reached us, which may be long after it was made."""

    occurred_at: datetime
    heard_at: datetime
    status: CarrierStatus
    place: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A journey with its words in any order."""

    journey: Journey
    words: tuple[Word, ...]
