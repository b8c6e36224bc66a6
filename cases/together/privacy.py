"""What colleagues ask each other for about people: the words of side tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.models import Case
from cases.together.models import CaseTask
from cases.together.states import TO_DO
from cases.whose import theirs
from oms_service.infra.privacy import Moved, Person, listing, lock, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:
    query = (
        select(CaseTask.number)
        .join(Case, Case.id == CaseTask.case_id)
        .where(theirs(session, person), CaseTask.state.in_(TO_DO))
        .order_by(CaseTask.id)
    )
    return [f"task {number} is to be done" for number in session.scalars(query)]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    tasks = (
        select(Case.number.label("case"), *shown(CaseTask, "key"))
        .join(Case, Case.id == CaseTask.case_id)
        .where(theirs(session, person))
        .order_by(CaseTask.id)
    )
    return {"tasks": listing(session, tasks)}


def erase(uow: UnitOfWork, person: Person) -> None:
    """Empty what was asked for and what was found; who did it when stays."""
    empty(uow, lock(uow.session, Case.id, theirs(uow.session, person)))


def empty(uow: UnitOfWork, case_ids: Sequence[int]) -> None:
    """Empty the words of the side tasks of cases that are held."""
    uow.session.execute(
        update(CaseTask)
        .where(CaseTask.case_id.in_(case_ids))
        .values(title="", detail="", remark="")
        .execution_options(synchronize_session=False)
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's shape
    """Nothing moves: a task belongs to a case, and goes where the case goes."""
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
