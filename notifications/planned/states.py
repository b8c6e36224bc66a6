"""Words about notices that colleagues send before their time, or stop."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a colleague decides about a notice that waits."""

    CUSTOMER_ASKED = "customer_asked"
    URGENT = "urgent"
    TOLD_OTHERWISE = "told_otherwise"
    NOT_TRUE = "not_true"
    MISTAKE = "mistake"
    OTHER = "other"


#: Why one is sent before its time, and why one is stopped.
HURRIES: Final = (Reason.CUSTOMER_ASKED, Reason.URGENT, Reason.OTHER)
STOPS: Final = (
    Reason.TOLD_OTHERWISE,
    Reason.NOT_TRUE,
    Reason.CUSTOMER_ASKED,
    Reason.MISTAKE,
    Reason.OTHER,
)

#: Why a notice was not told: a colleague stopped it.
STOPPED: Final = "stopped"
