"""What agents write as stored: macros, answers on their way, drafts, reminders."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cases.writing.states import ReminderKind, ReminderState, ReplyState
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words


class Macro(Model):
    """An answer written beforehand, with what is done when it is sent.

    An empty list of reasons or queues fits all. Without an owner it is everybody's.
    ``actions``: ``[{"do": "priority", "value": "high"}, …]``, see ``writing.macros``.
    """

    __tablename__ = "case_macros"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    title: Mapped[Words] = mapped_column(info=PLAIN)
    body: Mapped[Words] = mapped_column(info=PLAIN)
    actions: Mapped[list[Any]] = mapped_column(JSONB, default=list, info=PLAIN)
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    queues: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    owner_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class MacroUse(Model):
    """A macro that was part of an answer sent in a case."""

    __tablename__ = "case_macro_uses"
    __table_args__ = (
        Index("ix_case_macro_uses_case_id", "case_id"),
        Index("ix_case_macro_uses_macro_id_at", "macro_id", "at"),
    )

    id: Mapped[Key]
    macro_id: Mapped[int] = mapped_column(ref("case_macros.id"))
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    actor: Mapped[ActorRef]
    at: Mapped[datetime]


class PendingReply(Model):
    """An answer that leaves in a moment, and until then can be undone.

    Once it has left its words stand in the conversation, and no more here.
    """

    __tablename__ = "case_pending_replies"
    __table_args__ = (
        Index(
            "ix_case_pending_replies_send_at",
            "send_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_case_pending_replies_case_id", "case_id"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("state = 'waiting' OR text = ''", name="text"),
        CheckConstraint("send_at >= pressed_at", name="send_at"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    author: Mapped[ActorRef]
    text: Mapped[str] = mapped_column(Text, info=PERSONAL)
    asks: Mapped[bool] = mapped_column(default=False)
    macro_id: Mapped[int | None] = mapped_column(ref("case_macros.id"))
    actions: Mapped[list[Any]] = mapped_column(JSONB, default=list, info=PLAIN)
    #: Files that go with it, as ``attachments.Enclosed`` names them and what was allowed then.
    enclosed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PLAIN)
    pressed_at: Mapped[datetime]
    send_at: Mapped[datetime]
    state: Mapped[ReplyState] = mapped_column(enum_column(ReplyState, "state"))
    settled_at: Mapped[datetime | None]
    #: Why it could not be sent; a code.
    why: Mapped[Code] = mapped_column(default="")


class Draft(Model):
    """What a colleague has typed in a case and not sent yet."""

    __tablename__ = "case_drafts"

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text, info=PERSONAL)
    updated_at: Mapped[datetime]


class Reminder(Model):
    """When a case comes back by itself, and what for; one at a time."""

    __tablename__ = "case_reminders"
    __table_args__ = (
        Index(
            "uq_case_reminders_waiting",
            "case_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_case_reminders_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("due_at > set_at", name="due_at"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    kind: Mapped[ReminderKind] = mapped_column(enum_column(ReminderKind, "kind"))
    actor: Mapped[ActorRef]
    set_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[ReminderState] = mapped_column(enum_column(ReminderState, "state"))
    settled_at: Mapped[datetime | None]
