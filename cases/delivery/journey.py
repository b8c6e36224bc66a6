"""The way of a parcel as a line of places: from us, over the depots, to the door. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from oms_service.history.steps import Step
from oms_service.history.tracking import TrackedParcel
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.queries import ScanView

#: Of a longer way the last places are shown; where it was before says less.
MOST_DEPOTS: Final = 6
#: Reported from nowhere in particular, or from the door itself.
_NO_DEPOT: Final = frozenset({CarrierStatus.PRE_TRANSIT, CarrierStatus.DELIVERED})


class StopKind(StrEnum):
    """What is at a stop."""

    START = "start"
    DEPOT = "depot"
    DOOR = "door"


@dataclass(frozen=True)
class Stop:
    """One place of the way: done, current, trouble or next.

    ``place`` is as the carrier wrote it, empty at both ends: nobody's address stands there.
    ``since`` is when the parcel came there, ``until`` when it was last reported there.
    """

    kind: StopKind
    place: str
    since: datetime | None
    until: datetime | None
    state: str


def stops(parcel: TrackedParcel, scans: Sequence[ScanView]) -> tuple[Stop, ...]:
    """The way as far as it was reported; empty where no place was ever named.

    Args:
        parcel: where it is now.
        scans: what its carrier reported, in any order.
    """
    depots: list[Stop] = []
    told = sorted(scans, key=lambda one: one.occurred_at)
    for one in told:
        if not one.place or one.status in _NO_DEPOT:
            continue
        if depots and depots[-1].place == one.place:
            last = depots[-1]
            depots[-1] = Stop(last.kind, last.place, last.since, one.occurred_at, "done")
        else:
            depots.append(Stop(StopKind.DEPOT, one.place, one.occurred_at, one.occurred_at, "done"))
    if not depots:
        return ()
    is_there = parcel.step is Step.DELIVERED
    if not is_there:
        last = depots[-1]
        state = "trouble" if parcel.step in _TROUBLE else "current"
        depots[-1] = Stop(last.kind, last.place, last.since, last.until, state)
    start = Stop(StopKind.START, "", parcel.handed_over_at, parcel.handed_over_at, "done")
    at = parcel.delivered_at if is_there else None
    door = Stop(StopKind.DOOR, "", at, at, "done" if is_there else "next")
    return (start, *depots[-MOST_DEPOTS:], door)


_TROUBLE: Final = frozenset({Step.ATTEMPTED, Step.RETURNING, Step.UNDELIVERABLE})
