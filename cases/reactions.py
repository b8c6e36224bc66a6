"""What cases do when something happens elsewhere."""

from cases import deciding, opening, queries, referring, service
from cases.acting import queries as acts
from cases.after import answering
from cases.after import rules as after_rules
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.opening import OTHER
from cases.policy import Next, after_message
from cases.states import ACTIVE
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.events import MessageReceived
from oms_service.infra.uow import UnitOfWork
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.events import (
    ClaimRejected,
    ClaimRemedied,
    ClaimReopened,
    ClaimRequested,
    ClaimWithdrawn,
    ReturnApproved,
    ReturnDiffered,
    ReturnOverdue,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
    ReturnSettled,
    ReturnWithdrawn,
)
from oms_service.returns.states import (
    ClaimState,
    RefundWhen,
    ReturnKind,
    ReturnState,
)


def customer_wrote(uow: UnitOfWork, event: MessageReceived) -> None:
    """A message while people answer: it belongs to the case, wakes it or opens another."""
    thread = talking.lock(uow, event.conversation_id)
    taker = merged.taker(uow.session, event.conversation_id)
    found = taker.case if taker else None
    words = conversations.text_of(uow.session, event.message_id)
    within = after_rules.in_force(uow.session).reopen_within
    then = (
        after_message(found.state, found.resolved_at, words, now=uow.now, within=within)
        if found is not None
        else Next.ANOTHER
    )
    data = {"message_id": event.message_id}
    if taker is not None and taker.is_apart and then in {Next.APPEND, Next.REOPEN}:
        merging.give_message(uow, event.message_id, taker.case.id)
    match then:
        case Next.APPEND if found is not None:
            service.append(uow, found.id, "message", data=data)
        case Next.REOPEN if found is not None and not _is_taken_up(uow, found):
            service.reopen(uow, found.id)
            service.append(uow, found.id, "message", data=data)
        case Next.REOPEN | Next.ANOTHER:
            new = opening.open_case(
                uow,
                reason=OTHER,
                language=thread.language,
                channel=thread.channel,
                customer_id=thread.customer_id,
                conversation_id=thread.id,
                summary=data,
            )
            if found is not None:
                answering.follow(uow, new.id, of=found.id)
        case _:
            return


def return_referred(uow: UnitOfWork, event: ReturnRequested) -> None:
    """A return or exchange that policy did not allow at once waits for a person."""
    if acts.is_from_case(uow.session, return_id=event.return_id):
        return
    if event.is_referred and queries.of_return(uow.session, event.return_id) is None:
        referring.open_for_return(uow, event.return_id, event.failed_rule)


def return_approved(uow: UnitOfWork, event: ReturnApproved) -> None:
    _tell_case(uow, event.return_id, "return_approved")


def return_rejected(uow: UnitOfWork, event: ReturnRejected) -> None:
    _tell_case(uow, event.return_id, "return_rejected")


def return_received(uow: UnitOfWork, event: ReturnReceived) -> None:
    _tell_case(uow, event.return_id, "return_received")


def return_settled(uow: UnitOfWork, event: ReturnSettled) -> None:
    """All the money is back, or none was owed: the case about it is done."""
    _tell_case(uow, event.return_id, "refund_paid" if event.refunded_minor else "return_settled")


def return_withdrawn(uow: UnitOfWork, event: ReturnWithdrawn) -> None:
    _tell_case(uow, event.return_id, "return_withdrawn")


def return_differed(uow: UnitOfWork, event: ReturnDiffered) -> None:
    """What came is not what was announced: somebody looks."""
    _look_at(uow, event.return_id, "return_differed")


def return_overdue(uow: UnitOfWork, event: ReturnOverdue) -> None:
    """Goods are not on their way although money or other goods have left for them."""
    found = returns.by_id(uow.session, event.return_id)
    is_owed = found.kind is not ReturnKind.RETURN or found.refund_when is RefundWhen.AT_ONCE
    if is_owed and found.state is ReturnState.APPROVED:
        _look_at(uow, event.return_id, "return_overdue")


def claim_referred(uow: UnitOfWork, event: ClaimRequested) -> None:
    """A claim that policy did not allow at once waits for a person, unless it does already."""
    if event.is_referred and not acts.is_from_case(uow.session, claim_id=event.claim_id):
        claim = claims.by_id(uow.session, event.claim_id)
        if claim.state is ClaimState.REQUESTED:
            referring.case_of_claim(uow, claim)


def claim_reopened(uow: UnitOfWork, event: ClaimReopened) -> None:
    """What put a claim right is undone, so that it waits for a person again."""
    if claims.by_id(uow.session, event.claim_id).state is not ClaimState.REQUESTED:
        return
    referring.open_for_claim(uow, event.claim_id, failed_rule="")


def claim_remedied(uow: UnitOfWork, event: ClaimRemedied) -> None:
    _tell_case_of_claim(uow, event.claim_id, "claim_remedied")


def claim_rejected(uow: UnitOfWork, event: ClaimRejected) -> None:
    _tell_case_of_claim(uow, event.claim_id, "claim_rejected")


def claim_withdrawn(uow: UnitOfWork, event: ClaimWithdrawn) -> None:
    _tell_case_of_claim(uow, event.claim_id, "claim_withdrawn")


def close_settled(uow: UnitOfWork) -> int:
    """The sweep that closes cases nobody has come back to."""
    within = after_rules.in_force(uow.session).reopen_within
    return service.close_settled(uow, uow.now - within)


def _tell_case(uow: UnitOfWork, return_id: int, what: str) -> None:
    about = merged.of_return(uow.session, return_id)
    if about is None:
        return
    if about.is_its_matter:
        deciding.acted_on_return(uow, about.case.id, what)
    elif about.case.state in ACTIVE:
        # The case it became part of has a matter of its own, which does not end with this.
        service.acted(uow, about.case.id, what, data={"return_id": return_id})


def _look_at(uow: UnitOfWork, return_id: int, why: str) -> None:
    """Tell the open case of a return, or open one."""
    about = merged.of_return(uow.session, return_id)
    if about is not None and about.case.state in ACTIVE:
        service.append(uow, about.case.id, why)
    else:
        referring.open_for_return(uow, return_id, why)


def _tell_case_of_claim(uow: UnitOfWork, claim_id: int, what: str) -> None:
    """The open case that carries this claim ends with it.

    A case that has taken it in with another has a matter of its own, and only notes it.
    """
    claim = claims.by_id(uow.session, claim_id)
    found = queries.carrying(uow.session, claim.order_id, "claim_number", claim.number)
    if found is None:
        return
    now = merged.in_place_of(uow.session, found)
    if now.state not in ACTIVE:
        return
    if now.id == found.id:
        deciding.ended(uow, now.id, what)
    else:
        service.acted(uow, now.id, what)


def _is_taken_up(uow: UnitOfWork, found: CaseView) -> bool:
    """Whether another open case has the same matter by now."""
    return (
        found.order_id is not None
        and queries.open_of_order(uow.session, found.order_id, found.reason) is not None
    )
