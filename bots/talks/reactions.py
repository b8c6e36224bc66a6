"""What cases tell talks."""

from bots.talks import service
from cases import queries as cases
from cases.events import CaseReplied
from oms_service.infra.uow import UnitOfWork


def step_in(uow: UnitOfWork, event: CaseReplied) -> None:
    """A colleague answered a customer: their talk with the bot is no longer the bot's alone."""
    case = cases.by_id(uow.session, event.case_id)
    if case.conversation_id is not None:
        service.step_in(uow, case.conversation_id)
