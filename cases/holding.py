"""Holding a case while something is done with it, and writing down that it was done.

Whoever holds several rows takes the conversation first, then the order, then the case: a customer
who writes and a colleague who answers at the same moment wait for each other and never in a ring.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import insert as plain_insert
from sqlalchemy import select

from cases import families
from cases.events import CaseAssigned, CaseReleased, CaseResolved
from cases.models import Case, CaseEntry
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.views import CaseView
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.conversations import service as conversations
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.orders.service import hold_against_others

#: Every page that shows cases listens to this.
DESK: Final = "desk"
#: A case can be merged on while one waits for it; more often than this nobody does so.
_TRIES: Final = 5


class CannotSee(Invalid):
    """A colleague is limited to other queues than that of the case."""

    code = "colleague-cannot-see"


class AlreadyDone(DomainError):
    """Somebody has done that before; ``by`` says who, ``what`` what it was."""

    code = "already-done"

    def __init__(self, what: str, by: str) -> None:
        super().__init__(f"already {what} by {by}" if by else f"already {what}")
        self.what = what
        self.by = by


def topic(case_id: int) -> str:
    """What open pages of a case listen to."""
    return f"case:{case_id}"


def view_of(case: Case) -> CaseView:
    """A row as others may see it."""
    return CaseView(
        **{name: getattr(case, name) for name in CaseView.__dataclass_fields__ if name != "is_new"}
    )


def give(uow: UnitOfWork, case: Case, staff_id: int, why: str) -> None:
    """Assign a case that the caller has locked; for ``cases.routing``."""
    assign_to(uow, case, staff_id, why)
    done(uow, case)


def locked(uow: UnitOfWork, case_id: int, *, hold: bool = True) -> Case:
    """The case as it is now; its conversation, and those merged into it, are locked first."""
    uow.session.flush()
    family = families.member_ids(uow.session, case_id)
    if not family:
        raise NotFound("no such case")
    for conversation_id in families.conversation_ids(uow.session, family):
        conversations.lock(uow, conversation_id)
    if hold:
        return locks.one(uow.session, Case, case_id)
    return uow.session.get_one(Case, case_id, populate_existing=True)


def locked_after(uow: UnitOfWork, case_id: int, order_ids: Iterable[int]) -> Case:
    """The case as it is now; its conversations and then these orders are held first.

    For whoever writes of another order into a case: the row refers to the order, which waits for
    whoever holds it.
    """
    locked(uow, case_id, hold=False)
    for order_id in sorted(set(order_ids)):
        hold_against_others(uow, order_id)
    return locks.one(uow.session, Case, case_id)


def standing(uow: UnitOfWork, case_id: int) -> Case:
    """The case that stands for this one, held as ``locked`` does: itself unless it was merged.

    Raises:
        NotFound: there is none.
        Stale: it is being merged again and again.
    """
    for _ in range(_TRIES):
        case = locked(uow, families.root_id(uow.session, case_id))
        if case.merged_into_id is None:
            return case
    raise Stale("this case is being merged again and again")


def check(case: Case, version: int | None) -> None:
    """Refuse what was decided on an older reading of the case.

    Raises:
        Stale: it changed since it was read.
    """
    if version is not None and version != case.version:
        raise Stale("somebody changed this case meanwhile")


def assert_active(uow: UnitOfWork, case: Case) -> None:
    """Refuse what only an open case allows.

    Raises:
        AlreadyDone: it is settled.
    """
    if case.state not in ACTIVE:
        raise AlreadyDone("resolved", _resolved_by(uow, case.id))


def _resolved_by(uow: UnitOfWork, case_id: int) -> str:
    query = (
        select(CaseEntry.actor)
        .where(
            CaseEntry.case_id == case_id,
            CaseEntry.kind == EntryKind.STATE_CHANGED,
            CaseEntry.data["to"].astext == CaseState.RESOLVED,
        )
        .order_by(CaseEntry.id.desc())
        .limit(1)
    )
    return uow.session.scalar(query) or ""


def colleague(actor: Actor) -> int:
    """The id of the colleague who acts.

    Raises:
        Invalid: somebody else acts.
    """
    if actor.kind is not ActorKind.STAFF:
        raise Invalid("only a colleague can take a case")
    return int(actor.id)


def assign_to(uow: UnitOfWork, case: Case, staff_id: int, why: str) -> None:
    """Put a held case into a colleague's hands; ``why`` is a code."""
    case.assignee_id = staff_id
    case.version += 1
    enter(uow, case, EntryKind.ASSIGNED, data={"to": staff_id, "why": why})
    uow.emit(CaseAssigned(case_id=case.id, staff_id=staff_id, why=why))


def assert_sees(case: Case, to: StaffView) -> None:
    """Refuse to give a case to somebody for whom it is not there.

    Raises:
        CannotSee: they are limited to other queues.
    """
    if not to.reaches(ScopeKind.QUEUE, case.queue_id):
        raise CannotSee("that colleague does not see this queue", {"staff": "cannot see it"})


def let_go(uow: UnitOfWork, case: Case, why: str) -> None:
    """Take a held case out of its colleague's hands, if it is in any; ``why`` is a code."""
    before, case.assignee_id = case.assignee_id, None
    if before is None:
        return
    case.version += 1
    enter(uow, case, EntryKind.ASSIGNED, data={"to": None, "why": why})
    uow.emit(CaseReleased(case_id=case.id, staff_id=before))


def settle(uow: UnitOfWork, case: Case, code: str, note: str, *, follows: str = "") -> CaseView:
    """Resolve a held case; ``code`` says how it ended, ``follows`` from what by itself."""
    case.state = CASE.after(case.state, CaseAction.RESOLVE)
    case.resolved_at, case.resolution = uow.now, code
    case.waiting_since = case.snoozed_until = None
    case.version += 1
    data = {"to": str(case.state), "resolution": code}
    enter(uow, case, EntryKind.STATE_CHANGED, text=note, data=data)
    uow.emit(
        CaseResolved(case_id=case.id, order_id=case.order_id, resolution=code, follows=follows)
    )
    return done(uow, case)


def wait(uow: UnitOfWork, case: Case) -> None:
    """The customer waits for us from now on, unless they have before."""
    case.waiting_since = case.waiting_since or uow.now


def enter(
    uow: UnitOfWork,
    case: Case,
    kind: EntryKind,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> int:
    """Write a line into the record of a case; its id."""
    return uow.session.execute(
        plain_insert(CaseEntry)
        .values(
            case_id=case.id,
            kind=kind,
            text=text,
            data=dict(data or {}),
            actor=uow.actor.ref,
            at=uow.now,
        )
        .returning(CaseEntry.id)
    ).scalar_one()


def done(uow: UnitOfWork, case: Case) -> CaseView:
    """Store it, tell open pages, and answer the case as it is now."""
    uow.session.flush()
    touch(uow, case.id)
    return view_of(case)


def touch(uow: UnitOfWork, case_id: int) -> None:
    """Tell open pages of a case, and the lists."""
    uow.touch(topic(case_id))
    uow.touch(DESK)
