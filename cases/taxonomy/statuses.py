"""What the shop calls the states of cases, and where in a state a case stands more exactly."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import holding
from cases.events import CaseEdited
from cases.states import ACTIVE, CaseState, EntryKind
from cases.taxonomy import queries
from cases.taxonomy.models import CaseStatus
from cases.taxonomy.policy import code_of, in_both
from cases.taxonomy.reasons import Taken
from cases.taxonomy.views import StatusView
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale

_MOST: Final = 30


def call(
    uow: UnitOfWork,
    category: CaseState,
    *,
    agent: Mapping[str, Any],
    customer: Mapping[str, Any],
    version: int,
) -> StatusView:
    """Call a category so from now on; ``version`` is 0 where it had the house's words so far.

    Raises:
        Invalid: a name is missing in a language or too long.
        Stale: somebody called it otherwise meanwhile.
    """
    names = {"agent": in_both(agent, "agent"), "customer": in_both(customer, "customer")}
    if version:
        changed = uow.session.scalar(
            update(CaseStatus)
            .where(CaseStatus.code == str(category), CaseStatus.version == version)
            .values(version=CaseStatus.version + 1, **names)
            .returning(CaseStatus.code)
            .execution_options(synchronize_session=False)
        )
    else:
        changed = uow.session.scalar(
            insert(CaseStatus)
            .values(
                code=str(category),
                category=category,
                position=0,
                is_active=True,
                version=1,
                **names,
            )
            .on_conflict_do_nothing(index_elements=["code"])
            .returning(CaseStatus.code)
        )
    if changed is None:
        raise Stale("somebody called this otherwise meanwhile")
    return queries.status(uow.session, str(category))


def call_as_given(uow: UnitOfWork, category: CaseState, *, version: int) -> None:
    """Call a category by the house's words again; done twice, it is done.

    Raises:
        Stale: somebody called it otherwise meanwhile.
    """
    where = CaseStatus.code == str(category)
    gone = uow.session.scalar(
        delete(CaseStatus)
        .where(where, CaseStatus.version == version)
        .returning(CaseStatus.code)
        .execution_options(synchronize_session=False)
    )
    if gone is None and uow.session.scalar(select(CaseStatus.code).where(where)) is not None:
        raise Stale("somebody called this otherwise meanwhile")


def add(
    uow: UnitOfWork,
    category: CaseState,
    *,
    agent: Mapping[str, Any],
    customer: Mapping[str, Any],
    code: str = "",
) -> StatusView:
    """Add a status within a category of open cases.

    Raises:
        Invalid: a name is missing, or the category is one of settled cases.
        Taken: there is one of that code.
    """
    if category not in ACTIVE:
        raise Invalid("a settled case stands nowhere", {"category": "is one of settled cases"})
    names = {"agent": in_both(agent, "agent"), "customer": in_both(customer, "customer")}
    found = code_of(code, names["agent"])
    if found in set(CaseState):
        raise Taken(f"{found} is a category")
    count = uow.session.scalar(
        select(func.count()).select_from(CaseStatus).where(CaseStatus.category == category)
    )
    if (count or 0) >= _MOST:
        raise Invalid("these are enough", {"code": f"there are {_MOST} already"})
    added = uow.session.scalar(
        insert(CaseStatus)
        .values(
            code=found, category=category, position=count or 0, is_active=True, version=1, **names
        )
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(CaseStatus.code)
    )
    if added is None:
        raise Taken(f"there is a status of the code {found}")
    return queries.status(uow.session, found)


def change(
    uow: UnitOfWork,
    code: str,
    *,
    agent: Mapping[str, Any],
    customer: Mapping[str, Any],
    is_active: bool,
    version: int,
) -> StatusView:
    """Write a status within a category anew; cases that have it keep it.

    Raises:
        NotFound: there is none.
        Invalid: a name is missing.
        Stale: somebody wrote it meanwhile.
    """
    if code in set(CaseState):
        raise NotFound("no such status")
    queries.status(uow.session, code)
    changed = uow.session.scalar(
        update(CaseStatus)
        .where(CaseStatus.code == code, CaseStatus.version == version)
        .values(
            agent=in_both(agent, "agent"),
            customer=in_both(customer, "customer"),
            is_active=is_active,
            version=CaseStatus.version + 1,
        )
        .returning(CaseStatus.code)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Stale("somebody wrote this status meanwhile")
    return queries.status(uow.session, code)


def put(
    uow: UnitOfWork, case_id: int, status: str | None, *, version: int | None = None
) -> CaseView:
    """Say more exactly where a case stands within its state; None says no more than the state.

    Raises:
        Invalid: there is no such status in the state it is in.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    if status is not None:
        found = queries.statuses(uow.session).get(status)
        fits = found is not None and found.is_active and found.code not in set(CaseState)
        if found is None or not fits or found.category is not case.state:
            raise Invalid("that status is none of its state", {"status": "does not fit its state"})
    if case.status == status:
        return holding.view_of(case)
    before, case.status = case.status or "", status
    case.version += 1
    told = {"what": "status", "from": before, "to": status or ""}
    holding.enter(uow, case, EntryKind.EDITED, data=told)
    uow.emit(CaseEdited(case_id=case.id, what="status", before=before, after=status or ""))
    return holding.done(uow, case)
