"""What conversations forget: what was said in threads that are over, and how it was delivered."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from oms_service.conversations import service
from oms_service.conversations.models import ChannelIdentity, Conversation, DeliveryLog, Message
from oms_service.conversations.states import DeliveryState
from oms_service.infra.privacy import erased_key
from oms_service.infra.uow import UnitOfWork


def empty(uow: UnitOfWork, threads: Collection[int]) -> None:
    """Empty what was said and close the threads; what waits to be sent is not sent any more.

    That something was said, by whom and when, stays. Whoever calls it holds the threads.
    """
    session = uow.session
    said = Message.conversation_id.in_(threads)
    session.execute(
        update(DeliveryLog)
        .where(DeliveryLog.message_id.in_(select(Message.id).where(said)))
        .values(detail="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Message)
        .where(said)
        .values(
            subject="",
            text="",
            extra={},
            state=case(
                (Message.state == DeliveryState.QUEUED, DeliveryState.FAILED), else_=Message.state
            ),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(threads))
        .values(
            dialogue={},
            closed_at=func.coalesce(Conversation.closed_at, uow.now),
            emptied_at=uow.now,
        )
        .execution_options(synchronize_session="fetch")
    )
    for thread in sorted(threads):
        uow.touch(service.topic(thread))


def forget_senders(uow: UnitOfWork, threads: Collection[int]) -> None:
    """Forget who wrote in these threads, where nobody knows them and nothing else is left."""
    other = aliased(Conversation)
    left = select(other.id).where(
        other.identity_id == ChannelIdentity.id, other.emptied_at.is_(None)
    )
    uow.session.execute(
        update(ChannelIdentity)
        .where(
            ChannelIdentity.id.in_(
                select(Conversation.identity_id).where(Conversation.id.in_(threads))
            ),
            ChannelIdentity.customer_id.is_(None),
            ~left.exists(),
        )
        .values(key=erased_key(ChannelIdentity.id), claimed_mail="")
        .execution_options(synchronize_session=False)
    )


def old_deliveries(session: Session, before: datetime) -> int:
    """How many answers of transports are older than that."""
    old = select(func.count()).where(DeliveryLog.at < before, DeliveryLog.detail != "")
    return session.scalar(old) or 0


def forget_deliveries(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Empty what transports answered; that they did stays."""
    ids = uow.session.scalars(
        select(DeliveryLog.id)
        .where(DeliveryLog.at < before, DeliveryLog.detail != "")
        .order_by(DeliveryLog.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    uow.session.execute(
        update(DeliveryLog)
        .where(DeliveryLog.id.in_(ids))
        .values(detail="")
        .execution_options(synchronize_session=False)
    )
    return len(ids)
