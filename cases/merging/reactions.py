"""What merged and split cases do when something happens to them."""

from cases import families
from cases.events import CaseChanged, CaseReplied
from cases.merging import queries, service
from cases.states import CaseState
from oms_service.conversations import service as conversations
from oms_service.infra.uow import UnitOfWork


def on_replied(uow: UnitOfWork, event: CaseReplied) -> None:
    """What is said from a case that was split off belongs to it, and not to its conversation."""
    if queries.is_apart(uow.session, event.case_id):
        service.give_message(uow, event.message_id, event.case_id)


def on_closed(uow: UnitOfWork, event: CaseChanged) -> None:
    """The bot answers again in every conversation that the closed case stood for.

    Unless another open case has to do with it.
    """
    if event.state != CaseState.CLOSED:
        return
    family = families.member_ids(uow.session, event.case_id)
    if len(family) == 1:
        return
    for conversation_id in families.conversation_ids(uow.session, family):
        conversations.lock(uow, conversation_id)
        taker = queries.taker(uow.session, conversation_id)
        if taker is None or taker.case.state is CaseState.CLOSED:
            conversations.hand_to_bot(uow, conversation_id)
