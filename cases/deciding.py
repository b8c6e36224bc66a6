"""Deciding the return or the claim of a case, and writing down what became of it."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select

from cases import holding
from cases.events import (
    CaseChanged,
)
from cases.models import Case, CaseEntry
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.views import CaseView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.returning import returns
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders.service import hold_against_others
from oms_service.returns import queries as return_queries
from oms_service.returns.queries import ReturnView

#: How a case ends when this becomes of its return or claim; anything else leaves it open.
_ENDINGS: Final = {
    "return_rejected": "return_rejected",
    "refund_paid": "refunded",
    "return_settled": "goods_back",
    "return_withdrawn": "withdrawn",
    "claim_remedied": "remedied",
    "claim_rejected": "claim_rejected",
    "claim_withdrawn": "withdrawn",
    "wish_confirmed": "handled",
    "wish_declined": "refused",
    "wish_expired": "no_answer",
}


def approve_return(
    uow: UnitOfWork,
    case_id: int,
    *,
    version: int | None = None,
    givers: Collection[Giver] = frozenset({Giver.AGENT}),
) -> CaseView:
    """Let the goods of this case come back.

    ``givers`` are the roles of whoever says so; a refund above their limit waits for a second
    person once it is owed.

    Raises:
        AlreadyDone: somebody decided before.
        NotFound: the case is about no return.
        Stale: the case changed since it was read.
    """
    found = _undecided(uow, case_id, version)
    returns.approve(uow, found.id, version=found.version, givers=givers)
    return acted_on_return(uow, case_id, "return_approved")


def reject_return(
    uow: UnitOfWork, case_id: int, *, note: str, version: int | None = None
) -> CaseView:
    """Refuse it, with the reason that the customer will read.

    Raises:
        Invalid: no reason is given.
        AlreadyDone: somebody decided before.
        NotFound: the case is about no return.
        Stale: the case changed since it was read.
    """
    if not note.strip():
        raise Invalid("a refusal has a reason", {"note": "is empty"})
    found = _undecided(uow, case_id, version)
    returns.reject(uow, found.id, version=found.version, answer=note.strip())
    return acted_on_return(uow, case_id, "return_rejected")


def acted_on_return(uow: UnitOfWork, case_id: int, what: str) -> CaseView:
    """Write down what became of the return, and what the case does next."""
    case = locks.one(uow.session, Case, case_id)
    if case.state not in ACTIVE or _has_acted(uow, case, what):
        return holding.view_of(case)
    if uow.actor.kind is ActorKind.STAFF and case.assignee_id is None:
        holding.assign_to(uow, case, holding.colleague(uow.actor), "taken")
    data = {"what": what, "return_id": case.return_id, "waits": what not in _ENDINGS}
    holding.enter(uow, case, EntryKind.ACTED, data=data)
    case.version += 1
    case.waiting_since = None
    if what in _ENDINGS:
        return holding.settle(uow, case, _ENDINGS[what], "", follows=what)
    if case.state is not CaseState.WAITING_THIRD_PARTY:
        case.state = CASE.after(case.state, CaseAction.ASK_THIRD_PARTY)
        case.snoozed_until = None
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    return holding.done(uow, case)


def ended(uow: UnitOfWork, case_id: int, what: str) -> CaseView:
    """Write down how the claim or the wish of this case ended, which settles the case."""
    case = locks.one(uow.session, Case, case_id)
    if case.state not in ACTIVE:
        return holding.view_of(case)
    holding.enter(uow, case, EntryKind.ACTED, data={"what": what})
    case.version += 1
    case.waiting_since = None
    return holding.settle(uow, case, _ENDINGS[what], "", follows=what)


def _has_acted(uow: UnitOfWork, case: Case, what: str) -> bool:
    query = select(CaseEntry.id).where(
        CaseEntry.case_id == case.id,
        CaseEntry.kind == EntryKind.ACTED,
        CaseEntry.data["what"].astext == what,
        CaseEntry.data["return_id"].as_integer() == case.return_id,
    )
    return uow.session.scalar(query.limit(1)) is not None


def _undecided(uow: UnitOfWork, case_id: int, version: int | None) -> ReturnView:
    """The return that waits for a word, with its order and then its case held."""
    case = holding.locked(uow, case_id, hold=False)
    if case.return_id is None:
        raise NotFound("this case is about no return")
    hold_against_others(uow, return_queries.by_id(uow.session, case.return_id).order_id)
    found = return_queries.by_id(uow.session, case.return_id)
    if found.decided_by is not None:
        raise holding.AlreadyDone(str(found.state), found.decided_by)
    holding.check(locks.one(uow.session, Case, case_id), version)
    return found
