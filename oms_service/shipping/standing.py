"""Where a parcel stands, from all that its carrier ever said: blind to the order it came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from oms_service.ports.carrier import CarrierStatus as S


@dataclass(frozen=True)
class Said:
    """One word of a carrier, as far as decisions need it; ``key`` tells two of one time apart."""

    status: S
    occurred_at: datetime
    key: str = ""
    reason: str = ""
    estimate_from: datetime | None = None
    estimate_until: datetime | None = None


#: Of two scans of one time the later step speaks.
_STEP: Final = {
    status: step
    for step, status in enumerate(
        (
            S.UNKNOWN,
            S.PRE_TRANSIT,
            S.IN_TRANSIT,
            S.CUSTOMS_HOLD,
            S.DELAYED,
            S.OUT_FOR_DELIVERY,
            S.ATTEMPTED,
            S.AVAILABLE_FOR_PICKUP,
            S.RETURNING,
            S.FAILURE,
            S.DELIVERED,
        )
    )
}


def in_order(said: Iterable[Said]) -> list[Said]:
    """By event time, each word once; the same list whatever order they came in."""
    by_key = {(one.occurred_at, one.status, one.key): one for one in said}
    return sorted(by_key.values(), key=lambda one: (one.occurred_at, _STEP[one.status], one.key))


def newest(said: Iterable[Said]) -> Said | None:
    """The scan that says where the parcel stands, or None when none says anything.

    Delivered holds against everything, lost against everything but delivered. A label that is
    printed says nothing once the parcel moves, an unknown word nothing once a known one was said.
    """
    ordered = in_order(said)
    for final in (S.DELIVERED, S.FAILURE):
        for one in ordered:
            if one.status is final:
                return one
    for silent in ({S.UNKNOWN, S.PRE_TRANSIT}, {S.UNKNOWN}, set[S]()):
        speaking = [one for one in ordered if one.status not in silent]
        if speaking:
            return speaking[-1]
    return None
