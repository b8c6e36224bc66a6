"""Sending a message again that did not get through: once for however many presses.

Whoever presses first makes it wait to be sent; whoever presses next finds it waiting. The step
that sends it is the same as before, so it carries the same key, and a provider that has taken the
message knows it again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Connection, Select, select, update
from sqlalchemy.orm import Session

from oms_service.conversations import service
from oms_service.conversations.effects import Sending
from oms_service.conversations.events import MessageQueued, MessageResent
from oms_service.conversations.models import Message
from oms_service.conversations.outgoing import SentView
from oms_service.conversations.states import DeliveryState as State
from oms_service.conversations.states import Direction
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.outbox import DeliveryState, EffectRow, OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, NotFound

#: At most so many at one press.
MOST: Final = 100
_STEP: Final = f"{Sending.send_message.__module__}.{Sending.send_message.__qualname__}"


class Why(StrEnum):
    """Why a message is not sent again."""

    SENT = "sent"
    UNDER_WAY = "under_way"
    #: Its channel sends it as soon as it may.
    WAITS = "waits"
    CODE = "code"
    EMPTIED = "emptied"


class NotAgain(DomainError):
    """This message is not sent again; ``why`` is a code."""

    code = "not-sent-again"

    def __init__(self, why: Why) -> None:
        super().__init__(f"this message is not sent again: {why}")
        self.why = why


@dataclass(frozen=True)
class Resent:
    """Somebody sent a message again."""

    at: datetime
    by: str


def against(message: SentView) -> Why | None:
    """What speaks against sending a message again, as it was read; None where nothing does."""
    if message.is_secret:
        return Why.CODE
    if message.state not in {State.FAILED, State.QUEUED}:
        return Why.SENT
    if message.is_emptied:
        return Why.EMPTIED
    if message.state is State.QUEUED and not message.is_parked:
        return Why.UNDER_WAY if message.next_at else Why.WAITS
    return None


def resend(uow: UnitOfWork, message_id: int) -> None:
    """Let a message that failed, or that was given up, be sent again.

    Raises:
        NotFound: there is no such message to the outside.
        NotAgain: it was sent, is being sent, or must not be sent.
    """
    message = _held(uow, message_id)
    if message.is_secret:
        raise NotAgain(Why.CODE)
    if message.state not in {State.FAILED, State.QUEUED}:
        raise NotAgain(Why.SENT)
    if not message.subject and not message.text:
        raise NotAgain(Why.EMPTIED)
    step = _step(uow, message)
    if message.state is State.QUEUED:
        _try_again(uow, message, step)
    else:
        message.state = State.QUEUED
        uow.session.flush()
        _send_anew(uow, message, step)
    uow.emit(MessageResent(conversation_id=message.conversation_id, message_id=message.id))
    uow.touch(service.topic(message.conversation_id))


def resent(reader: Connection | Session, conversation_id: int, message_id: int) -> list[Resent]:
    """When a message was sent again and by whom, oldest first."""
    rows = reader.execute(
        _told(MessageResent.name, conversation_id, message_id)
        .add_columns(OutboxRow.occurred_at, OutboxRow.actor)
        .order_by(OutboxRow.id)
    )
    return [Resent(row.occurred_at, row.actor) for row in rows]


def _held(uow: UnitOfWork, message_id: int) -> Message:
    """The message, with its thread and itself held, in the order in which all others hold them."""
    thread = uow.session.scalar(
        select(Message.conversation_id).where(
            Message.id == message_id, Message.direction == Direction.OUT
        )
    )
    if thread is None:
        raise NotFound("no such message")
    service.lock(uow, thread)
    return uow.session.scalars(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _step(uow: UnitOfWork, message: Message) -> tuple[int, EffectRow | None] | None:
    """The event that had it sent, with the step that sends it; None once that is forgotten."""
    row = uow.session.execute(
        _told(MessageQueued.name, message.conversation_id, message.id)
        .add_columns(EffectRow)
        .outerjoin(
            EffectRow, (EffectRow.outbox_id == OutboxRow.id) & (EffectRow.subscriber == _STEP)
        )
        .order_by(OutboxRow.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.id, row.EffectRow)


def _try_again(
    uow: UnitOfWork, message: Message, step: tuple[int, EffectRow | None] | None
) -> None:
    """Every try has failed: begin them anew, as from the list of failed steps."""
    if step is None:
        uow.emit(_queued(message))
        return
    _event, effect = step
    if effect is None or effect.state is DeliveryState.WAITING:
        raise NotAgain(Why.UNDER_WAY)
    if effect.state is DeliveryState.DONE:
        raise NotAgain(Why.WAITS)
    entry = fallout.open_entry(
        uow.session, FalloutKind.EFFECT, subject_id=effect.id, step=effect.subscriber
    )
    if entry is not None:
        fallout.retry(uow, entry)
    else:
        _due(uow, effect.id)


def _send_anew(
    uow: UnitOfWork, message: Message, step: tuple[int, EffectRow | None] | None
) -> None:
    """Its step came to an end, and a provider said no: the same step begins once more."""
    if step is None:
        uow.emit(_queued(message))
        return
    _event, effect = step
    if effect is None:
        raise NotAgain(Why.UNDER_WAY)
    _due(uow, effect.id)


def _due(uow: UnitOfWork, effect_id: int) -> None:
    """Make a step due that nobody is at.

    Raises:
        NotAgain: somebody still is: the one who sends it has not written down its end yet.
    """
    done = uow.session.scalar(
        update(EffectRow)
        .where(
            EffectRow.id == effect_id,
            EffectRow.state.in_((DeliveryState.DONE, DeliveryState.PARKED)),
        )
        .values(
            state=DeliveryState.WAITING,
            attempts=0,
            next_at=uow.now,
            leased_until=None,
            done_at=None,
        )
        .returning(EffectRow.id)
        .execution_options(synchronize_session=False)
    )
    if done is None:
        raise NotAgain(Why.UNDER_WAY)


def _queued(message: Message) -> MessageQueued:
    return MessageQueued(conversation_id=message.conversation_id, message_id=message.id)


def _told(name: str, conversation_id: int, message_id: int) -> Select[int]:
    """The events of that name about one message."""
    return select(OutboxRow.id).where(
        OutboxRow.aggregate == f"conversation:{conversation_id}",
        OutboxRow.name == name,
        OutboxRow.payload["message_id"].astext.cast(BigInteger) == message_id,
    )
