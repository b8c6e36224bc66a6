"""An order's entries for calendars: what has changed since the last time has a higher number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from cases.delivery.models import CalendarEntry
from cases.delivery.states import EntryState
from oms_service.history.steps import Step
from oms_service.history.tracking import TrackedParcel, Tracking
from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.windows import Window

_LOST: Final = frozenset({Step.CANCELLED, Step.RETURNING, Step.UNDELIVERABLE})
_WHAT: Final = ("window_from", "window_until", "state")


@dataclass(frozen=True)
class Entry:
    """One delivery as a calendar is to show it. ``parcel`` is None before anything has left."""

    order_id: int
    part: int
    window: Window
    state: EntryState
    sequence: int
    changed_at: datetime
    parcel: TrackedParcel | None


@dataclass(frozen=True)
class _Wanted:
    """What an entry should say; without a window it only ends one that was handed out."""

    part: int
    window: Window | None
    state: EntryState
    parcel: TrackedParcel | None


def hand_out(uow: UnitOfWork, found: Tracking) -> tuple[Entry, ...]:
    """The entries of an order as it stands now; none where nothing is known and nothing was.

    Handed out twice, or by two at once, they are the same; only what differs from the last time
    raises an entry's number.
    """
    known = {
        row.part: row
        for row in uow.session.scalars(
            select(CalendarEntry)
            .where(CalendarEntry.order_id == found.order_id)
            .order_by(CalendarEntry.part)
        )
    }
    wanted = [one for one in _wanted(found) if one.window or one.part in known]
    rows = [
        {
            "order_id": found.order_id,
            "part": one.part,
            "window_from": (one.window.start if one.window else known[one.part].window_from),
            "window_until": (one.window.until if one.window else known[one.part].window_until),
            "state": one.state,
            "sequence": 0,
            "changed_at": uow.now,
        }
        for one in wanted
    ]
    written = {row.part: row for row in _write(uow, rows)}
    return tuple(
        Entry(
            order_id=found.order_id,
            part=one.part,
            window=Window(written[one.part].window_from, written[one.part].window_until),
            state=written[one.part].state,
            sequence=written[one.part].sequence,
            changed_at=written[one.part].changed_at,
            parcel=one.parcel,
        )
        for one in wanted
    )


def _write(uow: UnitOfWork, rows: Sequence[dict[str, object]]) -> Sequence[CalendarEntry]:
    if not rows:
        return ()
    new = insert(CalendarEntry).values(rows)
    differs = or_(
        *(getattr(CalendarEntry, name).is_distinct_from(new.excluded[name]) for name in _WHAT)
    )
    uow.session.execute(
        new.on_conflict_do_update(
            index_elements=["order_id", "part"],
            set_={
                **{name: new.excluded[name] for name in (*_WHAT, "changed_at")},
                "sequence": CalendarEntry.sequence + 1,
            },
            where=differs,
        )
    )
    parts = [row["part"] for row in rows]
    return list(
        uow.session.scalars(
            select(CalendarEntry)
            .where(CalendarEntry.order_id == rows[0]["order_id"], CalendarEntry.part.in_(parts))
            .order_by(CalendarEntry.part)
            .execution_options(populate_existing=True)
        )
    )


def _wanted(found: Tracking) -> list[_Wanted]:
    if not found.parcels:
        return [_Wanted(1, found.window, _state(found.step), None)]
    return [
        _Wanted(part, one.window or _arrived(one), _state(one.step), one)
        for part, one in enumerate(found.parcels, start=1)
    ]


def _arrived(parcel: TrackedParcel) -> Window | None:
    """A parcel that is there keeps the moment it came, where a calendar has it already."""
    at = parcel.delivered_at
    return Window(at, at) if at is not None else None


def _state(step: Step) -> EntryState:
    if step is Step.DELIVERED:
        return EntryState.DELIVERED
    return EntryState.CANCELLED if step in _LOST else EntryState.EXPECTED
