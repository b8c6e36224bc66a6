"""What a case's own record says to figures. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.sla.clocks import Clock, ClockState, Metric, Targets, clocks_of
from cases.sla.history import UNASKED, Noted, marks
from cases.sla.hours import ALWAYS, Hours
from cases.sla.queries import ClockView
from cases.states import CaseState, EntryKind
from oms_service.kernel.actors import Actor, ActorKind

_DAY_AND_NIGHT: Final = Hours(ZoneInfo("UTC"), ALWAYS)
#: Only what has passed is read of these clocks, so that any target does.
_ANY: Final = timedelta(seconds=1)
_COUNTING: Final = Targets(
    _DAY_AND_NIGHT,
    {Metric.FIRST_RESPONSE: _ANY, Metric.NEXT_RESPONSE: _ANY, Metric.RESOLUTION: _ANY},
)


@dataclass(frozen=True)
class Line:
    """One line of a case's record; ``actor`` as ``kernel.actors`` writes it."""

    kind: EntryKind
    data: Mapping[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True)
class Span:
    """One wait that has ended; see ``models.CaseSpan``."""

    metric: Metric
    round: int
    staff_id: int | None
    ended_at: datetime
    calendar_s: float
    business_s: float | None
    is_done: bool
    is_kept: bool | None


@dataclass(frozen=True)
class Story:
    """What happened to a case, as far as it is counted."""

    first_assigned_at: datetime | None
    first_resolved_at: datetime | None
    replies: int
    reopenings: int
    spans: tuple[Span, ...]


def is_contact(channel: str, *, is_internal: bool) -> bool:
    """Whether its customer wrote first: not the house, and not a colleague among colleagues."""
    return channel not in UNASKED and not is_internal


def story(
    record: Sequence[Line], clocks: Sequence[ClockView], *, channel: str, assignee_id: int | None
) -> Story:
    """Read a case's record.

    Args:
        record: the whole of it, oldest first.
        clocks: of its answer times, as they are kept.
        channel: where it came from.
        assignee_id: whose case it is now.
    """
    return Story(
        first_assigned_at=_first(record, _is_assigned),
        first_resolved_at=_first(record, _is_resolved),
        replies=sum(one.kind is EntryKind.REPLIED for one in record),
        reopenings=sum(
            one.kind is EntryKind.STATE_CHANGED and one.data.get("why") == "reopened"
            for one in record
        ),
        spans=tuple(_spans(record, clocks, channel, assignee_id)),
    )


def _is_assigned(line: Line) -> bool:
    return line.kind is EntryKind.ASSIGNED


def _is_resolved(line: Line) -> bool:
    return line.kind is EntryKind.STATE_CHANGED and line.data.get("to") == CaseState.RESOLVED


def _first(record: Sequence[Line], is_it: Callable[[Line], bool]) -> datetime | None:
    return next((one.at for one in record if is_it(one)), None)


def _spans(
    record: Sequence[Line], clocks: Sequence[ClockView], channel: str, assignee_id: int | None
) -> Iterator[Span]:
    answered = {
        one.at.astimezone(UTC): _staff(one.actor) for one in record if one.kind is EntryKind.REPLIED
    }
    kept = {(one.metric, one.round): one for one in clocks}
    noted = [Noted(one.kind, one.data, one.at) for one in record]
    for counted in clocks_of(marks(noted, channel=channel), _COUNTING):
        clock = kept.get((counted.metric, counted.round))
        span = _span(counted, clock, answered, assignee_id)
        if span is not None:
            yield span


def _span(
    counted: Clock,
    clock: ClockView | None,
    answered: Mapping[datetime, int | None],
    assignee_id: int | None,
) -> Span | None:
    """A wait that ended, with what its clock says; one that was called off in time is none."""
    ended_at = counted.stopped_at
    if ended_at is None:
        return None
    is_done = counted.state is ClockState.STOPPED
    clock = clock if clock is not None and clock.stopped_at == ended_at else None
    if not is_done and (clock is None or clock.missed_at is None):
        return None
    is_settling = counted.metric is Metric.RESOLUTION
    return Span(
        metric=counted.metric,
        round=counted.round,
        staff_id=assignee_id if is_settling else answered.get(ended_at.astimezone(UTC)),
        ended_at=ended_at,
        calendar_s=counted.elapsed.total_seconds(),
        business_s=clock.elapsed.total_seconds() if clock else None,
        is_done=is_done,
        is_kept=clock.missed_at is None if clock else None,
    )


def _staff(ref: str) -> int | None:
    actor = Actor.from_ref(ref)
    return int(actor.id) if actor.kind is ActorKind.STAFF else None
