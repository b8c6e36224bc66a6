"""Opening conversations, hearing and saying in them, and who answers.

Every change locks its conversation first, so two messages of one thread never overtake each
other and ``seq`` grows without gaps. A first message locks the channel identity as well.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.conversations import attachments
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.channels import MAIL, PULLED
from oms_service.conversations.events import (
    ConversationHandedOver,
    MessageQueued,
    MessageReceived,
    MessageTakenBack,
)
from oms_service.conversations.models import ChannelIdentity, Conversation, Message
from oms_service.conversations.states import AuthorKind, DeliveryState, Direction, Owner
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.db import stored
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import Forbidden, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

#: How far a message may be said to have got: never backwards.
_BEFORE: Final = {
    DeliveryState.DELIVERED: (DeliveryState.QUEUED, DeliveryState.SENT),
    DeliveryState.READ: (DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.DELIVERED),
}

#: Under this name a message says which matter it is about.
THREAD: Final = "thread"
#: Of mail that asks its reader something: where it can be answered, as a path of the shop's site.
ASKS: Final = "asks"
#: Under this name a message says that it is said elsewhere where it cannot leave soon.
OR_ELSE: Final = "or_else"
#: Under this name a session remembers which rows its transaction holds.
_HELD: Final = "held conversations"


class SomebodyElses(Forbidden):
    """The thread holds another customer's matters."""


def topic(conversation_id: int) -> str:
    """What open streams of a conversation listen to."""
    return f"conversation:{conversation_id}"


# Opening


def open_or_resume(
    uow: UnitOfWork, *, channel: str, key: str, language: Language
) -> ConversationView:
    """The open conversation of somebody on a channel, a new one if there is none.

    Two first messages at once make one conversation: the second waits for the identity's row.
    Where a conversation is open it is locked first, as by everybody who goes on to the identity.
    """
    conversation, identity, is_new = _opened(uow, channel, key, language)
    return replace(_view(conversation, identity), is_new=is_new)


def _opened(
    uow: UnitOfWork, channel: str, key: str, language: Language
) -> tuple[Conversation, ChannelIdentity, bool]:
    """The open conversation of somebody and themselves, and whether it was opened just now."""
    found = _open_of(uow, channel, key)
    if found is not None:
        return (*found, False)
    uow.session.execute(
        insert(ChannelIdentity)
        .values(channel=channel, key=key, created_at=uow.now)
        .on_conflict_do_nothing(index_elements=["channel", "key"])
    )
    identity = uow.session.scalars(
        select(ChannelIdentity)
        .where(ChannelIdentity.channel == channel, ChannelIdentity.key == key)
        .with_for_update()
    ).one()
    found = _open_of(uow, channel, key)
    if found is not None:
        return (*found, False)
    conversation = Conversation(
        public_id=ids.token(),
        identity_id=identity.id,
        channel=channel,
        customer_id=identity.customer_id,
        language=language,
        owner=Owner.BOT,
        dialogue={},
        message_count=0,
        opened_at=uow.now,
        last_message_at=uow.now,
    )
    uow.session.add(conversation)
    uow.session.flush()
    return conversation, identity, True


def sender(uow: UnitOfWork, *, channel: str, key: str) -> int:
    """The id of somebody on a channel, from the first time they are heard of."""
    uow.session.execute(
        insert(ChannelIdentity)
        .values(channel=channel, key=key, created_at=uow.now)
        .on_conflict_do_nothing(index_elements=["channel", "key"])
    )
    found = select(ChannelIdentity.id).where(
        ChannelIdentity.channel == channel, ChannelIdentity.key == key
    )
    return uow.session.scalars(found).one()


def belongs(uow: UnitOfWork, *, channel: str, key: str, customer_id: int) -> None:
    """Note whose a sender is, where something else than their words has shown it."""
    uow.session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.channel == channel, ChannelIdentity.key == key)
        .values(customer_id=customer_id, identified_at=uow.now, claimed_mail="")
        .execution_options(synchronize_session="fetch")
    )


def part(uow: UnitOfWork, *, channel: str, key: str) -> None:
    """Know somebody on a channel no longer: what they write next comes from a stranger."""
    found = _open_of(uow, channel, key)
    if found is not None:
        leave(uow, found[0].id)
        return
    uow.session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.channel == channel, ChannelIdentity.key == key)
        .values(customer_id=None, identified_at=None, claimed_mail="")
        .execution_options(synchronize_session="fetch")
    )


def lock(uow: UnitOfWork, conversation_id: int) -> ConversationView:
    """The conversation as it is now, and nobody else's until this transaction ends.

    Raises:
        NotFound: there is none.
    """
    conversation = _locked(uow, conversation_id)
    return _view(conversation, _identity(uow, conversation))


def close(uow: UnitOfWork, conversation_id: int) -> None:
    """End a thread: the next message of this identity begins a new one."""
    conversation = _locked(uow, conversation_id)
    conversation.closed_at = conversation.closed_at or uow.now
    uow.touch(topic(conversation_id))


def leave(uow: UnitOfWork, conversation_id: int) -> None:
    """The customer ends the thread, and what they had shown of themselves is over with it."""
    close(uow, conversation_id)
    identity = _identity(uow, _locked(uow, conversation_id))
    identity.customer_id = identity.identified_at = None
    identity.claimed_mail = ""


def is_open(uow: UnitOfWork, conversation_id: int) -> bool:
    """Whether what is said there still reaches somebody."""
    return _locked(uow, conversation_id).closed_at is None


# Hearing and saying


def receive(  # noqa: PLR0913 - by name, each a thing that a message has
    uow: UnitOfWork,
    conversation_id: int,
    *,
    key: str,
    text: str,
    subject: str = "",
    extra: Mapping[str, Any] | None = None,
    tells_people: bool = True,
    enclosed: Enclosed | None = None,
) -> MessageView | None:
    """Store what a customer sent; None when this key has been seen: a redelivery ends here.

    While people own the conversation, they are told by ``message.received``, unless whoever
    stores it tells them themselves or there is nothing to tell (``tells_people`` false).
    ``subject`` is of a mail. ``enclosed`` are files that the message brings along.

    Raises:
        Invalid: a file is unknown, or part of another message.
        TooManyFiles: there are more than the rules allow.
    """
    conversation = _locked(uow, conversation_id)
    customer_id = conversation.customer_id
    author = actors.Actor(actors.ActorKind.CUSTOMER, str(customer_id or ""))
    message = _add(
        uow,
        conversation,
        key=key,
        direction=Direction.IN,
        author_kind=AuthorKind.CUSTOMER,
        author=author.ref,
        text=text,
        subject=subject,
        extra=dict(extra or {}),
        enclosed=enclosed,
    )
    if message is None:
        return None
    if tells_people and conversation.owner is Owner.PEOPLE:
        uow.emit(MessageReceived(conversation_id=conversation.id, message_id=message.id))
    return _message_view(message)


def say(  # noqa: PLR0913 - by name, each a thing that a message has
    uow: UnitOfWork,
    conversation_id: int,
    *,
    author_kind: AuthorKind,
    text: str,
    key: str | None = None,
    subject: str = "",
    extra: Mapping[str, Any] | None = None,
    is_secret: bool = False,
    at: datetime | None = None,
    enclosed: Enclosed | None = None,
) -> MessageView:
    """Store a message to the customer, and queue it where the channel must be pushed.

    Args:
        uow: its actor is the author, unless the bot speaks.
        conversation_id: where.
        author_kind: who speaks: bot, agent or notice.
        text: as the customer will read it.
        key: saying twice under one key says it once and answers the first message.
        subject: for channels that have one.
        extra: what a channel can show beside the text: ``{"choices": [{value, label}]}``; of mail
            ``html``, the address ``unsubscribe`` that ends such mail, ``asks``, the path where it
            is to be answered, and ``thread``, which names the matter, such as ``case:12``, so that
            its letters are one thread to their reader.
        is_secret: empty the text once it has been sent.
        at: when it was said, for what is told of the past; now otherwise.
        enclosed: files that the message brings along.

    Raises:
        NotFound: no such conversation.
        Invalid: a file is unknown, or part of another message.
        TooManyFiles: there are more than the rules allow.
    """
    conversation = _locked(uow, conversation_id)
    key = key or f"own:{ids.event_id(uow.now)}"
    author = actors.BOT if author_kind is AuthorKind.BOT else uow.actor
    is_pulled = conversation.channel in PULLED
    message = _add(
        uow,
        conversation,
        key=key,
        direction=Direction.OUT,
        author_kind=author_kind,
        author=author.ref,
        text=text,
        extra=dict(extra or {}),
        subject=subject,
        is_secret=is_secret,
        state=DeliveryState.SENT if is_pulled else DeliveryState.QUEUED,
        at=at,
        enclosed=enclosed,
    )
    if message is None:
        said = uow.session.scalars(
            select(Message).where(Message.conversation_id == conversation_id, Message.key == key)
        ).one()
        return _message_view(said)
    if author_kind is AuthorKind.AGENT:
        # What the customer answers to a person is for people.
        conversation.owner = Owner.PEOPLE
    if not is_pulled:
        uow.emit(MessageQueued(conversation_id=conversation.id, message_id=message.id))
    return _message_view(message)


def say_by_mail(  # noqa: PLR0913 - as for say
    uow: UnitOfWork,
    *,
    to: str,
    customer_id: int | None,
    language: Language,
    subject: str,
    text: str,
    is_secret: bool = False,
    key: str | None = None,
    author_kind: AuthorKind = AuthorKind.NOTICE,
    extra: Mapping[str, Any] | None = None,
    enclosed: Enclosed | None = None,
) -> MessageView:
    """Write to a mail address, in the one thread there is with it."""
    return say(
        uow,
        thread_by_mail(uow, to=to, customer_id=customer_id, language=language),
        author_kind=author_kind,
        text=text,
        key=key,
        subject=subject,
        extra=extra,
        is_secret=is_secret,
        enclosed=enclosed,
    )


def thread_by_mail(uow: UnitOfWork, *, to: str, customer_id: int | None, language: Language) -> int:
    """The id of the one thread there is with a mail address; it is the customer's from now on."""
    conversation, identity, _is_new = _opened(uow, MAIL, mail_key(to), language)
    conversation.language = language
    if customer_id is not None:
        conversation.customer_id = identity.customer_id = customer_id
    return conversation.id


def about(uow: UnitOfWork, message_id: int, thread: str) -> None:
    """Note which matter a message is about, as ``extra["thread"]`` of those that answer it."""
    message = uow.session.get_one(Message, message_id)
    message.extra = {**message.extra, THREAD: thread}
    uow.session.flush()


def take_back(uow: UnitOfWork, conversation_id: int, key: str, *, text: str) -> bool:
    """A customer took a message back: its words and files go; ``text`` stands there instead.

    Whether there was such a message of theirs; one that is taken back twice is so once.
    """
    _locked(uow, conversation_id)
    message = uow.session.scalars(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.key == key,
            Message.direction == Direction.IN,
        )
    ).one_or_none()
    if message is None:
        return False
    if "taken_back" in message.extra:
        return True
    attachments.remove(uow, attachments.ids_of(uow, message.id), why="taken_back")
    message.subject, message.text, message.extra = "", text, {"taken_back": True}
    uow.emit(MessageTakenBack(conversation_id=conversation_id, message_id=message.id))
    uow.touch(topic(conversation_id))
    return True


def mark(uow: UnitOfWork, conversation_id: int, *, up_to: int, state: DeliveryState) -> int:
    """Note that messages to the customer were delivered or read, up to a place in the thread."""
    done = uow.session.execute(
        update(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.seq <= up_to,
            Message.direction == Direction.OUT,
            Message.state.in_(_BEFORE[state]),
        )
        .values(state=state)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


# Who it is, who answers, what the bot remembers


def identify(uow: UnitOfWork, conversation_id: int, customer_id: int) -> None:
    """Somebody has shown who they are; from now on the thread is theirs, and stays theirs.

    Raises:
        SomebodyElses: another customer has shown that it is theirs.
    """
    conversation = _locked(uow, conversation_id)
    if conversation.customer_id not in {None, customer_id}:
        raise SomebodyElses("one conversation belongs to one customer")
    _belongs_to(uow, conversation, customer_id)
    identity = _identity(uow, conversation)
    identity.identified_at, identity.claimed_mail = uow.now, ""


def rekey(uow: UnitOfWork, conversation_id: int, key: str) -> None:
    """From now on the thread opens by another key; the one before opens nothing."""
    _identity(uow, _locked(uow, conversation_id)).key = key


def claim(uow: UnitOfWork, conversation_id: int, mail: str) -> None:
    """Somebody says that a mail address is theirs and will prove it by a code."""
    _identity(uow, _locked(uow, conversation_id)).claimed_mail = mail_key(mail)


def claimed(uow: UnitOfWork, conversation_id: int) -> str:
    """The address that was claimed last and is not proven yet; empty when there is none."""
    return _identity(uow, _locked(uow, conversation_id)).claimed_mail


def hand_to_people(
    uow: UnitOfWork, conversation_id: int, *, reason: str = "", case_id: int | None = None
) -> None:
    """The bot falls silent; does nothing where people answer already."""
    conversation = _locked(uow, conversation_id)
    if conversation.owner is Owner.PEOPLE:
        return
    conversation.owner = Owner.PEOPLE
    uow.emit(
        ConversationHandedOver(conversation_id=conversation_id, reason=reason, case_id=case_id)
    )
    uow.touch(topic(conversation_id))


def hand_to_bot(uow: UnitOfWork, conversation_id: int) -> None:
    """People are done; the bot answers again."""
    _locked(uow, conversation_id).owner = Owner.BOT
    uow.touch(topic(conversation_id))


def remember(uow: UnitOfWork, conversation_id: int, dialogue: Mapping[str, Any]) -> None:
    """Keep the bot's memory of the thread."""
    _locked(uow, conversation_id).dialogue = dict(dialogue)


def set_language(uow: UnitOfWork, conversation_id: int, language: Language) -> None:
    _locked(uow, conversation_id).language = language


def _open_of(
    uow: UnitOfWork, channel: str, key: str
) -> tuple[Conversation, ChannelIdentity] | None:
    """The open conversation of an identity, locked, and the identity, which is not."""
    found = uow.session.execute(_OPEN, {"channel_is": channel, "key_is": key}).one_or_none()
    if found is None:
        return None
    conversation, identity = found
    _hold(uow.session, conversation)
    return conversation, identity


_OPEN: Final = (
    select(Conversation, ChannelIdentity)
    .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
    .where(
        ChannelIdentity.channel == bindparam("channel_is"),
        ChannelIdentity.key == bindparam("key_is"),
        Conversation.closed_at.is_(None),
    )
    .with_for_update(of=Conversation)
    .execution_options(populate_existing=True)
)


def _locked(uow: UnitOfWork, conversation_id: int) -> Conversation:
    """The row, held until the transaction ends; it is asked for once in each."""
    session = uow.session
    known = _held(session).get(conversation_id)
    if known is not None:
        return known
    session.flush()
    found = session.get(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("no such conversation")
    _hold(session, found)
    return found


def _hold(session: Session, conversation: Conversation) -> None:
    """Remember that a row is held for as long as the savepoint, or else the transaction, lasts.

    What a savepoint has locked is let go where it is undone, so nobody after it believes in it.
    """
    span = session.get_nested_transaction() or session.get_transaction()
    session.info[_HELD] = (span, {**_held(session), conversation.id: conversation})


def _held(session: Session) -> Mapping[int, Conversation]:
    """The conversations that are held since this savepoint, or else this transaction, began."""
    span, held = session.info.get(_HELD, (None, {}))
    now = session.get_nested_transaction() or session.get_transaction()
    return held if span is not None and span is now else {}


def _identity(uow: UnitOfWork, conversation: Conversation) -> ChannelIdentity:
    return uow.session.get_one(ChannelIdentity, conversation.identity_id)


def _belongs_to(uow: UnitOfWork, conversation: Conversation, customer_id: int) -> None:
    conversation.customer_id = customer_id
    _identity(uow, conversation).customer_id = customer_id


def _add(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    key: str,
    at: datetime | None = None,
    enclosed: Enclosed | None = None,
    **values: Any,
) -> Message | None:
    """Insert one message as the thread's next, or None when its key is there already."""
    at = at or uow.now
    if enclosed is not None and _is_said(uow, conversation.id, key):
        return None
    held = attachments.claim(uow, enclosed, conversation_id=conversation.id) if enclosed else ()
    if held:
        files = [attachments.told(one) for one in held]
        values["extra"] = {**values["extra"], "files": files}
    row: dict[str, Any] = {
        "conversation_id": conversation.id,
        "seq": conversation.message_count + 1,
        "key": key,
        "language": conversation.language,
        "subject": "",
        "is_secret": False,
        "state": None,
        "at": at,
        **values,
    }
    message_id = _ADDED.first(uow.session, **row)
    if message_id is None:
        return None
    message = stored(uow.session, Message(id=message_id, **row))
    attachments.send(
        uow,
        held,
        conversation_id=conversation.id,
        message_id=message.id,
        customer_id=conversation.customer_id,
    )
    conversation.message_count += 1
    conversation.last_message_at = at
    uow.touch(topic(conversation.id))
    return message


_ADDED: Final[Hot[int]] = Hot(
    insert(Message)
    .on_conflict_do_nothing(index_elements=["conversation_id", "key"])
    .returning(Message.id),
    value,
    columns=[one.key for one in Message.__table__.columns if one.key != "id"],
)


def _is_said(uow: UnitOfWork, conversation_id: int, key: str) -> bool:
    said = select(Message.id).where(Message.conversation_id == conversation_id, Message.key == key)
    return uow.session.scalar(said) is not None


def _view(conversation: Conversation, identity: ChannelIdentity) -> ConversationView:
    return ConversationView(
        id=conversation.id,
        public_id=conversation.public_id,
        channel=conversation.channel,
        identity_id=identity.id,
        customer_id=conversation.customer_id,
        identified_at=identity.identified_at,
        language=conversation.language,
        owner=conversation.owner,
        dialogue=conversation.dialogue,
        message_count=conversation.message_count,
        last_message_at=conversation.last_message_at,
    )


def _message_view(message: Message) -> MessageView:
    return MessageView(
        id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        key=message.key,
        direction=message.direction,
        author_kind=message.author_kind,
        author=message.author,
        language=message.language,
        subject=message.subject,
        text=message.text,
        extra=message.extra,
        at=message.at,
        state=message.state,
    )
