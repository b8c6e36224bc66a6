"""Reading what the model costs today, and what it did in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from bots.modelling.models import ModelCall, ModelDay
from bots.modelling.states import Outcome, Purpose

Reader = Session | Connection

#: As many calls of one conversation are shown.
MOST_CALLS: Final = 50


@dataclass(frozen=True)
class DayView:
    """What one day has cost so far; ``refused`` calls were not made, as the day was used up."""

    calls: int
    tokens: int
    refused: int


@dataclass(frozen=True)
class CallView:
    at: datetime
    message_id: int | None
    purpose: Purpose
    outcome: Outcome
    label: str | None
    took_ms: int
    tokens: int


def day(reader: Reader, of: date) -> DayView:
    found = reader.execute(
        select(ModelDay.calls, ModelDay.tokens, ModelDay.refused).where(ModelDay.day == of)
    ).one_or_none()
    return DayView(*found) if found else DayView(0, 0, 0)


def of_conversation(reader: Reader, conversation_id: int) -> Sequence[CallView]:
    """The last calls made for a conversation, the newest first."""
    found = reader.execute(
        select(
            ModelCall.at,
            ModelCall.message_id,
            ModelCall.purpose,
            ModelCall.outcome,
            ModelCall.label,
            ModelCall.took_ms,
            ModelCall.tokens,
        )
        .where(ModelCall.conversation_id == conversation_id)
        .order_by(ModelCall.id.desc())
        .limit(MOST_CALLS)
    )
    return [CallView(*row) for row in found]


def outcomes(reader: Reader, since: datetime) -> Sequence[tuple[Purpose, Outcome, int, int, int]]:
    """Since then, by what was asked and what came: how many calls, their tokens, the median ms."""
    middle = func.percentile_disc(0.5).within_group(ModelCall.took_ms)
    found = reader.execute(
        select(
            ModelCall.purpose,
            ModelCall.outcome,
            func.count(),
            func.sum(ModelCall.tokens),
            middle,
        )
        .where(ModelCall.at >= since)
        .group_by(ModelCall.purpose, ModelCall.outcome)
        .order_by(func.count().desc(), ModelCall.purpose, ModelCall.outcome)
    )
    return [
        (purpose, outcome, int(count), int(tokens), int(ms))
        for purpose, outcome, count, tokens, ms in found
    ]
