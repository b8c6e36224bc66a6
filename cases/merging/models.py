"""Merged and split cases as stored: enough of what was before to put it back exactly."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Model, ref


class CaseMerge(Model):
    """One case taken into another. ``before`` and ``given`` hold states, ids and times only."""

    __tablename__ = "case_merges"
    __table_args__ = (
        Index(
            "uq_case_merges_loser_id",
            "loser_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_case_merges_winner_id", "winner_id"),
        CheckConstraint("winner_id <> loser_id", name="two"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
    )

    id: Mapped[Key]
    winner_id: Mapped[int] = mapped_column(ref("cases.id"))
    loser_id: Mapped[int] = mapped_column(ref("cases.id"))
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    #: How both stood: ``{"loser": {...}, "winner": {...}, "winner_version": n}``.
    before: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    #: What the winner has only since: ``{"orders": [...], "lines": [...], "watchers": [...]}``.
    given: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    by: Mapped[ActorRef]
    at: Mapped[datetime]
    undone_by: Mapped[str | None] = mapped_column(String(80), info=PLAIN)
    undone_at: Mapped[datetime | None]


class CaseSplit(Model):
    """Messages and lines of one case that became another.

    ``lines``: ``[order line, quantity, resolution]`` each; ``messages``: ``[message, the case it
    had been given to before or null]`` each.
    """

    __tablename__ = "case_splits"
    __table_args__ = (
        Index("ix_case_splits_case_id", "case_id"),
        CheckConstraint("case_id <> new_case_id", name="two"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    new_case_id: Mapped[int] = mapped_column(ref("cases.id"), unique=True)
    #: Where the new case is answered, which goes on belonging to the one it was split off from.
    conversation_id: Mapped[int | None] = mapped_column(ref("conversations.id"))
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    messages: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    lines: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    by: Mapped[ActorRef]
    at: Mapped[datetime]
    undone_by: Mapped[str | None] = mapped_column(String(80), info=PLAIN)
    undone_at: Mapped[datetime | None]


class CaseMessage(Model):
    """A message that belongs to another case than its conversation does."""

    __tablename__ = "case_messages"
    __table_args__ = (Index("ix_case_messages_case_id", "case_id"),)

    message_id: Mapped[int] = mapped_column(
        ref("messages.id"), primary_key=True, autoincrement=False
    )
    case_id: Mapped[int] = mapped_column(ref("cases.id"))


class NotSame(Model):
    """Two cases that somebody has looked at and found to be two; the smaller id is first."""

    __tablename__ = "case_not_same"
    __table_args__ = (CheckConstraint("one_id < other_id", name="order"),)

    one_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    by: Mapped[ActorRef]
    at: Mapped[datetime]
