"""Whether a late order needs a person, or only a word to the customer; the channel's rules say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from oms_service.operations.rules.delay_rules import USUAL, DelayRules
from oms_service.shipping.states import Jeopardy

REASON: Final = "delay"


class Do(StrEnum):
    """What follows from a delay."""

    OPEN = "open"
    APPEND = "append"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Slip:
    """How far a promise slipped and why; ``has_case`` says that one is open already."""

    old_until: datetime
    new_until: datetime
    cause: str
    has_case: bool


def decide(slip: Slip, rules: DelayRules = USUAL) -> Do:
    """One open case an order at most; a further slip goes into it."""
    if slip.has_case:
        return Do.APPEND
    is_needed = rules.needs_case(slip.new_until - slip.old_until, slip.cause)
    return Do.OPEN if is_needed else Do.NOTHING


def decide_standing(
    jeopardy: Jeopardy, *, cause: str, has_case: bool, rules: DelayRules = USUAL
) -> Do:
    """The same for how a whole order stands; a mere risk adds nothing to a case there is."""
    if has_case:
        return Do.NOTHING if jeopardy is Jeopardy.AT_RISK else Do.APPEND
    return Do.OPEN if jeopardy in rules.cases_for or cause in rules.case_causes else Do.NOTHING
