"""What a language model costs a day, and what it was asked for: never what was said."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from bots.modelling.states import Outcome, Purpose
from oms_service.infra.db import Code, Key, Model, enum_column, ref


class ModelDay(Model):
    """One day of the shop's zone. ``refused`` are calls that were not made: the day was used up."""

    __tablename__ = "model_days"
    __table_args__ = (
        CheckConstraint("calls >= 0", name="calls"),
        CheckConstraint("tokens >= 0", name="tokens"),
        CheckConstraint("refused >= 0", name="refused"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    calls: Mapped[int]
    tokens: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int]


class ModelCall(Model):
    """One call. ``label`` is the wish that was picked, or the tool that was asked for."""

    __tablename__ = "model_calls"
    __table_args__ = (
        CheckConstraint("took_ms >= 0", name="took_ms"),
        CheckConstraint("tokens >= 0", name="tokens"),
        Index("ix_model_calls_conversation_id", "conversation_id"),
        Index("ix_model_calls_message_id", "message_id"),
        Index("ix_model_calls_at", "at"),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    conversation_id: Mapped[int] = mapped_column(ref("conversations.id"))
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    """The customer's message, once it is stored."""
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, "purpose"))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    label: Mapped[Code | None]
    took_ms: Mapped[int]
    tokens: Mapped[int]
    """As the endpoint counted them, or as many as were set aside where it did not say."""
