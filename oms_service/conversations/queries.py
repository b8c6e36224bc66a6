"""Reading conversations. Everything here is what customers may see of their own thread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from oms_service.conversations.channels import MAIL
from oms_service.conversations.models import ChannelIdentity, Conversation, DeliveryLog, Message
from oms_service.conversations.states import AuthorKind, DeliveryState, Direction
from oms_service.conversations.transports import CutOff
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.hot import Hot, among, named, one_of

#: As many messages as one answer may carry.
MOST = 200

_CONVERSATION = (
    Conversation.id,
    Conversation.public_id,
    Conversation.channel,
    Conversation.identity_id,
    Conversation.customer_id,
    ChannelIdentity.identified_at,
    Conversation.language,
    Conversation.owner,
    Conversation.dialogue,
    Conversation.message_count,
    Conversation.last_message_at,
)
_NAMES: Final = tuple(column.key for column in _CONVERSATION)
_MESSAGE = (
    Message.id,
    Message.conversation_id,
    Message.seq,
    Message.key,
    Message.direction,
    Message.author_kind,
    Message.author,
    Message.language,
    Message.subject,
    Message.text,
    Message.extra,
    Message.at,
    Message.state,
)
#: Whether a try that was written down leaves open if the message was taken.
_MAY_BE_SENT: Final = exists().where(
    DeliveryLog.message_id == Message.id,
    or_(DeliveryLog.is_perhaps_again, DeliveryLog.detail == CutOff.__name__),
)


@dataclass(frozen=True)
class ToSend:
    """A message as the sender needs it: its words, where to, and if it may be taken already."""

    message: MessageView
    conversation_public_id: str
    channel: str
    to: str
    may_be_sent: bool = False


@dataclass(frozen=True)
class Try:
    """What a transport answered once; ``is_perhaps_again`` where it may have been sent before."""

    state: DeliveryState
    detail: str
    at: datetime
    is_perhaps_again: bool = False


def open_of(reader: Connection | Session, channel: str, key: str) -> ConversationView | None:
    """The open conversation of somebody on a channel."""
    return _one(
        reader,
        ChannelIdentity.channel == channel,
        ChannelIdentity.key == key,
        Conversation.closed_at.is_(None),
    )


def with_message(
    reader: Connection | Session, channel: str, key: str, message_key: str
) -> ConversationView | None:
    """The conversation of somebody, open or over, in which they sent a message."""
    return _one(
        reader,
        ChannelIdentity.channel == channel,
        ChannelIdentity.key == key,
        Conversation.id.in_(
            select(Message.conversation_id).where(
                Message.conversation_id == Conversation.id,
                Message.key == message_key,
                Message.direction == Direction.IN,
            )
        ),
    )


def by_id(reader: Connection | Session, conversation_id: int) -> ConversationView | None:
    return _one(reader, Conversation.id == conversation_id)


def by_public_id(reader: Connection | Session, public_id: str) -> ConversationView | None:
    return _one(reader, Conversation.public_id == public_id)


def latest_of_customer(
    reader: Connection | Session, customer_id: int, *, channel: str, since: datetime
) -> ConversationView | None:
    """The open thread in which a customer said or was told something last, not before ``since``."""
    return _LATEST.first(reader, customer_id=customer_id, channel=channel, since=since)


def _thread(*columns: Any) -> ConversationView:
    return ConversationView(**dict(zip(_NAMES, columns, strict=True)))


_LATEST: Final = Hot(
    select(*_CONVERSATION)
    .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    .where(
        Conversation.customer_id == bindparam("customer_id"),
        Conversation.channel == bindparam("channel"),
        Conversation.closed_at.is_(None),
        Conversation.last_message_at >= bindparam("since"),
    )
    .order_by(Conversation.last_message_at.desc())
    .limit(1),
    _thread,
)


def others_of_customer(
    reader: Connection | Session, customer_id: int, *, but: int, since: datetime, limit: int = 5
) -> list[ConversationView]:
    """The open threads of a customer besides one, but those by mail; the newest words first."""
    rows = reader.execute(
        select(*_CONVERSATION)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(
            Conversation.customer_id == customer_id,
            Conversation.id != but,
            Conversation.channel != MAIL,
            Conversation.closed_at.is_(None),
            Conversation.last_message_at >= since,
        )
        .order_by(Conversation.last_message_at.desc())
        .limit(limit)
    )
    return [ConversationView(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public way to names


def of_customer(
    reader: Connection | Session, customer_id: int, *, limit: int = 20
) -> list[ConversationView]:
    """The threads of a customer on every channel, open and closed, the newest words first."""
    rows = reader.execute(
        select(*_CONVERSATION)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Conversation.customer_id == customer_id, Conversation.message_count > 0)
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(limit)
    )
    return [ConversationView(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public way to names


def since(
    reader: Connection | Session, conversation_id: int, after: int, *, limit: int = MOST
) -> list[MessageView]:
    """The messages after a place in the thread, oldest first."""
    return _messages(
        reader,
        select(*_MESSAGE)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(limit),
    )


def thread(
    reader: Connection | Session, conversation_id: int, *, limit: int = MOST
) -> list[MessageView]:
    """The last messages of a thread, oldest first."""
    latest = _messages(
        reader,
        select(*_MESSAGE)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.seq.desc())
        .limit(limit),
    )
    return latest[::-1]


def said_in(
    reader: Connection | Session, conversation_ids: Collection[int], *, limit: int = MOST
) -> list[MessageView]:
    """The last messages of several threads together, oldest first; one query."""
    latest = _messages(
        reader,
        select(*_MESSAGE)
        .where(Message.conversation_id.in_(conversation_ids))
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(limit),
    )
    return latest[::-1]


def by_key(reader: Connection | Session, conversation_id: int, key: str) -> MessageView | None:
    """The message its sender named so."""
    found = _messages(
        reader,
        select(*_MESSAGE).where(Message.conversation_id == conversation_id, Message.key == key),
    )
    return found[0] if found else None


def text_of(reader: Connection | Session, message_id: int) -> str:
    """What one message says; empty where it is gone."""
    return reader.execute(select(Message.text).where(Message.id == message_id)).scalar() or ""


def texts_of(reader: Connection | Session, message_ids: Collection[int]) -> dict[int, str]:
    """What several messages say, by id; one query."""
    rows = reader.execute(select(Message.id, Message.text).where(Message.id.in_(message_ids)))
    return {row.id: row.text for row in rows}


def last_words(reader: Connection | Session, conversation_ids: Collection[int]) -> dict[int, str]:
    """What the customer said last, by conversation; one query."""
    rows = reader.execute(
        select(Message.conversation_id, Message.text)
        .ext(distinct_on(Message.conversation_id))
        .where(Message.conversation_id.in_(conversation_ids), Message.direction == Direction.IN)
        .order_by(Message.conversation_id, Message.seq.desc())
    )
    return {row.conversation_id: row.text for row in rows}


@dataclass(frozen=True)
class Said:
    """One message as far as it is searched: when, by whom, what."""

    at: datetime
    direction: Direction
    text: str


def said(
    reader: Connection | Session, conversation_ids: Collection[int], *, most: int
) -> dict[int, list[Said]]:
    """The newest words of customers and colleagues by thread, newest first; one query.

    What programs said is left out, and what was secret.
    """
    found: dict[int, list[Said]] = {}
    for row in _SAID.all(reader, conversation_ids=list(conversation_ids), most=most):
        found.setdefault(row.conversation_id, []).append(Said(row.at, row.direction, row.text))
    return found


def _newest_said() -> Select[*tuple[Any, ...]]:
    newest = (
        select(
            Message.conversation_id,
            Message.seq,
            Message.at,
            Message.direction,
            Message.text,
            func.row_number()
            .over(partition_by=Message.conversation_id, order_by=Message.seq.desc())
            .label("nth"),
        )
        .where(
            Message.conversation_id == among("conversation_ids"),
            one_of(Message.author_kind, (AuthorKind.CUSTOMER, AuthorKind.AGENT)),
            Message.is_secret.is_(False),
        )
        .subquery()
    )
    return (
        select(newest.c.conversation_id, newest.c.at, newest.c.direction, newest.c.text)
        .where(newest.c.nth <= bindparam("most", type_=Integer))
        .order_by(newest.c.conversation_id, newest.c.seq.desc())
    )


_SAID: Final = named(_newest_said())


def last_heard(reader: Connection | Session, conversation_ids: Collection[int]) -> int | None:
    """In which of some conversations the customer wrote last; None where they never did."""
    return reader.execute(
        select(Message.conversation_id)
        .where(Message.conversation_id.in_(conversation_ids), Message.direction == Direction.IN)
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    ).scalar()


def threads_of(reader: Connection | Session, message_ids: Collection[int]) -> frozenset[int]:
    """The conversations in which some messages stand; one query."""
    rows = reader.execute(select(Message.conversation_id).where(Message.id.in_(message_ids)))
    return frozenset(row.conversation_id for row in rows)


def to_send(reader: Connection | Session, message_id: int) -> ToSend | None:
    """A queued message with its address; None when it has been sent."""
    return _TO_SEND.first(reader, message_id=message_id)


def _to_send(*columns: Any) -> ToSend:
    *said, public_id, channel, address, may_be_sent = columns
    return ToSend(_said_as(said), public_id, channel, address, may_be_sent)


def _said_as(columns: Sequence[object]) -> MessageView:
    return MessageView(**dict(zip(_FIELDS, columns, strict=True)))  # type: ignore[arg-type]  # the columns are the fields


_FIELDS: Final = [column.key for column in _MESSAGE]
_TO_SEND: Final = Hot(
    select(
        *_MESSAGE,
        Conversation.public_id.label("public_id"),
        Conversation.channel.label("channel"),
        ChannelIdentity.key.label("address"),
        _MAY_BE_SENT.label("may_be_sent"),
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    .where(Message.id == bindparam("message_id"), Message.state == DeliveryState.QUEUED),
    _to_send,
)


def perhaps_again(reader: Connection | Session) -> int:
    """How many messages may have been sent twice, of those that are kept."""
    found = select(func.count(DeliveryLog.message_id.distinct())).where(
        DeliveryLog.is_perhaps_again.is_(True)
    )
    return int(reader.execute(found).scalar_one())


def waiting_in(
    reader: Connection | Session, conversation_id: int, *, limit: int = MOST
) -> list[ToSend]:
    """The messages of a thread that wait to be sent, oldest first, each with its address."""
    rows = reader.execute(
        select(
            *_MESSAGE,
            Conversation.public_id.label("public_id"),
            Conversation.channel.label("channel"),
            ChannelIdentity.key.label("address"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(
            Message.conversation_id == conversation_id,
            Message.state == DeliveryState.QUEUED,
        )
        .order_by(Message.seq)
        .limit(limit)
    )
    return [ToSend(_message(row), row.public_id, row.channel, row.address) for row in rows]


def stuck(
    reader: Connection | Session, channel: str, *, before: datetime, limit: int
) -> list[tuple[int, int]]:
    """Threads of a channel in which something waits since then, each with its oldest message."""
    rows = reader.execute(
        select(Message.conversation_id, func.min(Message.id).label("oldest"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.state == DeliveryState.QUEUED,
            Message.at < before,
            Conversation.channel == channel,
        )
        .group_by(Message.conversation_id)
        .order_by(func.min(Message.id))
        .limit(limit)
    )
    return [(row.conversation_id, row.oldest) for row in rows]


def last_tries(reader: Connection | Session, message_ids: Collection[int]) -> dict[int, Try]:
    """What a transport answered last, by message; one query."""
    rows = reader.execute(
        select(DeliveryLog.message_id, DeliveryLog.state, DeliveryLog.detail, DeliveryLog.at)
        .ext(distinct_on(DeliveryLog.message_id))
        .where(DeliveryLog.message_id.in_(message_ids))
        .order_by(DeliveryLog.message_id, DeliveryLog.id.desc())
    )
    return {row.message_id: Try(row.state, row.detail, row.at) for row in rows}


def before_in_thread(
    reader: Connection | Session, message: MessageView, thread: str, *, limit: int = 10
) -> tuple[int | str, ...]:
    """The last messages of the same matter before one, oldest first.

    Ours by their ids, those that came by mail by what their sender's program calls them.
    """
    rows = _BEFORE.all(
        reader,
        conversation_id=message.conversation_id,
        seq_is=message.seq,
        thread=thread,
        most=limit,
    )
    return tuple(
        row.id if row.direction is Direction.OUT else row.mail_id
        for row in reversed(rows)
        if row.direction is Direction.OUT or row.mail_id
    )


_BEFORE: Final = named(
    select(Message.id, Message.direction, Message.extra["mail"]["id"].astext.label("mail_id"))
    .where(
        Message.conversation_id == bindparam("conversation_id"),
        Message.seq < bindparam("seq_is"),
        Message.extra["thread"].astext == bindparam("thread", type_=String),
    )
    .order_by(Message.seq.desc())
    .limit(bindparam("most", type_=Integer))
)


def last_subject(reader: Connection | Session, conversation_id: int, thread: str) -> str:
    """What a customer wrote above their last mail of a matter; empty where there was nothing."""
    return (
        reader.execute(
            select(Message.subject)
            .where(
                Message.conversation_id == conversation_id,
                Message.direction == Direction.IN,
                Message.subject != "",
                Message.extra["thread"].astext == thread,
            )
            .order_by(Message.seq.desc())
            .limit(1)
        ).scalar()
        or ""
    )


def key_of(reader: Connection | Session, identity_id: int) -> str | None:
    """By what a sender is known on their channel."""
    return reader.execute(
        select(ChannelIdentity.key).where(ChannelIdentity.id == identity_id)
    ).scalar()


def sender_of(reader: Connection | Session, channel: str, key: str) -> int | None:
    """The id of a sender by what they are known by on a channel."""
    return reader.execute(
        select(ChannelIdentity.id).where(
            ChannelIdentity.channel == channel, ChannelIdentity.key == key
        )
    ).scalar()


def tries(reader: Connection | Session, message_id: int) -> list[Try]:
    """The delivery log of a message, oldest first."""
    rows = reader.execute(
        select(DeliveryLog.state, DeliveryLog.detail, DeliveryLog.at, DeliveryLog.is_perhaps_again)
        .where(DeliveryLog.message_id == message_id)
        .order_by(DeliveryLog.id)
    )
    return [Try(*row) for row in rows]


def _one(reader: Connection | Session, *conditions: ColumnElement[bool]) -> ConversationView | None:
    row = reader.execute(
        select(*_CONVERSATION)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(*conditions)
        .order_by(Conversation.last_message_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else ConversationView(**row._mapping)  # noqa: SLF001 - a row's public way to names


def _messages(
    reader: Connection | Session, query: Select[*tuple[object, ...]]
) -> list[MessageView]:
    return [_message(row) for row in reader.execute(query)]


def _message(row: Row[*tuple[object, ...]]) -> MessageView:
    return _said_as(row[: len(_MESSAGE)])
