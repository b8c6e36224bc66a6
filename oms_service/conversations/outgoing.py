"""Everything the shop said to the outside, newest first, and how far each message got."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, select, tuple_
from sqlalchemy.orm import Session

from oms_service.conversations.channels import MAIL
from oms_service.conversations.events import MessageQueued
from oms_service.conversations.models import ChannelIdentity, Conversation, DeliveryLog, Message
from oms_service.conversations.queries import Try
from oms_service.conversations.service import THREAD
from oms_service.conversations.states import AuthorKind, Direction
from oms_service.conversations.states import DeliveryState as State
from oms_service.infra.outbox import DeliveryState, EffectRow, OutboxRow
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: Signs of a message that a list shows.
_EXCERPT: Final = 160


class Kind(StrEnum):
    """Who spoke: a rule of the shop, a colleague, the chat, or the house with a code."""

    NOTICE = "notice"
    AGENT = "agent"
    BOT = "bot"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which messages; what is empty narrows nothing, an empty ``message_ids`` leaves none.

    ``address`` is a comparable mail address.
    ``of_orders_alone`` leaves out what was said in cases, by colleagues and in chats.
    ``is_perhaps_again`` leaves only what may have been sent twice.
    """

    channel: str = ""
    states: Collection[State] = ()
    kind: Kind | None = None
    since: datetime | None = None
    until: datetime | None = None
    address: str = ""
    customer_ids: Collection[int] | None = None
    message_ids: Collection[int] | None = None
    of_orders_alone: bool = False
    is_perhaps_again: bool = False


@dataclass(frozen=True, kw_only=True)
class SentView:
    """One message to the outside. ``text`` is empty of codes, and once it is forgotten.

    ``to`` is how its channel knows the recipient: personal, and a digest in chats.
    ``is_parked`` while it waits for somebody: every try has failed. ``next_at`` is the next try.
    """

    id: int
    conversation_id: int
    channel: str
    to: str
    customer_id: int | None
    kind: Kind
    author: str
    language: Language
    subject: str
    text: str
    at: datetime
    state: State
    thread: str
    is_secret: bool
    is_emptied: bool
    is_unreachable: bool
    is_parked: bool = False
    next_at: datetime | None = None


def page(reader: Reader, wanted: Wanted, *, cursor: str = "", limit: int = 40) -> Page[SentView]:
    """The newest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(*_columns(func.left(Message.text, _EXCERPT)))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(*_narrowed(wanted))
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        said, last_id = pages.read(cursor, str, int)
        query = query.where(tuple_(Message.at, Message.id) < (_moment(str(said)), last_id))
    rows = reader.execute(query).all()
    waiting = _effects(reader, [row for row in rows if row.state is State.QUEUED])
    return pages.cut(
        rows,
        limit,
        shown=lambda row: _view(row, waiting.get(row.id)),
        key=lambda row: [row.at.isoformat(), row.id],
    )


def one(reader: Reader, message_id: int, *, wanted: Wanted | None = None) -> SentView:
    """One message whole.

    Raises:
        NotFound: there is none, or not among those ``wanted``.
    """
    row = reader.execute(
        select(*_columns(Message.text))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Message.id == message_id, *_narrowed(wanted or Wanted()))
    ).one_or_none()
    if row is None:
        raise NotFound("no such message")
    return _view(row, _effects(reader, [row]).get(row.id) if row.state is State.QUEUED else None)


def several(
    reader: Reader, message_ids: Collection[int], *, wanted: Wanted
) -> tuple[SentView, ...]:
    """Some messages as a list shows them, newest first; those not among ``wanted`` are left out."""
    these = replace(wanted, message_ids=message_ids)
    return page(reader, these, limit=len(message_ids)).items if message_ids else ()


def tries(reader: Reader, message_ids: Collection[int]) -> dict[int, list[Try]]:
    """What transports answered, try by try and by message; one query."""
    found: dict[int, list[Try]] = {one: [] for one in message_ids}
    if found:
        rows = reader.execute(
            select(
                DeliveryLog.message_id,
                DeliveryLog.state,
                DeliveryLog.detail,
                DeliveryLog.at,
                DeliveryLog.is_perhaps_again,
            )
            .where(DeliveryLog.message_id.in_(found))
            .order_by(DeliveryLog.id)
        )
        for row in rows:
            found[row.message_id].append(Try(row.state, row.detail, row.at, row.is_perhaps_again))
    return found


def _columns(text: ColumnElement[str] | Any) -> tuple[Any, ...]:
    return (
        Message.id,
        Message.conversation_id,
        Conversation.channel,
        ChannelIdentity.key.label("to"),
        Conversation.customer_id,
        Message.author_kind,
        Message.author,
        Message.language,
        Message.subject,
        text.label("text"),
        Message.at,
        Message.state,
        Message.is_secret,
        Message.extra[THREAD].astext.label("thread"),
        ChannelIdentity.unreachable_at,
    )


def _view(row: Any, effect: Any) -> SentView:
    kind = Kind.CODE if row.is_secret else Kind(row.author_kind)
    return SentView(
        id=row.id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        to=row.to,
        customer_id=row.customer_id,
        kind=kind,
        author=row.author,
        language=row.language,
        subject="" if row.is_secret else row.subject,
        text="" if row.is_secret else row.text,
        at=row.at,
        state=row.state,
        thread=row.thread or "",
        is_secret=row.is_secret,
        is_emptied=not row.subject and not row.text,
        is_unreachable=row.unreachable_at is not None,
        is_parked=effect is not None and effect.state is DeliveryState.PARKED,
        next_at=effect.next_at if effect and effect.state is DeliveryState.WAITING else None,
    )


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = (
        Message.direction == Direction.OUT,
        Conversation.channel == wanted.channel if wanted.channel else None,
        Message.state.in_(wanted.states) if wanted.states else None,
        _of_kind(wanted.kind) if wanted.kind else None,
        Message.at >= wanted.since if wanted.since else None,
        Message.at < wanted.until if wanted.until else None,
        _of_people(wanted),
        Message.id.in_(wanted.message_ids) if wanted.message_ids is not None else None,
        _OF_ORDERS if wanted.of_orders_alone else None,
        Message.id.in_(_PERHAPS_AGAIN) if wanted.is_perhaps_again else None,
    )
    return [one for one in found if one is not None]


def _of_kind(kind: Kind) -> ColumnElement[bool]:
    if kind is Kind.CODE:
        return Message.is_secret.is_(True)
    return and_(Message.author_kind == AuthorKind(kind), Message.is_secret.is_(False))


def _of_people(wanted: Wanted) -> ColumnElement[bool] | None:
    theirs = Conversation.customer_id.in_(wanted.customer_ids or ())
    if not wanted.address:
        return theirs if wanted.customer_ids is not None else None
    # One set of conversations: with an OR over two tables every one of them would be read.
    at_address = (
        select(Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.channel == MAIL, ChannelIdentity.key == wanted.address)
    )
    return Message.conversation_id.in_(at_address.union(select(Conversation.id).where(theirs)))


_PERHAPS_AGAIN: Final = select(DeliveryLog.message_id).where(DeliveryLog.is_perhaps_again.is_(True))
_OF_ORDERS: Final = and_(
    Message.author_kind == AuthorKind.NOTICE,
    Conversation.customer_id.is_not(None),
    func.coalesce(Message.extra[THREAD].astext, "").startswith("order:"),
)


def _effects(reader: Reader, waiting: list[Any]) -> dict[int, Any]:
    """How the sending of messages that wait stands, by message; one query."""
    if not waiting:
        return {}
    of = OutboxRow.payload["message_id"].astext.cast(BigInteger)
    rows = reader.execute(
        select(of.label("message_id"), EffectRow.state, EffectRow.next_at)
        .join(EffectRow, EffectRow.outbox_id == OutboxRow.id)
        .where(
            OutboxRow.aggregate.in_({f"conversation:{row.conversation_id}" for row in waiting}),
            OutboxRow.name == MessageQueued.name,
            of.in_([row.id for row in waiting]),
        )
        .order_by(OutboxRow.id)
    )
    return {row.message_id: row for row in rows}


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return at
