"""Talks with the bot, what was wished in them, and their turns: codes, counts and times, no words.

What was said stays where it is, with the messages. Talks and wishes are what figures are counted
from and stay; turns are there for looking at, and go after a while.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bots.talks.states import TurnOutcome, Why
from oms_service.infra.db import PLAIN, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class Talk(Model):
    """One visit to the bot: turns of one conversation without hours of silence between them.

    ``is_answered``: some wish got what it asked for. ``is_open``: something asked for last has
    not. ``why``: a person has to do with it.
    """

    __tablename__ = "talks"
    __table_args__ = (
        Index("ix_talks_conversation_id_id", "conversation_id", "id"),
        Index("ix_talks_began_at_id", "began_at", "id"),
        CheckConstraint("last_at >= began_at", name="last_at"),
        CheckConstraint("first_seq > 0 AND turns >= 0", name="counted"),
    )

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ref("conversations.id"))
    channel: Mapped[Code]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    began_at: Mapped[datetime]
    last_at: Mapped[datetime]
    #: The place of its first message in the conversation.
    first_seq: Mapped[int]
    turns: Mapped[int]
    is_answered: Mapped[bool]
    is_open: Mapped[bool]
    why: Mapped[Why | None] = mapped_column(enum_column(Why, "why"))


class TalkWish(Model):
    """One thing wished for in a talk; ``wish`` is an intent, or ``none`` of turns about nothing.

    ``shown``, ``confirmed`` and ``dropped`` count proposals.
    """

    __tablename__ = "talk_wishes"
    __table_args__ = (
        CheckConstraint(
            "turns >= 0 AND missed >= 0 AND clarified >= 0 AND shown >= 0 AND confirmed >= 0"
            " AND dropped >= 0",
            name="counted",
        ),
    )

    talk_id: Mapped[int] = mapped_column(ref("talks.id"), primary_key=True)
    wish: Mapped[Code] = mapped_column(primary_key=True)
    turns: Mapped[int]
    missed: Mapped[int]
    clarified: Mapped[int]
    shown: Mapped[int]
    confirmed: Mapped[int]
    dropped: Mapped[int]
    is_answered: Mapped[bool]
    is_handed_over: Mapped[bool]


class TalkTurn(Model):
    """One message of a customer: what was heard in it and what was done, as codes.

    ``likely`` is how likely the intent was, ``ranked`` holds pairs of intent and likelihood,
    ``slots`` the names of what was named, ``calls`` pairs of skill and outcome, ``says`` the keys
    of what was answered, ``marks`` what else had a part in it.
    """

    __tablename__ = "talk_turns"
    __table_args__ = (
        Index("ix_talk_turns_talk_id", "talk_id"),
        Index("ix_talk_turns_at", "at"),
        CheckConstraint("likely BETWEEN 0 AND 1", name="likely"),
    )

    message_id: Mapped[int] = mapped_column(ref("messages.id"), primary_key=True)
    talk_id: Mapped[int] = mapped_column(ref("talks.id"))
    at: Mapped[datetime]
    wish: Mapped[Code]
    intent: Mapped[Code | None]
    likely: Mapped[float | None]
    act: Mapped[Code | None]
    ranked: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    slots: Mapped[list[str]] = mapped_column(info=PLAIN)
    calls: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    says: Mapped[list[str]] = mapped_column(info=PLAIN)
    marks: Mapped[list[str]] = mapped_column(info=PLAIN)
    outcome: Mapped[TurnOutcome] = mapped_column(enum_column(TurnOutcome, "outcome"))
    why: Mapped[Why | None] = mapped_column(enum_column(Why, "why"))
