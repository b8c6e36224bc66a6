"""Conversations in which a bot answered, for figures about it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, select

from oms_service.conversations.models import Conversation, Message
from oms_service.conversations.states import AuthorKind


def with_bot(*, since: datetime, until: datetime) -> Subquery:
    """Those begun in a time in which customer and bot both spoke: id, channel, language, at."""

    def spoke(who: AuthorKind) -> ColumnElement[bool]:
        return (
            select(Message.id)
            .where(Message.conversation_id == Conversation.id, Message.author_kind == who)
            .exists()
        )

    return (
        select(
            Conversation.id,
            Conversation.channel,
            Conversation.language,
            Conversation.opened_at.label("at"),
        )
        .where(
            Conversation.opened_at >= since,
            Conversation.opened_at < until,
            spoke(AuthorKind.CUSTOMER),
            spoke(AuthorKind.BOT),
        )
        .subquery()
    )
