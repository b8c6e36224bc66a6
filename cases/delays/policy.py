"""Whether a late parcel needs a person, or only a word to the customer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

REASON: Final = "delay"
#: Late by less than this, a word to the customer is enough.
SMALL_SLIP: Final = timedelta(hours=12)
#: These do not pass by themselves, however small the slip.
NEEDS_A_PERSON: Final = frozenset({"address", "moved", "refused", "damaged", "lost", "customs"})


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


def decide(slip: Slip) -> Do:
    """One open case an order at most; a further slip goes into it."""
    if slip.has_case:
        return Do.APPEND
    if slip.cause in NEEDS_A_PERSON or slip.new_until - slip.old_until >= SMALL_SLIP:
        return Do.OPEN
    return Do.NOTHING
