"""Whether somebody is asked how it went, and what follows from the answer: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases.after.rules import Rules
from cases.after.states import Skipped

SCORES: Final = (1, 2, 3, 4, 5)
#: Words beside a score are at most so long, as messages are.
LONGEST_WORDS: Final = 2000
#: What is in the way of asking is waited for this long, then nobody is asked.
PATIENCE: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a case ended, as far as asking about it goes."""

    resolution: str
    is_internal: bool
    has_customer: bool
    is_answered: bool


def why_not_survey(ending: Ending, rules: Rules) -> Skipped | None:
    """Why nobody is asked about an ending at all; None where they are, in time.

    Only somebody is asked to whom a person or the bot has spoken: what settled by itself was no
    service that could be judged.
    """
    if not rules.asks_satisfaction:
        return Skipped.OFF
    if ending.is_internal:
        return Skipped.INTERNAL
    if not ending.has_customer:
        return Skipped.UNKNOWN_CUSTOMER
    if ending.resolution not in rules.asked_endings:
        return Skipped.ENDING
    return None if ending.is_answered else Skipped.UNANSWERED


def was_asked_lately(asked_at: datetime | None, rules: Rules, *, now: datetime) -> bool:
    """Whether this customer was asked too short a while ago."""
    return asked_at is not None and now - asked_at < rules.not_again_within


def is_low(score: int | None, rules: Rules) -> bool:
    """Whether a person looks into a score."""
    return score is not None and score <= rules.low_score
