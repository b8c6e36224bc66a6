"""What a page shows of a delivery: each step with its time, each parcel, the dates side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cases import progress
from cases.delivery import journey, words
from cases.delivery.journey import Stop
from oms_service.history.actions import WITH_CARRIER
from oms_service.history.steps import Step
from oms_service.history.tracking import ENDED, Moved, TrackedParcel, Tracking
from oms_service.kernel.languages import Language
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping import explaining
from oms_service.shipping import queries as parcels
from oms_service.shipping.because import Because
from oms_service.shipping.queries import ScanView
from oms_service.shipping.windows import Window

#: In a window that is wider the likeliest day is worth a word of its own.
_WIDE: Final = timedelta(days=1)


@dataclass(frozen=True)
class Saying:
    """Whose words an explanation is in, and when and where now is."""

    language: Language
    zone: ZoneInfo
    now: datetime

    def why(self, because: Because | None) -> str:
        """The explanation of a date; empty where there is none."""
        if because is None:
            return ""
        return explaining.sentence(because, self.language, self.zone, now=self.now)

    def dated(self, because: Because | None) -> str:
        """The same in words that are still true on another day."""
        return explaining.sentence(because, self.language, self.zone) if because else ""


@dataclass(frozen=True)
class Stage:
    """One step of the way: how it stands (done, current, trouble or next), and when it was."""

    step: Step
    state: str
    at: datetime | None


@dataclass(frozen=True)
class Way:
    """How far one parcel is, or the order before anything of it has left.

    ``promised`` is given where another date is believed now, ``likeliest`` where the window is
    wide. ``part`` counts the parcels of an order from 1; 0 where there is nothing to count.
    """

    part: int
    parcel: TrackedParcel | None
    stages: tuple[Stage, ...]
    window: Window | None
    likeliest: datetime | None
    promised: Window | None
    moved: Moved
    is_late: bool
    why: str
    scans: Sequence[ScanView]

    @property
    def route(self) -> tuple[Stop, ...]:
        """The places it came through, as far as they were reported."""
        return journey.stops(self.parcel, self.scans) if self.parcel is not None else ()

    @property
    def takes_wishes(self) -> bool:
        """Whether its carrier may still be told when, or where, to hand it out."""
        return self.parcel is not None and self.parcel.step in WITH_CARRIER


@dataclass(frozen=True)
class DeliveryView:
    """A whole delivery, ready to be shown."""

    tracking: Tracking
    ways: tuple[Way, ...]

    @property
    def answer(self) -> str:
        """The answer in one sentence, as a msgid."""
        return words.answer_of(self.tracking)

    @property
    def delivered_at(self) -> datetime | None:
        """When the last of it arrived, where all of it did and each moment is known."""
        found = self.tracking
        arrived = [one.delivered_at for one in found.parcels if one.delivered_at]
        is_there = found.step is Step.DELIVERED and not found.more_to_come
        return max(arrived) if is_there and len(arrived) == len(found.parcels) > 0 else None

    @property
    def promised(self) -> Window | None:
        """What was told first, where another date is believed now."""
        return self.tracking.promised if self.tracking.moved is not Moved.NO else None

    @property
    def has_entry(self) -> bool:
        """Whether there is a date that a calendar could keep."""
        return any(way.window is not None for way in self.ways)


def of(session: Session, found: Tracking, saying: Saying) -> DeliveryView:
    """How a delivery stands; one query for what the carriers said."""
    scans = parcels.scans_of_parcels(session, [one.id for one in found.parcels])
    return DeliveryView(found, ways(found, scans, saying))


def ways(
    found: Tracking, scans: Mapping[int, Sequence[ScanView]], saying: Saying
) -> tuple[Way, ...]:
    """Each parcel's way; the order's own where nothing has left. Scans come newest first."""
    several = len(found.parcels) > 1
    if not found.parcels:
        return (
            Way(
                part=0,
                parcel=None,
                stages=_stages(found.step, {Step.ORDER_RECEIVED: found.placed_at}),
                window=found.window,
                likeliest=_likeliest(found.window, found.median),
                promised=found.promised if found.moved is not Moved.NO else None,
                moved=found.moved,
                is_late=found.is_late,
                why=saying.why(found.because),
                scans=(),
            ),
        )
    return tuple(
        _way(found, one, part if several else 0, scans.get(one.id, ()), saying)
        for part, one in enumerate(found.parcels, start=1)
    )


def _way(
    found: Tracking,
    parcel: TrackedParcel,
    part: int,
    scans: Sequence[ScanView],
    saying: Saying,
) -> Way:
    out = [one.occurred_at for one in scans if one.status is CarrierStatus.OUT_FOR_DELIVERY]
    newest = parcel.last_scan
    times = {
        Step.ORDER_RECEIVED: found.placed_at,
        Step.SHIPPED: parcel.handed_over_at,
        Step.OUT_FOR_DELIVERY: max(out, default=None),
        Step.DELIVERED: parcel.delivered_at,
    }
    if parcel.step not in times and newest is not None:
        times[parcel.step] = newest.occurred_at
    moved = parcel.moved
    return Way(
        part=part,
        parcel=parcel,
        stages=_stages(parcel.step, times),
        window=parcel.window,
        likeliest=_likeliest(parcel.window, parcel.median),
        promised=parcel.promised if moved is not Moved.NO else None,
        moved=moved,
        is_late=parcel.is_late and parcel.step not in ENDED,
        why=saying.why(parcel.because),
        scans=scans,
    )


def _stages(step: Step, times: Mapping[Step, datetime | None]) -> tuple[Stage, ...]:
    return tuple(
        Stage(one, state, times.get(one) if state != "next" else None)
        for one, state in progress.line(step)
    )


def _likeliest(window: Window | None, median: datetime | None) -> datetime | None:
    is_wide = window is not None and window.until - window.start > _WIDE
    return median if is_wide else None
