"""Cases that come back by themselves: to be looked at, or because nobody has answered."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from cases import holding, service
from cases.events import CaseAppended
from cases.models import Case, CaseEntry
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.writing import queries
from cases.writing.models import Reminder
from cases.writing.states import ReminderKind, ReminderState
from cases.writing.views import ReminderView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound

#: A case comes back within a year.
_FARTHEST: Final = timedelta(days=365)
#: Each case comes back in a transaction of its own.
BATCH: Final = 1


def remind(
    uow: UnitOfWork,
    case_id: int,
    kind: ReminderKind,
    due_at: datetime,
    *,
    version: int | None = None,
) -> ReminderView:
    """Let a case come back at a moment; the newest wish holds.

    Args:
        uow: its actor is who wants it.
        case_id: the case.
        kind: in any case, or only where the customer has not answered by then.
        due_at: UTC, within a year.
        version: of the case as it was read.

    Raises:
        Invalid: that is no moment to come.
        AlreadyDone: the case is settled.
        Stale: it changed since it was read.
    """
    if not uow.now < due_at <= uow.now + _FARTHEST:
        raise Invalid("that is no moment to come", {"due": "must lie within a year"})
    case = holding.locked(uow, case_id)
    holding.assert_active(uow, case)
    holding.check(case, version)
    _end(uow, case_id, ReminderState.CANCELLED)
    uow.session.execute(
        insert(Reminder).values(
            case_id=case_id,
            kind=kind,
            actor=uow.actor.ref,
            set_at=uow.now,
            due_at=due_at,
            state=ReminderState.WAITING,
        )
    )
    _note(uow, case, "reminder_set", due=due_at.isoformat(), kind=str(kind))
    found = queries.reminder(uow.session, case_id)
    if found is None:
        raise AssertionError("it was written a moment ago")
    return found


def call_off(uow: UnitOfWork, case_id: int) -> None:
    """Let a case stay where it is.

    Raises:
        NotFound: it would not come back.
    """
    case = holding.locked(uow, case_id)
    if not _end(uow, case_id, ReminderState.CANCELLED):
        raise NotFound("this case has no reminder")
    _note(uow, case, "reminder_off")


def come_back(uow: UnitOfWork) -> int:
    """The sweep: bring the next case back whose moment has come, or what it is part of by now."""
    row = uow.session.execute(
        select(Reminder.id, Reminder.case_id)
        .where(Reminder.state == ReminderState.WAITING, Reminder.due_at <= uow.now)
        .order_by(Reminder.due_at, Reminder.id)
        .limit(BATCH)
    ).one_or_none()
    if row is None:
        return 0
    case = holding.standing(uow, row.case_id)
    found = queries.reminder(uow.session, row.case_id)
    if found is None or found.due_at > uow.now:
        return 1
    if found.kind is ReminderKind.NO_ANSWER and not _still_waits(uow, case, found):
        _end(uow, found.case_id, ReminderState.CANCELLED)
        return 1
    _end(uow, found.case_id, ReminderState.DONE)
    _bring(uow, case, found.kind)
    return 1


def _still_waits(uow: UnitOfWork, case: Case, found: ReminderView) -> bool:
    """Whether the case is open and its customer has written nothing since."""
    if case.state not in ACTIVE:
        return False
    wrote = uow.session.scalar(
        select(CaseEntry.id)
        .where(
            CaseEntry.case_id.in_({case.id, found.case_id}),
            CaseEntry.kind == EntryKind.APPENDED,
            CaseEntry.data["what"].astext == "message",
            CaseEntry.at > found.set_at,
        )
        .limit(1)
    )
    return wrote is None


def _bring(uow: UnitOfWork, case: Case, kind: ReminderKind) -> None:
    what = "no_answer" if kind is ReminderKind.NO_ANSWER else "reminder_due"
    _note(uow, case, what)
    if case.state is CaseState.RESOLVED:
        try:
            with uow.session.begin_nested():
                service.reopen(uow, case.id)
        except DomainError:
            return  # another case has the matter by now: the line in the record is enough
    elif CaseAction.RESUME in CASE.actions_from(case.state):
        service.resume(uow, case.id)


def _end(uow: UnitOfWork, case_id: int, state: ReminderState) -> bool:
    done = uow.session.scalars(
        update(Reminder)
        .where(Reminder.case_id == case_id, Reminder.state == ReminderState.WAITING)
        .values(state=state, settled_at=uow.now)
        .returning(Reminder.id)
        .execution_options(synchronize_session=False)
    )
    return bool(done.all())


def _note(uow: UnitOfWork, case: Case, what: str, **data: str) -> None:
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": what, **data})
    uow.emit(CaseAppended(case_id=case.id, what=what))
    holding.done(uow, case)
