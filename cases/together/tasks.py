"""Side tasks of cases: asked of another team, done with a remark, taken back for a while.

The case is held before its tasks, so two who end the last two tasks at once wait for each other
and the case comes back exactly once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from cases import families, holding
from cases.events import CaseChanged, CaseTaskChanged
from cases.holding import AlreadyDone
from cases.models import Case
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.together import watching
from cases.together.models import CaseTask
from cases.together.states import TASK, TO_DO, UNDO_WITHIN, TaskAction, TaskState, Team
from cases.together.views import TaskView
from oms_service.access import queries as access
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4000
_FARTHEST: Final = timedelta(days=365)


class TooLate(DomainError):
    """What was done can be taken back for a quarter of an hour only."""

    code = "too-late-to-undo"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody else shall do. ``waits``: the case waits for it and comes back by itself."""

    title: str
    key: str
    team: Team
    detail: str = ""
    assignee_id: int | None = None
    due_at: datetime | None = None
    waits: bool = False


def ask(uow: UnitOfWork, case_id: int, wish: Wish) -> TaskView:
    """Ask somebody to do something for a case; under its key once.

    Raises:
        Invalid: no title, a due moment that has passed, or a colleague who cannot do tasks.
        AlreadyDone: the case is settled.
        NotFound: no such case.
    """
    case = families.held(uow, case_id)
    before = uow.session.scalars(select(CaseTask).where(CaseTask.key == wish.key)).one_or_none()
    if before is not None:
        if families.root_id(uow.session, before.case_id) != case.id:
            raise Invalid("this key was used for another case", {"key": "was used before"})
        return view_of(before)
    _check(uow, wish)
    holding.assert_active(uow, case)
    task_id = uow.session.scalar(
        select(func.nextval(func.pg_get_serial_sequence("case_tasks", "id")))
    )
    if task_id is None:
        raise AssertionError("a sequence always answers")
    task = CaseTask(
        id=task_id,
        number=f"T-{1000 + task_id}",
        case_id=case.id,
        key=wish.key,
        title=wish.title.strip(),
        detail=wish.detail.strip(),
        remark="",
        team=wish.team,
        assignee_id=wish.assignee_id,
        due_at=wish.due_at,
        state=TaskState.OPEN,
        waits=wish.waits,
        opened_at=uow.now,
        opened_by=uow.actor.ref,
        version=1,
    )
    uow.session.add(task)
    uow.session.flush()
    _note(uow, case, task, "asked", task.title)
    if uow.actor.kind is ActorKind.STAFF:
        watching.join(uow, case.id, [int(uow.actor.id)])
    if wish.waits:
        _wait(uow, case)
    holding.done(uow, case)
    return view_of(task)


def start(uow: UnitOfWork, number: str, *, version: int | None = None) -> TaskView:
    """Somebody is at it; who starts it has it.

    Raises:
        NotFound: no such task.
        IllegalTransition: it is being done, or has ended.
        Stale: it changed since it was read.
    """
    case, task = _held(uow, number, version)
    task.state = TASK.after(task.state, TaskAction.START)
    if uow.actor.kind is ActorKind.STAFF:
        task.assignee_id = int(uow.actor.id)
    return _moved(uow, case, task, "started")


def stop(uow: UnitOfWork, number: str, *, version: int | None = None) -> TaskView:
    """Nobody is at it any more; the team has it again.

    Raises:
        As ``start``.
    """
    case, task = _held(uow, number, version)
    task.state = TASK.after(task.state, TaskAction.STOP)
    task.assignee_id = None
    return _moved(uow, case, task, "stopped")


def finish(uow: UnitOfWork, number: str, *, remark: str, version: int | None = None) -> TaskView:
    """It is done; the remark lands in the record of the case.

    Raises:
        Invalid: the remark says nothing or too much.
        AlreadyDone: somebody has ended it.
        NotFound, Stale: as ``start``.
    """
    if not 0 < len(remark.strip()) <= LONGEST_TEXT:
        raise Invalid("say in a sentence what was done", {"remark": "is empty or too long"})
    return _end(uow, number, TaskAction.FINISH, remark.strip(), version)


def cancel(
    uow: UnitOfWork, number: str, *, remark: str = "", version: int | None = None
) -> TaskView:
    """It need not be done.

    Raises:
        As ``finish``.
    """
    if len(remark) > LONGEST_TEXT:
        raise Invalid("that is too long", {"remark": "is too long"})
    return _end(uow, number, TaskAction.CANCEL, remark.strip(), version)


def undo(uow: UnitOfWork, number: str, *, version: int | None = None) -> TaskView:
    """It was not done, or has to be done after all; for a quarter of an hour.

    Raises:
        TooLate: that time is over.
        IllegalTransition: it has not ended.
        NotFound, Stale: as ``start``.
    """
    case, task = _held(uow, number, version)
    state = TASK.after(task.state, TaskAction.UNDO)
    if task.ended_at is None or uow.now - task.ended_at > UNDO_WITHIN:
        raise TooLate("this was ended too long ago to take it back")
    task.state, task.remark = state, ""
    task.ended_at = task.ended_by = None
    if task.waits and case.state is CaseState.OPEN:
        _wait(uow, case)
    return _moved(uow, case, task, "undone")


def view_of(task: CaseTask) -> TaskView:
    """A row as others may see it."""
    return TaskView(**{name: getattr(task, name) for name in TaskView.__dataclass_fields__})


# Inside


def _check(uow: UnitOfWork, wish: Wish) -> None:
    wrong = {}
    if not 0 < len(wish.title.strip()) <= LONGEST_TITLE:
        wrong["title"] = "is empty or too long"
    if len(wish.detail) > LONGEST_TEXT:
        wrong["detail"] = "is too long"
    if wish.due_at is not None and not uow.now < wish.due_at <= uow.now + _FARTHEST:
        wrong["due"] = "must lie within a year"
    if wish.assignee_id is not None and not _can_work(uow, wish.assignee_id):
        wrong["assignee"] = "cannot do tasks"
    if wrong:
        raise Invalid("that is no task", wrong)


def _can_work(uow: UnitOfWork, staff_id: int) -> bool:
    try:
        found = access.staff_by_id(uow.session, staff_id)
    except NotFound:
        return False
    return found.is_active and found.may("tasks:work")


def _held(uow: UnitOfWork, number: str, version: int | None) -> tuple[Case, CaseTask]:
    """A task as it is now, held after the case that stands for its own."""
    row = uow.session.execute(
        select(CaseTask.id, CaseTask.case_id).where(CaseTask.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound("no such task")
    case = families.held(uow, row.case_id)
    task = locks.one(uow.session, CaseTask, row.id)
    if version is not None and version != task.version:
        raise Stale("somebody changed this task meanwhile")
    return case, task


def _end(
    uow: UnitOfWork, number: str, action: TaskAction, remark: str, version: int | None
) -> TaskView:
    case, task = _held(uow, number, None)
    if task.state not in TO_DO:
        raise AlreadyDone(str(task.state), task.ended_by or "")
    if version is not None and version != task.version:
        raise Stale("somebody changed this task meanwhile")
    task.state = TASK.after(task.state, action)
    task.remark, task.ended_at, task.ended_by = remark, uow.now, uow.actor.ref
    uow.session.flush()
    what = "done" if action is TaskAction.FINISH else "cancelled"
    done = _moved(uow, case, task, what, remark)
    if task.waits and case.state is CaseState.WAITING_THIRD_PARTY:
        _come_back(uow, case)
    return done


def _moved(uow: UnitOfWork, case: Case, task: CaseTask, what: str, text: str = "") -> TaskView:
    task.version += 1
    _note(uow, case, task, what, text)
    holding.done(uow, case)
    return view_of(task)


def _note(uow: UnitOfWork, case: Case, task: CaseTask, what: str, text: str) -> None:
    data = {"what": f"task_{what}", "number": task.number, "team": str(task.team)}
    holding.enter(uow, case, EntryKind.TASK, text=text, data=data)
    state = str(task.state)
    uow.emit(CaseTaskChanged(case_id=case.id, task_id=task.id, team=str(task.team), state=state))


def _wait(uow: UnitOfWork, case: Case) -> None:
    if case.state is CaseState.WAITING_THIRD_PARTY:
        return
    case.state = CASE.after(case.state, CaseAction.ASK_THIRD_PARTY)
    case.snoozed_until = case.waiting_since = None
    _changed(uow, case)


def _come_back(uow: UnitOfWork, case: Case) -> None:
    """The case waits no more once its last task has ended."""
    left = select(CaseTask.id).where(
        CaseTask.case_id.in_(families.member_ids(uow.session, case.id)),
        CaseTask.state.in_(TO_DO),
        CaseTask.waits,
    )
    if case.state not in ACTIVE or uow.session.scalar(left.limit(1)) is not None:
        return
    case.state = CASE.after(case.state, CaseAction.RESUME)
    holding.wait(uow, case)
    _changed(uow, case)
    holding.done(uow, case)


def _changed(uow: UnitOfWork, case: Case) -> None:
    case.version += 1
    data = {"to": str(case.state), "why": "tasks"}
    holding.enter(uow, case, EntryKind.STATE_CHANGED, data=data)
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
