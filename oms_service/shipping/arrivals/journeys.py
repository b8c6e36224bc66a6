"""One order's way to its customer, as a history tells it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oms_service.shipping.because import HouseStage
from oms_service.shipping.standing import Said


class Stage(StrEnum):
    """From where an arrival is foretold."""

    PLACEMENT = "placement"
    HANDOVER = "handover"


@dataclass(frozen=True, slots=True)
class Road:
    """From where, to where, with whom and how; any of them may be empty."""

    origin: str
    destination: str
    carrier: str
    service: str


@dataclass(frozen=True, slots=True)
class Journey:
    """Aware times, None where the history does not say.

    Attributes:
        location: whose house; empty where only the origin is known.
        indoors: when the goods had come how far, before they were handed over.
        heard: what the carrier said of the parcel.
    """

    road: Road
    placed_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None = None
    location: str = ""
    indoors: tuple[tuple[HouseStage, datetime], ...] = ()
    heard: tuple[Said, ...] = ()

    def start(self, stage: Stage) -> datetime | None:
        return self.placed_at if stage is Stage.PLACEMENT else self.handed_over_at
