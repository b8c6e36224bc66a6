"""Who gets a case: somebody present who speaks the language and has the most room."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import any_, func, literal, select

from cases import holding
from cases.events import CaseOpened, CaseResolved
from cases.models import Agent, Case
from cases.routing import agents
from cases.states import ACTIVE
from oms_service.access import queries as access
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork

WHY: Final = "language_and_capacity"
RUNS_OUT: Final = "time_runs_out"
#: As many waiting cases as are looked at when room has come free.
_LOOK: Final = 5


def on_opened(uow: UnitOfWork, event: CaseOpened) -> None:
    """Find somebody for a new case; if nobody has room, it stays in its queue."""
    assign(uow, event.case_id, waits=False)


def on_room(uow: UnitOfWork, event: CaseResolved) -> None:
    """Somebody has room again: give out what has waited longest."""
    del event
    assign_waiting(uow, _LOOK)


def sweep(uow: UnitOfWork) -> int:
    """Let new colleagues into routing, then give out what still waits."""
    agents.ensure(uow)
    return assign_waiting(uow)


def assign_waiting(uow: UnitOfWork, limit: int = 50) -> int:
    """Give out cases nobody has, the longest waiting first; answer how many found somebody."""
    query = (
        select(Case.id)
        .where(Case.state.in_(ACTIVE), Case.assignee_id.is_(None))
        .order_by(Case.waiting_since.nulls_last(), Case.id)
        .limit(limit)
    )
    waiting = list(uow.session.scalars(query))
    return sum(assign(uow, case_id, waits=False) is not None for case_id in waiting)


def assign(uow: UnitOfWork, case_id: int, *, waits: bool = True) -> int | None:
    """Give one case to the best colleague there is; whom, or None.

    The case and the colleague are held until the transaction ends, so that two relays neither
    give one case twice nor fill one colleague beyond their capacity.

    Args:
        uow: the transaction.
        case_id: one that nobody has.
        waits: when all with room are held by others, wait for one of them. Whoever gives out
            several cases in one transaction must not; the sweep finds what was left.
    """
    case = uow.session.scalars(
        select(Case)
        .where(Case.id == case_id, Case.assignee_id.is_(None), Case.state.in_(ACTIVE))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if case is None:
        return None
    staff_id = _somebody(uow, str(case.language), waits=waits)
    if staff_id is not None:
        holding.give(uow, case, staff_id, WHY)
    return staff_id


def reassign(uow: UnitOfWork, case_id: int) -> int | None:
    """Give a case whose time runs out to a colleague with room; whom, or None.

    Where nobody else has room, whoever has it keeps it. The case must be held.
    """
    case = locks.one(uow.session, Case, case_id)
    if case.state not in ACTIVE:
        return None
    staff_id = _somebody(uow, str(case.language), waits=False, besides=case.assignee_id)
    if staff_id is not None:
        holding.give(uow, case, staff_id, RUNS_OUT)
    return staff_id


def _somebody(
    uow: UnitOfWork, language: str, *, waits: bool, besides: int | None = None
) -> int | None:
    """The colleague with the most room, held. One that others hold is waited for last."""
    at_work = {one.id for one in access.all_staff(uow.session) if one.is_active} - {besides}
    full: set[int] = set()
    for is_patient in (False, True)[: 1 + waits]:
        while (found := _candidate(uow, language, at_work - full, waits=is_patient)) is not None:
            # Counted again now that the row is held: others may have filled it meanwhile.
            if _load(uow, found.staff_id) < found.capacity:
                return found.staff_id
            full.add(found.staff_id)
    return None


def _candidate(
    uow: UnitOfWork, language: str, among: Collection[int], *, waits: bool
) -> Agent | None:
    load = (
        select(func.count())
        .where(Case.assignee_id == Agent.staff_id, Case.state.in_(ACTIVE))
        .correlate(Agent)
        .scalar_subquery()
    )
    query = (
        select(Agent)
        .where(
            Agent.is_present,
            Agent.staff_id.in_(among),
            literal(language) == any_(Agent.languages),
            Agent.capacity > load,
        )
        .order_by((Agent.capacity - load).desc(), Agent.staff_id)
        .limit(1)
    )
    return uow.session.scalars(query.with_for_update(skip_locked=not waits)).one_or_none()


def _load(uow: UnitOfWork, staff_id: int) -> int:
    query = select(func.count()).where(Case.assignee_id == staff_id, Case.state.in_(ACTIVE))
    return uow.session.scalars(query).one()
