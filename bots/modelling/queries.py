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


@dataclass(frozen=True)
class OutcomeView:
    """Calls that were asked for one thing and came to one end; ``took_ms`` is the median."""

    purpose: Purpose
    outcome: Outcome
    count: int
    tokens: int
    took_ms: int


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


def outcomes(reader: Reader, since: datetime) -> Sequence[OutcomeView]:
    """What came of calls since then, the most frequent first."""
    count = func.count()
    middle = func.percentile_disc(0.5).within_group(ModelCall.took_ms)
    found = reader.execute(
        select(ModelCall.purpose, ModelCall.outcome, count, func.sum(ModelCall.tokens), middle)
        .where(ModelCall.at >= since)
        .group_by(ModelCall.purpose, ModelCall.outcome)
        .order_by(count.desc(), ModelCall.purpose, ModelCall.outcome)
    )
    return [OutcomeView(*row[:2], *(int(figure) for figure in row[2:])) for row in found]
