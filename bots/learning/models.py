"""What the shop teaches the chat, and which messages it has not understood."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bots.learning.states import Handling, Outcome
from oms_service.infra.db import PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class ChatSeed(Model):
    """One thing people say, and what they mean by it. ``text`` is masked before it is kept."""

    __tablename__ = "chat_seeds"
    __table_args__ = (
        UniqueConstraint("language", "key"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("key <> ''", name="key"),
    )

    id: Mapped[Key]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    key: Mapped[str] = mapped_column(String(500), info=PLAIN)
    text: Mapped[str] = mapped_column(String(500), info=PLAIN)
    label: Mapped[Code]
    is_active: Mapped[bool]
    version: Mapped[int]
    changed_by: Mapped[ActorRef]
    changed_at: Mapped[datetime]


class MissedMessage(Model):
    """A message that was not understood. Its words stay where they are: with the message."""

    __tablename__ = "missed_messages"
    __table_args__ = (
        UniqueConstraint("message_id"),
        CheckConstraint("(handling = 'open') = (decided_at IS NULL)", name="decided_at"),
        Index("ix_missed_messages_conversation_id", "conversation_id"),
        Index("ix_missed_messages_open", "id", postgresql_where=text("handling = 'open'")),
    )

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ref("messages.id"))
    conversation_id: Mapped[int] = mapped_column(ref("conversations.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    chosen: Mapped[Code | None]
    """What the customer chose in the end, as a label of seeds."""
    handling: Mapped[Handling] = mapped_column(enum_column(Handling, "handling"))
    at: Mapped[datetime]
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]
