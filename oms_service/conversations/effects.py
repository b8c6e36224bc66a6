"""Sending what is queued, by the transport of its channel."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from typing import Final

from sqlalchemy import Connection, bindparam, case, insert, or_, select, update

from oms_service.conversations import attachments_queries, queries
from oms_service.conversations.attachments_queries import Place
from oms_service.conversations.breaker import Breaker, How
from oms_service.conversations.events import MessageFailed, MessageQueued
from oms_service.conversations.models import DeliveryLog, Message
from oms_service.conversations.queries import ToSend
from oms_service.conversations.service import THREAD
from oms_service.conversations.states import AuthorKind, DeliveryState
from oms_service.conversations.transports import (
    Enclosure,
    InTurn,
    Outcome,
    Outgoing,
    Transports,
)
from oms_service.infra.db import Database
from oms_service.infra.hot import Hot
from oms_service.infra.subscribers import NotNow, Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.ports.files import FileStore, NoSuchFile

_DETAIL_LENGTH: Final = 200
#: As many messages of a thread as are looked at together.
_TOGETHER: Final = 20

OpenUow = Callable[[], AbstractContextManager[UnitOfWork]]


class Sending:
    """The one way out: every channel's messages leave by its transport."""

    def __init__(
        self, transports: Transports, files: FileStore, breaker: Breaker | None = None
    ) -> None:
        self._transports = transports
        self._files = files
        self._breaker = breaker

    def send_message(self, outside: Outside, event: MessageQueued) -> None:
        """Send one message; a repetition carries the same key, and a sent one is left alone.

        Where a try before ended without a word, nobody knows whether it was taken: this one is
        marked. What is sent in turn is not, for its provider knows a repetition by the key.
        """
        with outside.database.reading() as connection:
            found = queries.to_send(connection, event.message_id)
            places = attachments_queries.of_message(connection, event.message_id) if found else []
            before = _before(connection, found) if found else ()
        if found is None:
            return
        message, transport = found.message, self._transports.of(found.channel)
        if isinstance(transport, InTurn):
            with transport.turn(found.to):
                self.send_thread(outside.database, outside.unit_of_work, message.conversation_id)
            return
        again = found.may_be_sent or outside.was_cut_off
        outgoing = replace(self._outgoing(found, places, key=outside.key), before=before)
        try:
            (outcome,) = self._tried(found.channel, lambda: [transport.send(outgoing)])
        except NotNow:
            raise
        except Exception as error:
            with outside.unit_of_work() as uow:
                failed = Outcome(DeliveryState.FAILED, type(error).__name__)
                _log(uow, message.id, failed, perhaps_again=again)
            raise
        with outside.unit_of_work() as uow:
            _log(uow, message.id, outcome, perhaps_again=again)
            _settle(uow, message.id, outcome.state)
            if outcome.state is DeliveryState.FAILED:
                uow.emit(
                    MessageFailed(
                        conversation_id=message.conversation_id,
                        message_id=message.id,
                        why="refused",
                        is_final=False,
                    )
                )

    def send_thread(self, database: Database, open_uow: OpenUow, conversation_id: int) -> None:
        """Send all that waits in a thread, oldest first, by a transport that keeps its order.

        Whoever calls it holds the thread's turn; a message that was sent meanwhile is left alone.
        """
        while True:
            with database.reading() as connection:
                waiting = queries.waiting_in(connection, conversation_id, limit=_TOGETHER)
                enclosed = [
                    attachments_queries.of_message(connection, one.message.id) for one in waiting
                ]
            if not waiting:
                return
            transport = self._transports.of(waiting[0].channel)
            if not isinstance(transport, InTurn):
                raise TypeError(f"{waiting[0].channel} keeps no order")
            outgoing = [
                self._outgoing(one, places, key=f"message:{one.message.id}")
                for one, places in zip(waiting, enclosed, strict=True)
            ]
            try:
                outcomes = self._tried(
                    waiting[0].channel, partial(transport.send_together, outgoing)
                )
            except NotNow:
                raise
            except Exception as error:
                with open_uow() as uow:
                    failed = Outcome(DeliveryState.FAILED, type(error).__name__)
                    _log(uow, waiting[0].message.id, failed)
                raise
            with open_uow() as uow:
                for one, outcome in zip(waiting, outcomes, strict=False):
                    _settle_in_turn(uow, conversation_id, one.message.id, outcome)
            if not outcomes or outcomes[-1].state is DeliveryState.QUEUED:
                return

    def _tried(self, channel: str, send: Callable[[], Sequence[Outcome]]) -> Sequence[Outcome]:
        """Send, unless the channel rests, and note what that tells of its provider.

        Raises:
            NotNow: it rests, or somebody just tries it after a rest.
        """
        if self._breaker is None:
            return send()
        wait_s = self._breaker.wait_s(channel)
        if wait_s:
            raise NotNow(wait_s)
        how = How.UNKNOWN
        try:
            outcomes = send()
            if any(one.state is DeliveryState.SENT for one in outcomes):
                how = How.WELL
        except Exception as error:
            if self._transports.is_down(channel, error):
                how = How.DOWN
            raise
        finally:
            self._breaker.note(channel, how)
        return outcomes

    def _outgoing(self, found: ToSend, places: Sequence[Place], *, key: str) -> Outgoing:
        message = found.message
        return Outgoing(
            key=key,
            message_id=message.id,
            conversation_public_id=found.conversation_public_id,
            to=found.to,
            language=message.language,
            subject=message.subject,
            text=message.text,
            extra=dict(message.extra),
            files=self._enclosures(places),
            thread=str(message.extra.get(THREAD, "")),
            is_automatic=message.author_kind is not AuthorKind.AGENT,
        )

    def _enclosures(self, places: Sequence[Place]) -> tuple[Enclosure, ...]:
        """The files whole; one that is taken away at this moment does not leave the house."""
        files = []
        for place in places:
            with suppress(NoSuchFile):
                content = self._files.get(place.store_key).read()
                files.append(Enclosure(place.view.name, str(place.view.media_type), content))
        return tuple(files)


def _before(connection: Connection, found: ToSend) -> tuple[int | str, ...]:
    """What was said before in the same matter, where a message is about one."""
    thread = found.message.extra.get(THREAD)
    return queries.before_in_thread(connection, found.message, thread) if thread else ()


def _settle_in_turn(
    uow: UnitOfWork, conversation_id: int, message_id: int, outcome: Outcome
) -> None:
    """Note how a try ended; that something still waits is written down once."""
    if outcome.state is not DeliveryState.QUEUED:
        _log(uow, message_id, outcome)
        _settle(uow, message_id, outcome.state)
        if outcome.state is DeliveryState.FAILED:
            uow.emit(
                MessageFailed(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    why="refused",
                    is_final=False,
                )
            )
        return
    last = uow.session.execute(
        select(DeliveryLog.state, DeliveryLog.detail)
        .where(DeliveryLog.message_id == message_id)
        .order_by(DeliveryLog.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or tuple(last) != (outcome.state, outcome.detail[:_DETAIL_LENGTH]):
        _log(uow, message_id, outcome)


def _log(
    uow: UnitOfWork, message_id: int, outcome: Outcome, *, perhaps_again: bool = False
) -> None:
    _LOGGED.run(
        uow.session,
        message_id=message_id,
        state=outcome.state,
        detail=outcome.detail[:_DETAIL_LENGTH],
        is_perhaps_again=perhaps_again,
        at=uow.now,
    )


def _settle(uow: UnitOfWork, message_id: int, state: DeliveryState) -> None:
    """Note where a message has got to; what was secret in it is needed no more."""
    _SETTLED.run(uow.session, message_id=message_id, state_now=state)


_LOGGED: Final = Hot(
    insert(DeliveryLog), tuple, columns=("message_id", "state", "detail", "is_perhaps_again", "at")
)
_SETTLED: Final = Hot(
    update(Message)
    .where(
        Message.id == bindparam("message_id"),
        or_(Message.state == DeliveryState.QUEUED, Message.is_secret),
    )
    .values(
        state=case(
            (
                Message.state == DeliveryState.QUEUED,
                bindparam("state_now", type_=Message.state.type),
            ),
            else_=Message.state,
        ),
        subject=case((Message.is_secret, ""), else_=Message.subject),
        text=case((Message.is_secret, ""), else_=Message.text),
    ),
    tuple,
)
