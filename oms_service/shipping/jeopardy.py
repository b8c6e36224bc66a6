"""Whether a parcel's promise will hold."""

from datetime import datetime, timedelta
from typing import Final

from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.states import MOVING, Jeopardy
from oms_service.shipping.windows import Window

#: A moving parcel of which nothing is heard for so long has stalled.
SILENCE: Final = timedelta(days=3)


def judge(
    *,
    status: CarrierStatus,
    heard_at: datetime | None,
    delivered_at: datetime | None,
    promised: Window | None,
    estimated: Window | None,
    now: datetime,
) -> Jeopardy:
    """How the promise stands now; without a promise only silence can be held against it.

    Args:
        status: where the parcel stands.
        heard_at: the newest scan by its own time, or the handing over; None where unknown.
        delivered_at: when it arrived, if it did.
        promised: what the customer was told first.
        estimated: what we believe now.
        now: UTC.
    """
    if status is CarrierStatus.DELIVERED:
        is_late = delivered_at is not None and promised and delivered_at >= promised.until
        return Jeopardy.LATE if is_late else Jeopardy.ON_TIME
    if status in MOVING and heard_at is not None and now - heard_at >= SILENCE:
        return Jeopardy.STALLED
    if promised is None:
        return Jeopardy.ON_TIME
    if now >= promised.until or status is CarrierStatus.FAILURE:
        return Jeopardy.LATE
    if estimated is not None and estimated.until > promised.until:
        return Jeopardy.AT_RISK
    return Jeopardy.ON_TIME
