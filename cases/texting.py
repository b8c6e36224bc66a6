"""What customers write by short message: it goes to the case it belongs to, or opens one."""

from cases import opening
from cases.after import answering
from cases.merging import queries as merged
from cases.views import CaseView
from oms_service.conversations.channels import SMS
from oms_service.conversations.states import ByMail
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.uow import UnitOfWork


def take_up(
    uow: UnitOfWork, thread: ConversationView, message: MessageView, *, of_strangers: ByMail
) -> CaseView | None:
    """The case that has a short message now; None where the shop takes none of strangers.

    As with mail: what is written in a thread goes to the case that thread is about, a settled one
    comes back or is followed by another.

    Args:
        uow: its actor is a customer nobody knows; the caller holds the thread.
        thread: of the number it came from.
        message: stored just now.
        of_strangers: what the shop does with words of people it does not know.
    """
    usual = merged.taker(uow.session, thread.id)
    if usual is not None:
        return answering.take_up(uow, usual.case.id, message, channel=SMS).case
    if thread.customer_id is None and of_strangers is ByMail.REFUSE:
        return None
    return opening.open_case(
        uow,
        reason=opening.OTHER,
        language=thread.language,
        channel=SMS,
        customer_id=thread.customer_id,
        conversation_id=thread.id,
        summary={"message_id": message.id},
    )
