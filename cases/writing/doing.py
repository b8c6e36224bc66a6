"""What a macro does beside saying something: done when its answer leaves, with it or not at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from cases import holding, service
from cases.models import Case, Queue
from cases.queries import Reader
from cases.states import Priority
from cases.taxonomy import sorting, tags
from cases.taxonomy.policy import tag_of
from cases.taxonomy.sorting import Sorting
from cases.words import CHOSEN
from cases.writing.moments import Preset, moment
from cases.writing.states import ENDS, PLAIN, Do
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

Action = Mapping[str, Any]
#: So many things one macro does at most.
MOST: Final = 6


def check(reader: Reader, actions: Sequence[Action]) -> None:
    """Whether all of this can be done, as far as one can say beforehand.

    Raises:
        Invalid: something unknown, twice the same, or two ends at once.
    """
    kinds = [str(one.get("do", "")) for one in actions]
    if len(kinds) > MOST or not set(kinds) <= set(Do):
        raise Invalid("no such action", {"actions": "has an unknown one"})
    if len(set(kinds)) < len(kinds) or len(ENDS & {Do(one) for one in kinds}) > 1:
        raise Invalid("a case ends in one way", {"actions": "contradict each other"})
    for one in actions:
        if Do(one["do"]) not in PLAIN and not _is_known(reader, Do(one["do"]), one.get("value")):
            raise Invalid("no such value", {"actions": "has an unknown value"})


def _is_known(reader: Reader, do: Do, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if do is Do.QUEUE:
        return queue_id(reader, value) is not None
    if do is Do.TAG:
        return _is_tag(value)
    return value in _VALUES[do]


def _is_tag(typed: str) -> bool:
    try:
        tag_of(typed)
    except Invalid:
        return False
    return True


def queue_id(reader: Reader, code: str) -> int | None:
    """The queue of that code."""
    return reader.execute(select(Queue.id).where(Queue.code == code)).scalar_one_or_none()


def pressed(
    actions: Sequence[Action], *, title: str, now: datetime, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """The same actions as they stand once an answer is pressed: moments named, endings noted.

    Args:
        actions: as a macro has them, checked.
        title: of the macro; what colleagues read where it settles the case.
        now: UTC.
        zone: whose mornings are meant.
    """
    found = []
    for one in actions:
        more: dict[str, Any] = {}
        if one["do"] == Do.SNOOZE:
            more["until"] = moment(Preset(one["value"]), now=now, zone=zone).isoformat()
        if one["do"] == Do.RESOLVE:
            more["note"] = title
        found.append({**one, **more})
    return found


def do(uow: UnitOfWork, case_id: int, actions: Sequence[Action]) -> None:
    """Do it all, what ends the case last. The case is held; waiting is part of the answer."""
    for one in sorted(actions, key=lambda one: one["do"] in ENDS):
        _DO[Do(one["do"])](uow, case_id, one)


def _priority(uow: UnitOfWork, case_id: int, action: Action) -> None:
    sorting.sort(uow, case_id, Sorting(priority=Priority(action["value"])))


def _queue(uow: UnitOfWork, case_id: int, action: Action) -> None:
    if queue_id(uow.session, action["value"]) is not None:
        sorting.sort(uow, case_id, Sorting(queue=str(action["value"])))


def _tag(uow: UnitOfWork, case_id: int, action: Action) -> None:
    tags.put(uow, case_id, action["value"])


def _assign_me(uow: UnitOfWork, case_id: int, _action: Action) -> None:
    case = locks.one(uow.session, Case, case_id)
    me = holding.colleague(uow.actor)
    if case.assignee_id != me:
        holding.assign_to(uow, case, me, "taken")
        holding.done(uow, case)


def _resolve(uow: UnitOfWork, case_id: int, action: Action) -> None:
    service.resolve(uow, case_id, code=action["value"], note=action.get("note", ""))


def _snooze(uow: UnitOfWork, case_id: int, action: Action) -> None:
    until = datetime.fromisoformat(action["until"])
    if until > uow.now:  # an answer that left late leaves a case that is due already
        service.snooze(uow, case_id, until)


def _nothing(_uow: UnitOfWork, _case_id: int, _action: Action) -> None:
    """The answer itself has let the case wait."""


_VALUES: Final = {
    Do.PRIORITY: frozenset(map(str, Priority)),
    Do.RESOLVE: frozenset(CHOSEN),
    Do.SNOOZE: frozenset(map(str, Preset)),
}
_DO: Final[Mapping[Do, Callable[[UnitOfWork, int, Action], None]]] = {
    Do.PRIORITY: _priority,
    Do.TAG: _tag,
    Do.QUEUE: _queue,
    Do.ASSIGN_ME: _assign_me,
    Do.WAIT: _nothing,
    Do.RESOLVE: _resolve,
    Do.SNOOZE: _snooze,
}
