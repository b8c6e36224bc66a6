"""Conversations in which a bot answered: for figures about it, and for finding them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Subquery, select, tuple_
from sqlalchemy.orm import Session

from oms_service.conversations.models import Conversation, Message
from oms_service.conversations.states import AuthorKind


def with_bot(*, since: ColumnElement[datetime], until: ColumnElement[datetime]) -> Subquery:
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


def threads() -> Subquery:
    """Every conversation: its id, whose it is where that is known, whether its words are gone."""
    return select(
        Conversation.id,
        Conversation.customer_id,
        Conversation.emptied_at.is_not(None).label("is_emptied"),
    ).subquery()


def customer_said(
    words: str,
    *,
    conversation_id: ColumnElement[int],
    since_seq: ColumnElement[int],
    until: ColumnElement[datetime],
) -> ColumnElement[bool]:
    """Whether the customer of a conversation wrote ``words`` between a place in it and a time."""
    return (
        select(Message.id)
        .where(
            Message.conversation_id == conversation_id,
            Message.seq >= since_seq,
            Message.at <= until,
            Message.author_kind == AuthorKind.CUSTOMER,
            Message.text.icontains(words, autoescape=True),
        )
        .exists()
    )


def words_at(
    reader: Connection | Session, places: Collection[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """What the messages at some places say, by conversation and place; one query."""
    rows = reader.execute(
        select(Message.conversation_id, Message.seq, Message.text).where(
            tuple_(Message.conversation_id, Message.seq).in_(places)
        )
    )
    return {(row.conversation_id, row.seq): row.text for row in rows}
