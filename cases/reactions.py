"""What cases do when something happens elsewhere."""

from typing import Final

from cases import queries, service
from cases.policy import REOPEN_WITHIN, Next, after_message
from cases.service import OTHER
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.events import MessageReceived
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.payments.events import RefundPaid
from oms_service.returns import queries as returns
from oms_service.returns.events import (
    ReturnApproved,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
)

RETURN: Final = "return"


def customer_wrote(uow: UnitOfWork, event: MessageReceived) -> None:
    """A message while people answer: it belongs to the case, wakes it or opens another."""
    thread = talking.lock(uow, event.conversation_id)
    found = queries.latest_of_conversation(uow.session, event.conversation_id)
    words = conversations.text_of(uow.session, event.message_id)
    then = (
        after_message(found.state, found.resolved_at, words, now=uow.now)
        if found is not None
        else Next.ANOTHER
    )
    data = {"message_id": event.message_id}
    match then:
        case Next.APPEND if found is not None:
            service.append(uow, found.id, "message", data=data)
        case Next.REOPEN if found is not None and not _is_taken_up(uow, found):
            service.reopen(uow, found.id)
            service.append(uow, found.id, "message", data=data)
        case Next.REOPEN | Next.ANOTHER:
            service.open_case(
                uow,
                reason=OTHER,
                language=thread.language,
                channel=thread.channel,
                customer_id=thread.customer_id,
                conversation_id=thread.id,
                summary=data,
            )
        case _:
            return


def return_referred(uow: UnitOfWork, event: ReturnRequested) -> None:
    """A return that policy did not allow at once waits for a person."""
    if not event.is_referred or queries.of_return(uow.session, event.return_id) is not None:
        return
    found = returns.by_id(uow.session, event.return_id)
    order = orders.by_id(uow.session, event.order_id)
    service.open_case(
        uow,
        reason=RETURN,
        language=order.language,
        channel=found.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        return_id=found.id,
        lines={line.order_line_id: line.quantity for line in found.lines},
        wanted={"refund_minor": found.refund.minor, "currency": found.refund.currency},
        failed_rule=event.failed_rule,
    )


def return_approved(uow: UnitOfWork, event: ReturnApproved) -> None:
    _tell_case(uow, event.return_id, "return_approved")


def return_rejected(uow: UnitOfWork, event: ReturnRejected) -> None:
    _tell_case(uow, event.return_id, "return_rejected")


def return_received(uow: UnitOfWork, event: ReturnReceived) -> None:
    _tell_case(uow, event.return_id, "return_received")


def refund_paid(uow: UnitOfWork, event: RefundPaid) -> None:
    """The money is back: the case about it is done."""
    if event.return_id is not None:
        _tell_case(uow, event.return_id, "refund_paid")


def close_settled(uow: UnitOfWork) -> int:
    """The sweep that closes cases nobody has come back to."""
    return service.close_settled(uow, uow.now - REOPEN_WITHIN)


def _tell_case(uow: UnitOfWork, return_id: int, what: str) -> None:
    found = queries.of_return(uow.session, return_id)
    if found is not None:
        service.acted_on_return(uow, found.id, what)


def _is_taken_up(uow: UnitOfWork, found: CaseView) -> bool:
    """Whether another open case has the same matter by now."""
    return (
        found.order_id is not None
        and queries.open_of_order(uow.session, found.order_id, found.reason) is not None
    )
