"""What was said, as part of a customer's history."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.conversations.models import Conversation, Message
from oms_service.ports.timeline import Entry, Subject

#: Enough to remember a conversation by.
EXCERPT: Final = 120
_MOST: Final = 200


def messages(session: Session, subject: Subject) -> Sequence[Entry]:
    """The last messages with the customer, on any channel, each by its beginning."""
    if subject.customer_id is None:
        return []
    rows = session.execute(
        select(
            Message.at,
            Message.author,
            Message.author_kind,
            Message.direction,
            Message.subject,
            Message.text,
            Message.is_secret,
            Conversation.channel,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.customer_id == subject.customer_id)
        .order_by(Message.id.desc())
        .limit(_MOST)
    )
    return [
        Entry(
            kind=f"message.{row.direction}",
            at=row.at,
            actor=row.author,
            channel=row.channel,
            order_id=None,
            facts={
                "author_kind": str(row.author_kind),
                "subject": "" if row.is_secret else row.subject,
                "excerpt": "" if row.is_secret else _excerpt(row.text),
            },
        )
        for row in rows
    ]


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"
