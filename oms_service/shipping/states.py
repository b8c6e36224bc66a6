"""What carriers say of a parcel, in our words."""

from enum import StrEnum
from typing import Final


class CarrierStatus(StrEnum):
    """Normal statuses of a parcel, whatever its carrier calls them."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPTED = "attempted"
    DELAYED = "delayed"
    CUSTOMS_HOLD = "customs_hold"
    DELIVERED = "delivered"
    RETURNING = "returning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


#: After these nothing the carrier says moves the parcel again.
FINAL: Final = frozenset({CarrierStatus.DELIVERED, CarrierStatus.FAILURE})


class Jeopardy(StrEnum):
    """Whether the promise will hold."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"
    STALLED = "stalled"
