"""Sending what is queued, by the transport of its channel."""

from typing import Final

from sqlalchemy import update

from oms_service.conversations import queries
from oms_service.conversations.events import MessageQueued
from oms_service.conversations.models import DeliveryLog, Message
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing, Transports
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork

_DETAIL_LENGTH: Final = 200


class Sending:
    """The one way out: every channel's messages leave by its transport."""

    def __init__(self, transports: Transports) -> None:
        self._transports = transports

    def send_message(self, outside: Outside, event: MessageQueued) -> None:
        """Send one message; a repetition carries the same key, and a sent one is left alone."""
        with outside.database.reading() as connection:
            found = queries.to_send(connection, event.message_id)
        if found is None:
            return
        message = found.message
        outgoing = Outgoing(
            key=outside.key,
            message_id=message.id,
            conversation_public_id=found.conversation_public_id,
            to=found.to,
            language=message.language,
            subject=message.subject,
            text=message.text,
            extra=dict(message.extra),
        )
        try:
            outcome = self._transports.of(found.channel).send(outgoing)
        except Exception as error:
            with outside.unit_of_work() as uow:
                _log(uow, message.id, Outcome(DeliveryState.FAILED, type(error).__name__))
            raise
        with outside.unit_of_work() as uow:
            _log(uow, message.id, outcome)
            _settle(uow, message.id, outcome.state)


def _log(uow: UnitOfWork, message_id: int, outcome: Outcome) -> None:
    uow.session.add(
        DeliveryLog(
            message_id=message_id,
            state=outcome.state,
            detail=outcome.detail[:_DETAIL_LENGTH],
            at=uow.now,
        )
    )


def _settle(uow: UnitOfWork, message_id: int, state: DeliveryState) -> None:
    uow.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == DeliveryState.QUEUED)
        .values(state=state)
    )
    uow.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.is_secret)
        .values(subject="", text="")
    )
