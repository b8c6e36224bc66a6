"""How a parcel stands, in our words."""

from enum import StrEnum
from typing import Final

from oms_service.ports.carrier import CarrierStatus

__all__ = ["FINAL", "MOVING", "CarrierStatus", "Jeopardy"]

#: After these nothing the carrier says moves the parcel again, except that a lost one arrives.
FINAL: Final = frozenset({CarrierStatus.DELIVERED, CarrierStatus.FAILURE})

#: In these the parcel is expected to be heard of again soon; in the others it waits for somebody.
MOVING: Final = frozenset(
    {
        CarrierStatus.PRE_TRANSIT,
        CarrierStatus.IN_TRANSIT,
        CarrierStatus.OUT_FOR_DELIVERY,
        CarrierStatus.DELAYED,
        CarrierStatus.CUSTOMS_HOLD,
    }
)


class Jeopardy(StrEnum):
    """Whether the promise will hold."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"
    STALLED = "stalled"
