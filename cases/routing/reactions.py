"""When routing looks again: on opening, giving back, reopening, coming, going, running late."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from cases import holding
from cases.events import (
    CaseEdited,
    CaseMerged,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseUnmerged,
)
from cases.models import Case, CaseEntry
from cases.routing import agents, assignment, service
from cases.routing.events import AgentChanged
from cases.routing.models import Agent, CaseRoute, QueueMember
from cases.routing.states import Presence
from cases.sla.book import Step
from cases.sla.events import CaseEscalated
from cases.states import ACTIVE, CaseState, EntryKind
from oms_service.access import queries as access
from oms_service.access.events import StaffDeactivated
from oms_service.access.states import ScopeKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind

#: Why a case went back by itself.
WENT_OFFLINE: Final = "went_offline"
OTHER_QUEUE: Final = "other_queue"
DEACTIVATED: Final = "deactivated"
#: What of a case decides who may have it.
_DECIDES: Final = frozenset({"queue", "language", "priority"})


def on_opened(uow: UnitOfWork, event: CaseOpened) -> None:
    """Send a new case to its queue and to somebody; if nobody has room, it waits there."""
    assignment.assign(uow, event.case_id, waits=True)


def on_released(uow: UnitOfWork, event: CaseReleased) -> None:
    """Find somebody else for what was given back; whoever gave it back is not asked again."""
    if _gave_back_themselves(uow, event):
        row = insert(CaseRoute).values(
            case_id=event.case_id, given_back_by=event.staff_id, at=uow.now
        )
        uow.session.execute(
            row.on_conflict_do_update(
                index_elements=["case_id"], set_={"given_back_by": event.staff_id}
            )
        )
    assignment.assign(uow, event.case_id, waits=True)
    assignment.assign_waiting(uow, assignment.ROOM_LOOK)


def on_reopened(uow: UnitOfWork, event: CaseReopened | CaseUnmerged) -> None:
    """It goes on with who had it, unless they are not there; so does one that is put back."""
    case = uow.session.get(Case, event.case_id, with_for_update=True, populate_existing=True)
    if case is None or case.state not in ACTIVE:
        return
    if case.assignee_id is not None:
        there = uow.session.scalar(select(Agent.presence).where(Agent.staff_id == case.assignee_id))
        is_there = there in {None, Presence.PRESENT, Presence.BUSY, Presence.AWAY}
        if is_there and _sees(uow, case, case.assignee_id):
            return
        _let_go(uow, case)
    assignment.assign(uow, event.case_id, waits=True)


def on_edited(uow: UnitOfWork, event: CaseEdited) -> None:
    """It stands in another line now: who neither works on that queue nor sees it gives it back."""
    if event.what not in _DECIDES:
        return
    case = uow.session.get(Case, event.case_id, with_for_update=True, populate_existing=True)
    if case is None or case.state not in ACTIVE:
        return
    if event.what == "queue" and case.assignee_id is not None:
        members = set(
            uow.session.scalars(
                select(QueueMember.staff_id).where(QueueMember.queue_id == case.queue_id)
            )
        )
        is_left = members and case.assignee_id not in members
        if is_left or not _sees(uow, case, case.assignee_id):
            _let_go(uow, case, OTHER_QUEUE)
    if case.assignee_id is None:
        assignment.assign(uow, event.case_id, waits=True)


def _sees(uow: UnitOfWork, case: Case, staff_id: int) -> bool:
    """Whether a colleague is not limited to other queues than that of a case."""
    return access.staff_by_id(uow.session, staff_id).reaches(ScopeKind.QUEUE, case.queue_id)


def on_room(uow: UnitOfWork, event: CaseResolved | CaseMerged) -> None:
    """Somebody has room again: give out what has waited longest."""
    del event
    assignment.assign_waiting(uow, assignment.ROOM_LOOK)


def on_agent_changed(uow: UnitOfWork, event: AgentChanged) -> None:
    """Whoever went gives back what they have not touched; then all that waits is looked at."""
    let_go(uow, event.staff_id)
    assignment.assign_waiting(uow)


def on_deactivated(uow: UnitOfWork, event: StaffDeactivated) -> None:
    """A colleague was shut out: whatever they had goes back to its queue, talked in or not."""
    if uow.session.get(Agent, event.staff_id) is not None:
        agents.set_presence(uow, event.staff_id, Presence.OFFLINE)
    held = uow.session.scalars(
        select(Case.id)
        .where(Case.assignee_id == event.staff_id, Case.state.in_(ACTIVE))
        .order_by(Case.id)
    ).all()
    for case_id in held:
        case = holding.locked(uow, case_id)
        if case.assignee_id == event.staff_id and case.state in ACTIVE:
            _let_go(uow, case, DEACTIVATED)


def on_escalated(uow: UnitOfWork, event: CaseEscalated) -> None:
    """The time of a case runs out: somebody else takes it, or a lead is told."""
    if event.step == Step.REASSIGN:
        assignment.reassign(uow, event.case_id, waits=True)
    elif event.step == Step.TELL_LEAD:
        service.tell_lead(uow, event.case_id)


def let_go(uow: UnitOfWork, staff_id: int) -> int:
    """Give back the new, untouched cases of somebody who is offline; how many.

    Those somebody talks in stay theirs.
    """
    held = uow.session.scalars(
        select(Case)
        .join(Agent, Agent.staff_id == Case.assignee_id)
        .where(
            Case.assignee_id == staff_id,
            Agent.presence == Presence.OFFLINE,
            Case.state == CaseState.NEW,
            Case.first_reply_at.is_(None),
        )
        .order_by(Case.id)
        .limit(agents.BATCH)
        .with_for_update(skip_locked=True, of=Case)
        .execution_options(populate_existing=True)
    ).all()
    for case in held:
        _let_go(uow, case)
    return len(held)


def sweep(uow: UnitOfWork) -> int:
    """Let new colleagues into routing, take from who has gone, then give out what waits."""
    agents.ensure(uow)
    gone = uow.session.scalars(
        select(Agent.staff_id)
        .where(
            Agent.presence == Presence.OFFLINE,
            Agent.load > 0,
            select(Case.id)
            .where(
                Case.assignee_id == Agent.staff_id,
                Case.state == CaseState.NEW,
                Case.first_reply_at.is_(None),
            )
            .exists(),
        )
        .order_by(Agent.staff_id)
        .limit(agents.BATCH)
    ).all()
    for staff_id in gone:
        let_go(uow, staff_id)
    return assignment.assign_waiting(uow)


def _let_go(uow: UnitOfWork, case: Case, why: str = WENT_OFFLINE) -> None:
    holding.let_go(uow, case, why)
    holding.done(uow, case)


def _gave_back_themselves(uow: UnitOfWork, event: CaseReleased) -> bool:
    """Whether the last who let go of it was who had it, and not the house."""
    query = (
        select(CaseEntry.actor)
        .where(
            CaseEntry.case_id == event.case_id,
            CaseEntry.kind == EntryKind.ASSIGNED,
            CaseEntry.data["to"].astext.is_(None),
        )
        .order_by(CaseEntry.id.desc())
        .limit(1)
    )
    ref = uow.session.scalar(query)
    if not ref:
        return False
    by = Actor.from_ref(ref)
    return by.kind is ActorKind.STAFF and by.id == str(event.staff_id)
