"""Whether mail to an address arrives, as the last letter to it tells."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.conversations.channels import MAIL
from oms_service.conversations.models import ChannelIdentity, Conversation, DeliveryLog, Message
from oms_service.conversations.states import DeliveryState, Direction
from oms_service.kernel.text import mail_key


@dataclass(frozen=True, kw_only=True)
class ComesBack:
    """The last letter to an address did not arrive. ``said`` is what a server said, if one did."""

    message_id: int
    at: datetime
    said: str


def problem(reader: Connection | Session, mail: str) -> ComesBack | None:
    """The last letter to an address, if it came back or was refused; what waits tells nothing."""
    said = (
        select(DeliveryLog.detail)
        .where(
            DeliveryLog.message_id == Message.id,
            DeliveryLog.state == DeliveryState.FAILED,
        )
        .order_by(DeliveryLog.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    theirs = (
        select(Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.channel == MAIL, ChannelIdentity.key == mail_key(mail))
    )
    row = reader.execute(
        select(Message.id, Message.at, Message.state, said.label("said"))
        .where(
            Message.conversation_id.in_(theirs),
            Message.direction == Direction.OUT,
            Message.state != DeliveryState.QUEUED,
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    if row is None or row.state is not DeliveryState.FAILED:
        return None
    return ComesBack(message_id=row.id, at=row.at, said=row.said or "")
