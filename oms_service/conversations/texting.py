"""What a provider of short messages reports of ours, and numbers that nothing reaches."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.orm import Session

from oms_service.conversations.channels import SMS
from oms_service.conversations.events import MessageFailed
from oms_service.conversations.models import ChannelIdentity, Conversation, DeliveryLog, Message
from oms_service.conversations.states import DeliveryState, Direction
from oms_service.infra.privacy import erased_key
from oms_service.infra.uow import UnitOfWork

Reader = Connection | Session

#: Before a provider's own id of a message in what is kept of the try that sent it.
SENT_AS: Final = "sms.sent "
#: From which states a report leads on to each: a message is never less far than it was.
_BEFORE: Final[Mapping[DeliveryState, tuple[DeliveryState, ...]]] = {
    DeliveryState.SENT: (DeliveryState.QUEUED,),
    DeliveryState.DELIVERED: (DeliveryState.QUEUED, DeliveryState.SENT),
    DeliveryState.FAILED: (DeliveryState.QUEUED, DeliveryState.SENT),
}
_DETAIL_LENGTH: Final = 200


def called(reader: Reader, provider_id: str) -> int | None:
    """The message that a provider calls by an id of its own; the newest, should there be two."""
    query = select(DeliveryLog.message_id).where(
        DeliveryLog.detail == f"{SENT_AS}{provider_id}",
        func.left(DeliveryLog.detail, len(SENT_AS)) == SENT_AS,
    )
    return reader.execute(query.order_by(DeliveryLog.id.desc()).limit(1)).scalar_one_or_none()


def report(
    uow: UnitOfWork, message_id: int, state: DeliveryState, *, why: str, is_final: bool
) -> bool:
    """Note how far a short message got, as its provider says; said again, nothing changes.

    Args:
        uow: the transaction.
        message_id: whatever was named; only short messages of ours are looked at.
        state: sent, delivered or failed. What has arrived never fails after all.
        why: the provider's word for it, kept with the tries.
        is_final: of a failure: nothing will reach that number, so that it is no way any more.

    Returns:
        Whether this was news.
    """
    ours = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id == message_id,
            Message.direction == Direction.OUT,
            Conversation.channel == SMS,
        )
        .scalar_subquery()
    )
    conversation_id = uow.session.scalar(
        update(Message)
        .where(Message.id == ours, Message.state.in_(_BEFORE[state]))
        .values(state=state)
        .returning(Message.conversation_id)
        .execution_options(synchronize_session=False)
    )
    if conversation_id is None:
        return False
    # Told before the worker wrote down that it has sent it, a code is still to be emptied.
    uow.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.is_secret)
        .values(subject="", text="")
        .execution_options(synchronize_session=False)
    )
    detail = f"sms.{state} {why}".strip()[:_DETAIL_LENGTH]
    uow.session.add(DeliveryLog(message_id=message_id, state=state, detail=detail, at=uow.now))
    if state is DeliveryState.FAILED:
        if is_final:
            _note_unreachable(uow, conversation_id)
        uow.emit(
            MessageFailed(
                conversation_id=conversation_id,
                message_id=message_id,
                why="undelivered",
                is_final=is_final,
            )
        )
    uow.touch(f"conversation:{conversation_id}")
    uow.session.flush()
    return True


def is_unreachable(reader: Reader, number: str) -> bool:
    """Whether a provider said that nothing reaches a number any more."""
    query = select(ChannelIdentity.id).where(
        ChannelIdentity.channel == SMS,
        ChannelIdentity.key == number,
        ChannelIdentity.unreachable_at.is_not(None),
    )
    return reader.execute(query).first() is not None


def reached(uow: UnitOfWork, number: str) -> None:
    """Somebody wrote from a number, or read what was sent to it: it works."""
    uow.session.execute(
        update(ChannelIdentity)
        .where(
            ChannelIdentity.channel == SMS,
            ChannelIdentity.key == number,
            ChannelIdentity.unreachable_at.is_not(None),
        )
        .values(unreachable_at=None, unreachable_why="")
        .execution_options(synchronize_session="fetch")
    )


def forget(uow: UnitOfWork, numbers: Collection[str]) -> None:
    """Know no more of numbers that only codes went to: nobody's, and nobody wrote from them."""
    heard = (
        exists()
        .where(
            Conversation.identity_id == ChannelIdentity.id,
            Message.conversation_id == Conversation.id,
            Message.direction == Direction.IN,
        )
        .correlate(ChannelIdentity)
    )
    uow.session.execute(
        update(ChannelIdentity)
        .where(
            ChannelIdentity.channel == SMS,
            ChannelIdentity.key.in_(numbers),
            ChannelIdentity.customer_id.is_(None),
            ~heard,
        )
        .values(key=erased_key(ChannelIdentity.id))
        .execution_options(synchronize_session=False)
    )


def _note_unreachable(uow: UnitOfWork, conversation_id: int) -> None:
    whose = select(Conversation.identity_id).where(Conversation.id == conversation_id)
    uow.session.execute(
        update(ChannelIdentity)
        .where(
            ChannelIdentity.id == whose.scalar_subquery(), ChannelIdentity.unreachable_at.is_(None)
        )
        .values(unreachable_at=uow.now, unreachable_why="undelivered")
        .execution_options(synchronize_session="fetch")
    )
