"""Tokens of customers' assistants, and what was called with them or with a key."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, ref


class AssistantToken(Model):
    """What a customer gives a program of theirs: shown once, kept as a digest, ended any time."""

    __tablename__ = "assistant_tokens"
    __table_args__ = (
        Index("ix_assistant_tokens_customer_id", "customer_id"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: What the customer calls it.
    label: Mapped[str] = mapped_column(String(60), info=PERSONAL)
    #: The first characters, by which people recognise it.
    prefix: Mapped[str] = mapped_column(String(12), info=PLAIN)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    #: Whether it may propose, confirm and call people; else it only reads.
    may_act: Mapped[bool]
    created_by: Mapped[ActorRef]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class AssistantCall(Model):
    """One call of a tool, whatever came of it; never changed."""

    __tablename__ = "assistant_calls"
    __table_args__ = (
        Index("ix_assistant_calls_token_id", "token_id", "id"),
        Index("ix_assistant_calls_api_key_id", "api_key_id", "id"),
        Index("ix_assistant_calls_conversation_id", "conversation_id"),
        Index("ix_assistant_calls_at", "at"),
        CheckConstraint("num_nonnulls(token_id, api_key_id) = 1", name="token_id"),
        CheckConstraint("ms >= 0", name="ms"),
    )

    id: Mapped[Key]
    token_id: Mapped[int | None] = mapped_column(ref("assistant_tokens.id"))
    api_key_id: Mapped[int | None] = mapped_column(ref("api_keys.id"))
    #: Where it was called; none of what was refused before there was one.
    conversation_id: Mapped[int | None] = mapped_column(ref("conversations.id"))
    tool: Mapped[Code]
    #: Codes, ids and quantities as they came; a mask for every word.
    arguments: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    outcome: Mapped[Code]
    ms: Mapped[int]
    at: Mapped[datetime]
