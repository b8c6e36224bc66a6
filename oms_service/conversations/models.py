"""Everything said to and by customers. Nothing internal is ever stored here."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.conversations.states import (
    AttachmentState,
    AuthorKind,
    DeliveryState,
    Direction,
    MailOutcome,
    MailTrust,
    MediaType,
    Owner,
)
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class ChannelIdentity(Model):
    """Somebody on one channel: a browser's chat, a LINE user, a mail address.

    ``customer_id`` is set once they have shown who they are.
    """

    __tablename__ = "channel_identities"
    __table_args__ = (
        Index("uq_channel_identities_channel_key", "channel", "key", unique=True),
        Index("ix_channel_identities_customer_id", "customer_id"),
        CheckConstraint(
            "(unreachable_at IS NULL) = (unreachable_why = '')", name="unreachable_why"
        ),
    )

    id: Mapped[Key]
    channel: Mapped[Code]
    #: A digest of the chat's token, a LINE user id, a comparable mail address.
    key: Mapped[str] = mapped_column(String(320), info=PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    identified_at: Mapped[datetime | None]
    #: The mail address a one-time code was asked for, until it is proven. Personal.
    claimed_mail: Mapped[str] = mapped_column(String(320), default="", info=PERSONAL)
    #: Since when nothing arrives there any more, and by which sign: the status of a report.
    unreachable_at: Mapped[datetime | None]
    unreachable_why: Mapped[Code] = mapped_column(default="", server_default=text("''"))
    created_at: Mapped[datetime]


class Conversation(Model):
    """One thread with one channel identity. ``dialogue`` is the bot's own memory of it."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_identity_id", "identity_id"),
        Index(
            "uq_conversations_open",
            "identity_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_conversations_customer_id", "customer_id"),
        Index(
            "ix_conversations_kept",
            "last_message_at",
            postgresql_where=text("emptied_at IS NULL OR emptied_at < last_message_at"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    identity_id: Mapped[int] = mapped_column(ref("channel_identities.id"))
    channel: Mapped[Code]
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    owner: Mapped[Owner] = mapped_column(enum_column(Owner, "owner"))
    dialogue: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    #: How many messages there are; counted under the row's lock, so that ``seq`` has no gaps.
    message_count: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    #: When its words went, because somebody was erased or nobody needed them any more.
    emptied_at: Mapped[datetime | None]


class Message(Model):
    """One message. ``key`` is its id at its source: the same message twice is stored once.

    ``text`` and ``extra`` are personal data and are emptied by erasure.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("uq_messages_conversation_id_key", "conversation_id", "key", unique=True),
        Index("uq_messages_conversation_id_seq", "conversation_id", "seq", unique=True),
        Index("ix_messages_queued", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_messages_out", "at", "id", postgresql_where=text("direction = 'out'")),
        Index("ix_messages_failed", "at", "id", postgresql_where=text("state = 'failed'")),
        Index(
            "ix_messages_arrived",
            "state",
            "at",
            "id",
            postgresql_where=text("state IN ('delivered', 'read')"),
        ),
        Index("ix_messages_of_agents", "at", "id", postgresql_where=text("author_kind = 'agent'")),
        Index("ix_messages_codes", "at", "id", postgresql_where=text("is_secret IS TRUE")),
    )

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ref("conversations.id"))
    #: Its place in the conversation, from 1: what readers say they have seen up to.
    seq: Mapped[int]
    key: Mapped[str] = mapped_column(String(160), info=PLAIN)
    direction: Mapped[Direction] = mapped_column(enum_column(Direction, "direction"))
    author_kind: Mapped[AuthorKind] = mapped_column(enum_column(AuthorKind, "author_kind"))
    author: Mapped[ActorRef]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    subject: Mapped[str] = mapped_column(String(200), default="", info=PERSONAL)
    text: Mapped[str] = mapped_column(Text, info=PERSONAL)
    #: Buttons, links and what else a channel can show beside the text.
    extra: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    #: True for one-time codes and the like: the text is emptied once it has been sent.
    is_secret: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    state: Mapped[DeliveryState | None] = mapped_column(enum_column(DeliveryState, "state"))


class DeliveryLog(Model):
    """What a transport answered, try by try."""

    __tablename__ = "delivery_log"
    __table_args__ = (
        Index("ix_delivery_log_message_id", "message_id"),
        Index(
            "ix_delivery_log_sms",
            "detail",
            postgresql_where=text("left(detail, 9) = 'sms.sent '"),
        ),
        Index(
            "ix_delivery_log_perhaps_again",
            "message_id",
            postgresql_where=text("is_perhaps_again IS TRUE"),
        ),
    )

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ref("messages.id"))
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    detail: Mapped[str] = mapped_column(String(200), default="", info=PERSONAL)
    #: A try before this one ended without a word: the message may have been taken then.
    is_perhaps_again: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    at: Mapped[datetime]


class Attachment(Model):
    """A file of a message, of an order or of colleagues; its content stands in the store of files.

    ``scope`` is who may send it, such as ``conversation:12``; ``key`` names it there, so that an
    upload that is tried again is one file.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index("uq_attachments_scope_key", "scope", "key", unique=True),
        Index("ix_attachments_message_id", "message_id"),
        Index("ix_attachments_conversation_id", "conversation_id"),
        Index("ix_attachments_order_id", "order_id"),
        Index("ix_attachments_customer_id", "customer_id"),
        Index(
            "ix_attachments_unsent",
            "uploaded_at",
            postgresql_where=text("state IN ('receiving', 'uploaded')"),
        ),
        CheckConstraint("size_bytes > 0 AND width >= 0 AND height >= 0", name="size_bytes"),
        CheckConstraint("state <> 'ready' OR sent_at IS NOT NULL", name="sent_at"),
        CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name="removed_at"),
        CheckConstraint("state = 'removed' OR store_key IS NOT NULL", name="store_key"),
        CheckConstraint("store_key IS NOT NULL OR preview_key IS NULL", name="preview_key"),
        CheckConstraint("message_id IS NULL OR conversation_id IS NOT NULL", name="message_id"),
        CheckConstraint("NOT is_internal OR message_id IS NULL", name="is_internal"),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    scope: Mapped[str] = mapped_column(String(80), info=PLAIN)
    key: Mapped[str] = mapped_column(String(160), info=PLAIN)
    state: Mapped[AttachmentState] = mapped_column(enum_column(AttachmentState, "state"))
    name: Mapped[str] = mapped_column(String(120), info=PERSONAL)
    media_type: Mapped[MediaType] = mapped_column(enum_column(MediaType, "media_type"))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    #: Pixels; 0 of what is no picture.
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), info=PERSONAL)
    #: Where the content and its preview are kept; empty once they are deleted.
    store_key: Mapped[str | None] = mapped_column(String(40), info=PLAIN)
    preview_key: Mapped[str | None] = mapped_column(String(40), info=PLAIN)
    #: True of what only colleagues may see.
    is_internal: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    conversation_id: Mapped[int | None] = mapped_column(ref("conversations.id"))
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    #: The order of which it shows something.
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"))
    uploaded_by: Mapped[ActorRef]
    uploaded_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class MailIn(Model):
    """A mail that came in and what became of it; ``mail_key`` makes it one however often it comes.

    The mail itself is in ``inbound_bodies`` for as long as such bodies are kept.
    """

    __tablename__ = "mails_in"
    __table_args__ = (
        Index("uq_mails_in_mail_key", "mail_key", unique=True),
        Index("ix_mails_in_inbound_id", "inbound_id"),
        Index("ix_mails_in_identity_id_at", "identity_id", "at"),
        Index("ix_mails_in_message_id", "message_id"),
        Index("ix_mails_in_held", "id", postgresql_where=text("outcome = 'held'")),
        CheckConstraint("(outcome = 'filed') = (message_id IS NOT NULL)", name="message_id"),
        CheckConstraint("(outcome = 'filed') = (trust IS NOT NULL)", name="is_filed"),
        CheckConstraint("outcome <> 'reported' OR about_id IS NOT NULL", name="about_id"),
    )

    id: Mapped[Key]
    #: A digest of its id, or of its bytes where it has none.
    mail_key: Mapped[str] = mapped_column(String(64), info=PLAIN)
    inbound_id: Mapped[int] = mapped_column(ref("inbound_bodies.id"))
    #: Who wrote, where somebody did.
    identity_id: Mapped[int | None] = mapped_column(ref("channel_identities.id"))
    outcome: Mapped[MailOutcome] = mapped_column(enum_column(MailOutcome, "outcome"))
    #: A code; empty where the outcome says it all.
    why: Mapped[Code] = mapped_column(default="")
    trust: Mapped[MailTrust | None] = mapped_column(enum_column(MailTrust, "trust_value"))
    #: The message it has become.
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    #: The message of ours that it answers or reports on.
    about_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    at: Mapped[datetime]


class MailBox(Model):
    """A mailbox that is read: up to which mail, and how it went last."""

    __tablename__ = "mail_boxes"
    __table_args__ = (
        Index("uq_mail_boxes_box_key", "box_key", unique=True),
        CheckConstraint("last_uid >= 0", name="last_uid"),
        CheckConstraint("(failed_at IS NULL) = (why = '')", name="why"),
    )

    id: Mapped[Key]
    #: A digest of server, user and folder.
    box_key: Mapped[str] = mapped_column(String(64), info=PLAIN)
    #: The server numbers its mail anew when this changes.
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    looked_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]
    why: Mapped[Code] = mapped_column(default="")
