"""Setting what a case is: its reason, priority, queue and language."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from cases import holding
from cases.events import CaseEdited
from cases.models import Case, Queue, Reason
from cases.states import ACTIVE, EntryKind, Priority
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language

#: Keeps two open cases of one order, reason and return apart.
_ONE_OPEN = "uq_cases_open_order_reason"


class AnotherOpen(DomainError):
    """Another open case has that order and reason: the two can be merged."""

    code = "another-case-open"

    def __init__(self, number: str) -> None:
        super().__init__(f"case {number} of this order and reason is open" if number else "")
        self.number = number


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """What a case shall be; what is None stays. Queues by code."""

    reason: str | None = None
    priority: Priority | None = None
    queue: str | None = None
    language: Language | None = None


def sort(uow: UnitOfWork, case_id: int, wish: Sorting, *, version: int | None = None) -> CaseView:
    """Set what a case is; done again, nothing changes.

    Another reason brings its queue and priority along where the case still has those of the
    reason before; what was set by hand stays.

    Raises:
        Invalid: the reason or queue is unknown, or the reason is not in use.
        AnotherOpen: an open case of that order and reason is there already.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    now = _meant(uow, case, wish)
    changed = {name: value for name, value in now.items() if getattr(case, name) != value}
    if not changed:
        return holding.view_of(case)
    queues = _codes(uow) if "queue_id" in changed else {}
    told = [
        ("queue", queues[case.queue_id], queues[value])
        if name == "queue_id" and isinstance(value, int)
        else (name, str(getattr(case, name)), str(value))
        for name, value in changed.items()
    ]
    case.version += 1
    write(uow, case, changed)
    for what, before, after in told:
        holding.enter(uow, case, EntryKind.EDITED, data={"what": what, "from": before, "to": after})
        uow.emit(CaseEdited(case_id=case.id, what=what, before=before, after=after))
    return holding.done(uow, case)


def write(uow: UnitOfWork, case: Case, changed: dict[str, object]) -> None:
    """Write attributes of a held case that say which matter it is.

    Raises:
        AnotherOpen: an open case of that order and reason is there already.
    """
    another = _another(uow, case, changed)
    if another is not None:
        raise AnotherOpen(another)
    try:
        with uow.session.begin_nested():
            for name, value in changed.items():
                setattr(case, name, value)
            uow.session.flush()
    except IntegrityError as refused:
        if _ONE_OPEN not in str(refused.orig):
            raise
        raise AnotherOpen("") from None


def _meant(uow: UnitOfWork, case: Case, wish: Sorting) -> dict[str, object]:
    meant: dict[str, object] = {}
    if wish.priority is not None:
        meant["priority"] = wish.priority
    if wish.language is not None:
        meant["language"] = wish.language
    if wish.queue is not None:
        ids = {code: queue_id for queue_id, code in _codes(uow).items()}
        if wish.queue not in ids:
            raise Invalid("there is no such queue", {"queue": "is unknown"})
        meant["queue_id"] = ids[wish.queue]
    if wish.reason is not None and wish.reason != case.reason:
        meant |= _of_reason(uow, case, wish.reason, meant)
    return meant


def _of_reason(
    uow: UnitOfWork, case: Case, code: str, meant: dict[str, object]
) -> dict[str, object]:
    """The reason, and what it brings along."""
    known = {one.code: one for one in uow.session.scalars(select(Reason))}
    now, before = known.get(code), known[case.reason]
    if now is None or not now.is_active:
        raise Invalid("there is no such reason", {"reason": "is unknown or not in use"})
    brought: dict[str, object] = {"reason": now.code}
    if meant.get("queue_id", case.queue_id) == case.queue_id == before.queue_id:
        brought["queue_id"] = now.queue_id
    if meant.get("priority", case.priority) == case.priority == before.priority:
        brought["priority"] = now.priority
    return brought


def _codes(uow: UnitOfWork) -> dict[int, str]:
    return {row.id: row.code for row in uow.session.execute(select(Queue.id, Queue.code))}


def _another(uow: UnitOfWork, case: Case, changed: dict[str, object]) -> str | None:
    """The number of the open case that would be the same matter."""
    order_id = changed.get("order_id", case.order_id)
    if case.state not in ACTIVE or order_id is None or not {"reason", "order_id"} & set(changed):
        return None
    return uow.session.scalar(
        select(Case.number)
        .where(
            Case.id != case.id,
            Case.order_id == order_id,
            Case.reason == changed.get("reason", case.reason),
            Case.return_id.is_not_distinct_from(case.return_id),
            Case.state.in_(ACTIVE),
        )
        .limit(1)
    )
