"""Taking back what was done with many cases at once: what a case was, and making it so again.

Only what nobody heard of can be taken back: a settled case was told to its customer, and is opened
again on its own page.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from cases import holding, service
from cases.finding.states import BulkAction
from cases.models import Case
from cases.states import CaseState, Priority
from cases.taxonomy import queries as taxonomy
from cases.taxonomy import sorting, tags
from cases.taxonomy.policy import tag_of
from cases.taxonomy.sorting import Sorting
from oms_service.infra.uow import UnitOfWork

Before = Mapping[str, Any]
Given = Mapping[str, str]

#: What is written down where a case comes back out of a colleague's hands.
_TAKEN_BACK: Final = "taken_back"


def can_be(action: BulkAction) -> bool:
    """Whether what was done so can be taken back."""
    return action in _BACK


def as_it_is(
    uow: UnitOfWork, case: Case, action: BulkAction, given: Given
) -> dict[str, Any] | None:
    """What an action is about to change in a held case; None where it cannot be taken back."""
    look = _LOOK.get(action)
    return look(uow, case, given) if look is not None else None


def put_back(uow: UnitOfWork, case: Case, action: BulkAction, given: Given, before: Before) -> None:
    """Make a held case what it was; the caller has looked whether it changed since.

    Raises:
        DomainError: as the commands it is made of.
    """
    _BACK[action](uow, case, given, before)


def _look_assign(_uow: UnitOfWork, case: Case, _given: Given) -> dict[str, Any]:
    return {"staff": case.assignee_id}


def _look_queue(uow: UnitOfWork, case: Case, _given: Given) -> dict[str, Any]:
    return {"queue": taxonomy.queues(uow.session)[case.queue_id][0]}


def _look_priority(_uow: UnitOfWork, case: Case, _given: Given) -> dict[str, Any]:
    return {"priority": str(case.priority)}


def _look_tag(uow: UnitOfWork, case: Case, given: Given) -> dict[str, Any]:
    put_on = taxonomy.tag_called(uow.session, tag_of(given["tag"])[1])
    return {"has": put_on is not None and taxonomy.has_tag(uow.session, case.id, put_on.id)}


def _look_untag(uow: UnitOfWork, case: Case, given: Given) -> dict[str, Any]:
    return {"has": taxonomy.has_tag(uow.session, case.id, int(given["tag"]))}


def _look_snooze(_uow: UnitOfWork, case: Case, _given: Given) -> dict[str, Any]:
    since = case.waiting_since
    return {"state": str(case.state), "waiting_since": since.isoformat() if since else None}


def _back_assign(uow: UnitOfWork, case: Case, _given: Given, before: Before) -> None:
    if before["staff"] is None:
        holding.let_go(uow, case, _TAKEN_BACK)
        holding.done(uow, case)
    elif before["staff"] != case.assignee_id:
        service.assign(uow, case.id, before["staff"])


def _back_queue(uow: UnitOfWork, case: Case, _given: Given, before: Before) -> None:
    sorting.sort(uow, case.id, Sorting(queue=before["queue"]))


def _back_priority(uow: UnitOfWork, case: Case, _given: Given, before: Before) -> None:
    sorting.sort(uow, case.id, Sorting(priority=Priority(before["priority"])))


def _back_tag(uow: UnitOfWork, case: Case, given: Given, before: Before) -> None:
    put_on = taxonomy.tag_called(uow.session, tag_of(given["tag"])[1])
    if not before["has"] and put_on is not None:
        tags.take_off(uow, case.id, put_on.id)


def _back_untag(uow: UnitOfWork, case: Case, given: Given, before: Before) -> None:
    if before["has"]:
        tags.put(uow, case.id, taxonomy.tag(uow.session, int(given["tag"])).name)


def _back_snooze(uow: UnitOfWork, case: Case, _given: Given, before: Before) -> None:
    if case.state is not CaseState.SNOOZED:
        return
    if "state" not in before:  # put away before that was written down
        service.resume(uow, case.id)
        return
    since = before["waiting_since"]
    service.take_out(
        uow,
        case.id,
        was=CaseState(before["state"]),
        waiting_since=datetime.fromisoformat(since) if since else None,
    )


_LOOK: Final[Mapping[BulkAction, Callable[[UnitOfWork, Case, Given], dict[str, Any]]]] = {
    BulkAction.ASSIGN: _look_assign,
    BulkAction.QUEUE: _look_queue,
    BulkAction.PRIORITY: _look_priority,
    BulkAction.TAG: _look_tag,
    BulkAction.UNTAG: _look_untag,
    BulkAction.SNOOZE: _look_snooze,
}
_BACK: Final[Mapping[BulkAction, Callable[[UnitOfWork, Case, Given, Before], None]]] = {
    BulkAction.ASSIGN: _back_assign,
    BulkAction.QUEUE: _back_queue,
    BulkAction.PRIORITY: _back_priority,
    BulkAction.TAG: _back_tag,
    BulkAction.UNTAG: _back_untag,
    BulkAction.SNOOZE: _back_snooze,
}
