"""Whether a colleague is there, and the words by which routing explains itself, as codes."""

from enum import StrEnum
from typing import Final


class Presence(StrEnum):
    """Whether a colleague is there; only who is present is given cases."""

    PRESENT = "present"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class Why(StrEnum):
    """Why a case went to somebody."""

    SAME_AS_BEFORE = "same_as_before"
    ONLY_ONE = "only_one"
    MOST_ROOM = "most_room"
    IDLE_LONGEST = "idle_longest"


class Nobody(StrEnum):
    """Why a case went to nobody: what the last of those who were left lacked."""

    QUEUE = "nobody_in_queue"
    LANGUAGE = "nobody_speaks"
    SKILL = "nobody_skilled"
    GAVE_BACK = "nobody_else"
    PRESENCE = "nobody_there"
    CAPACITY = "all_full"


class Verdict(StrEnum):
    """What routing found of one colleague for one case."""

    CHOSEN = "chosen"
    HAD_LESS = "had_less"
    FULL = "full"
    NOT_THERE = "not_there"
    GAVE_BACK = "gave_back"
    NO_SKILL = "no_skill"
    NO_LANGUAGE = "no_language"
    NO_QUEUE = "no_queue"


#: Somebody may agree to refunds above a colleague's limit: follows from their role, never typed.
REFUND_AUTHORITY: Final = "refund_authority"
