"""What the shop teaches the chat, and which messages it has not understood."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bots.learning.states import Handling, Outcome, VersionState
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


class RecogniserVersion(Model):
    """Weights trained with the shop's own utterances too; a version is known by its ``id``.

    Without an active one those that come with the product are used. ``right`` of ``measured``
    utterances were understood by cross-validation, ``right_before`` without what the shop taught.
    ``digest`` is of ``weights``, which go from versions that nobody goes back to. Whoever trains
    holds the row by ``runner`` and says that it is alive by ``told_at``.
    """

    __tablename__ = "recogniser_versions"
    __table_args__ = (
        Index(
            "uq_recogniser_versions_active",
            "is_active",
            unique=True,
            postgresql_where=text("is_active"),
        ),
        Index(
            "uq_recogniser_versions_training",
            "state",
            unique=True,
            postgresql_where=text("state = 'training'"),
        ),
        CheckConstraint("(state = 'training') = (finished_at IS NULL)", name="finished_at"),
        CheckConstraint("(weights IS NULL) = (digest IS NULL)", name="digest"),
        CheckConstraint("NOT is_active OR (state = 'kept' AND digest IS NOT NULL)", name="active"),
        CheckConstraint("done BETWEEN 0 AND 100", name="done"),
        CheckConstraint(
            'right_before <= measured AND measured >= "right" AND "right" >= 0'
            " AND right_before >= 0",
            name="measured",
        ),
    )

    id: Mapped[Key]
    state: Mapped[VersionState] = mapped_column(enum_column(VersionState, "state"))
    is_active: Mapped[bool]
    #: How far it is, in hundredths.
    done: Mapped[int]
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    runner: Mapped[Code | None]
    told_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    activated_by: Mapped[ActorRef | None]
    activated_at: Mapped[datetime | None]
    #: How many utterances it was trained with, and how many of them are the shop's.
    utterances: Mapped[int | None]
    own: Mapped[int | None]
    measured: Mapped[int | None]
    right: Mapped[int | None]
    right_before: Mapped[int | None]
    #: Of the product's utterances that it was trained with.
    product_digest: Mapped[str | None] = mapped_column(String(64), info=PLAIN)
    digest: Mapped[str | None] = mapped_column(String(64), info=PLAIN)
    weights: Mapped[bytes | None] = mapped_column(LargeBinary, info=PLAIN)
