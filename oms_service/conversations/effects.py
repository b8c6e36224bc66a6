"""Sending what is queued, by the transport of its channel."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import update

from oms_service.conversations import attachments_queries, queries
from oms_service.conversations.attachments_queries import Place
from oms_service.conversations.events import MessageQueued
from oms_service.conversations.models import DeliveryLog, Message
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Enclosure, Outcome, Outgoing, Transports
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.ports.files import FileStore, NoSuchFile

_DETAIL_LENGTH: Final = 200


class Sending:
    """The one way out: every channel's messages leave by its transport."""

    def __init__(self, transports: Transports, files: FileStore) -> None:
        self._transports = transports
        self._files = files

    def send_message(self, outside: Outside, event: MessageQueued) -> None:
        """Send one message; a repetition carries the same key, and a sent one is left alone."""
        with outside.database.reading() as connection:
            found = queries.to_send(connection, event.message_id)
            places = attachments_queries.of_message(connection, event.message_id) if found else []
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
            files=self._enclosures(places),
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

    def _enclosures(self, places: Sequence[Place]) -> tuple[Enclosure, ...]:
        """The files whole; one that is taken away at this moment does not leave the house."""
        files = []
        for place in places:
            with suppress(NoSuchFile):
                content = self._files.get(place.store_key).read()
                files.append(Enclosure(place.view.name, str(place.view.media_type), content))
        return tuple(files)


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
