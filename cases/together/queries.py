"""Reading what colleagues do together. Internal, all of it: no customer sees any of this."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cases import families
from cases.models import Case, CaseEntry
from cases.together.models import CaseChild, CaseLink, CaseNews, CaseTask, CaseWatcher
from cases.together.states import TO_DO, Team
from cases.together.views import LinkView, NewsView, RelativeView, TaskView
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.infra.hot import Hot, among, value
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: Who does the tasks of which team.
TEAMS_OF: Final = {
    Role.WAREHOUSE: frozenset({Team.WAREHOUSE, Team.OTHER}),
    Role.SHOP: frozenset({Team.WAREHOUSE, Team.OTHER}),
    Role.AGENT: frozenset({Team.CARRIER, Team.OTHER}),
    Role.LEAD: frozenset(Team),
    Role.OPERATIONS: frozenset(Team),
}
_TASK: Final = tuple(getattr(CaseTask, name) for name in TaskView.__dataclass_fields__)


class Shown(StrEnum):
    """Which tasks a list shows."""

    TO_DO = "to_do"
    MINE = "mine"
    ENDED = "ended"


# Watchers


def watchers(reader: Reader, case_id: int) -> list[int]:
    """The ids of everybody who watches a case."""
    return sorted(_WATCHERS.all(reader, case_id=case_id))


# News


def unread(reader: Reader, viewer: StaffView) -> int:
    """How much a colleague has not seen yet."""
    query = select(func.count()).where(
        CaseNews.staff_id == viewer.id,
        CaseNews.read_at.is_(None),
        _reached(CaseNews.case_id, viewer),
    )
    return reader.execute(query).scalar_one()


def news(
    reader: Reader, viewer: StaffView, *, cursor: str | None = None, limit: int = 50
) -> Page[NewsView]:
    """What a colleague is told, the newest first. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(
            CaseNews.id,
            CaseNews.case_id,
            Case.number,
            Case.reason,
            CaseNews.kind,
            CaseNews.by,
            CaseNews.times,
            CaseNews.at,
            CaseNews.read_at.is_not(None).label("is_read"),
            func.coalesce(CaseEntry.text, "").label("text"),
        )
        .join(Case, Case.id == CaseNews.case_id)
        .outerjoin(CaseEntry, CaseEntry.id == CaseNews.entry_id)
        .where(CaseNews.staff_id == viewer.id, _reached(CaseNews.case_id, viewer))
        .order_by(CaseNews.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        (before,) = pages.read(cursor, int)
        query = query.where(CaseNews.id < int(before))
    rows = reader.execute(query).all()
    return pages.cut(rows, limit, shown=_news, key=lambda row: [int(row.id)])


def seen(reader: Reader, staff_id: int, entry_ids: Collection[int]) -> frozenset[int]:
    """Those of some notes that called a colleague and that they have seen in their list."""
    query = select(CaseNews.entry_id).where(
        CaseNews.staff_id == staff_id,
        CaseNews.entry_id.in_(entry_ids),
        CaseNews.read_at.is_not(None),
    )
    return frozenset(row.entry_id for row in reader.execute(query))


# Links


def links(reader: Reader, case_id: int) -> list[LinkView]:
    """The cases that hang together with one, by number."""
    return _LINKS.all(reader, case_id=case_id)


def children(reader: Reader, case_id: int) -> list[RelativeView]:
    """The cases that were opened from one."""
    return [one for one, is_parent in _relatives(reader, case_id) if not is_parent]


def parent(reader: Reader, case_id: int) -> RelativeView | None:
    """The case that one was opened from."""
    return next((one for one, is_parent in _relatives(reader, case_id) if is_parent), None)


@once
def _relatives(reader: Reader, case_id: int) -> list[tuple[RelativeView, bool]]:
    """The cases around one, and whether each is the one it was opened from."""
    return _RELATIVES.all(reader, case_id=case_id)


def _relative(is_parent: bool, *columns: Any) -> tuple[RelativeView, bool]:  # noqa: FBT001 - a column
    return RelativeView(*columns), is_parent


_WATCHERS: Final[Hot[int]] = Hot(
    select(CaseWatcher.staff_id).where(
        CaseWatcher.case_id == bindparam("case_id"), CaseWatcher.is_watching
    ),
    value,
)
_LINKS: Final = Hot(
    select(
        Case.id,
        Case.number,
        Case.state,
        Case.reason,
        CaseLink.kind,
        (CaseLink.from_id == bindparam("case_id")).label("is_from"),
    )
    .join(
        CaseLink,
        or_(
            and_(CaseLink.from_id == bindparam("case_id"), CaseLink.to_id == Case.id),
            and_(CaseLink.to_id == bindparam("case_id"), CaseLink.from_id == Case.id),
        ),
    )
    .order_by(Case.id, CaseLink.kind),
    LinkView,
)
_RELATIVES: Final[Hot[tuple[RelativeView, bool]]] = Hot(
    select(
        (CaseChild.child_id == bindparam("case_id")).label("is_parent"),
        Case.id,
        Case.number,
        Case.state,
        Case.reason,
        Case.assignee_id,
        CaseChild.is_blocking,
    )
    .join(
        CaseChild,
        or_(
            and_(CaseChild.parent_id == bindparam("case_id"), CaseChild.child_id == Case.id),
            and_(CaseChild.child_id == bindparam("case_id"), CaseChild.parent_id == Case.id),
        ),
    )
    .order_by(Case.id),
    _relative,
)


# Side tasks


def may_see(viewer: StaffView, task: TaskView) -> bool:
    """Whether a task is a colleague's: of their team, given to them, or of a case they work on."""
    return (
        task.team in teams_of(viewer) or task.assignee_id == viewer.id or viewer.may("cases:work")
    )


def teams_of(viewer: StaffView) -> frozenset[Team]:
    """The teams whose tasks a colleague does."""
    return frozenset().union(*(TEAMS_OF.get(role, frozenset()) for role in viewer.roles))


def task(reader: Reader, number: str) -> TaskView:
    """The task people call so.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_TASK).where(CaseTask.number == number)).one_or_none()
    if row is None:
        raise NotFound("no such task")
    return _task(row)


def of_case(reader: Reader, case_id: int) -> list[TaskView]:
    """The tasks of a case and of all that were merged into it; those to do first."""
    return _TASKS.all(reader, case_ids=families.member_ids(reader, case_id))


def _tasks() -> Hot[TaskView]:
    asked = select(*_TASK).where(CaseTask.case_id == among("case_ids"))
    first = case(*((CaseTask.state == state, 0) for state in TO_DO), else_=1)
    return Hot(asked.order_by(first, CaseTask.id), lambda *columns: _task(columns))


_TASKS: Final = _tasks()


def waiting_for(reader: Reader, viewer: StaffView) -> int:
    """How many tasks wait for a colleague and their teams."""
    query = select(func.count()).where(CaseTask.state.in_(TO_DO), _theirs(viewer))
    return reader.execute(query).scalar_one()


def listed(
    reader: Reader,
    *,
    viewer: StaffView | None = None,
    shown: Shown = Shown.TO_DO,
    team: Team | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[TaskView]:
    """One page of tasks: those to do by when they are due, ended ones the latest first. One query.

    Args:
        reader: where to read.
        viewer: only those of this colleague and their teams; all where there is none.
        shown: to do, to do and given to the viewer, or ended.
        team: only those of one team.
        cursor: where to go on.
        limit: as many.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*_TASK).limit(limit + 1)
    if viewer is not None:
        query = query.where(_theirs(viewer))
        if shown is Shown.MINE:
            query = query.where(CaseTask.assignee_id == viewer.id)
    if team is not None:
        query = query.where(CaseTask.team == team)
    if shown is Shown.ENDED:
        query = query.where(CaseTask.state.not_in(TO_DO)).order_by(CaseTask.id.desc())
        if cursor:
            (before,) = pages.read(cursor, int)
            query = query.where(CaseTask.id < int(before))
        rows = reader.execute(query).all()
        return pages.cut(rows, limit, shown=_task, key=lambda row: [int(row.id)])
    due = func.coalesce(func.floor(func.extract("epoch", CaseTask.due_at)), _NEVER_S)
    query = query.add_columns(due.label("due")).where(CaseTask.state.in_(TO_DO))
    if cursor:
        at, task_id = pages.read(cursor, int, int)
        query = query.where(func.row(due, CaseTask.id) > func.row(int(at), int(task_id)))
    rows = reader.execute(query.order_by(due, CaseTask.id)).all()
    return pages.cut(
        rows,
        limit,
        shown=lambda row: _task(row[:-1]),
        key=lambda row: [int(row.due), int(row.id)],
    )


#: Without a due moment: behind everything that has one. Seconds since 1970.
_NEVER_S: Final = 253_402_300_799


def numbers_of(reader: Reader, case_ids: Collection[int]) -> dict[int, str]:
    """The numbers of some cases, by id; of a merged one the number of what stands for it."""
    roots = families.root_ids(reader, case_ids)
    rows = reader.execute(select(Case.id, Case.number).where(Case.id.in_(set(roots.values()))))
    numbers = {row.id: row.number for row in rows}
    return {case_id: numbers[root] for case_id, root in roots.items()}


def _theirs(viewer: StaffView) -> ColumnElement[bool]:
    own = or_(CaseTask.assignee_id == viewer.id, CaseTask.team.in_(teams_of(viewer)))
    return and_(own, _reached(CaseTask.case_id, viewer))


def _reached(case_id: InstrumentedAttribute[int], viewer: StaffView) -> ColumnElement[bool]:
    """Whether a row is of a case of a queue that the colleague is not kept from."""
    if not viewer.queues:
        return true()
    stands = aliased(Case)
    queue = func.coalesce(stands.queue_id, Case.queue_id)
    found = select(Case.id).outerjoin(stands, stands.id == Case.merged_into_id)
    return case_id.in_(found.where(queue.in_(sorted(viewer.queues))))


def _news(row: Any) -> NewsView:
    return NewsView(*row)


def _task(row: Any) -> TaskView:
    return TaskView(**dict(zip(TaskView.__dataclass_fields__, row, strict=True)))
