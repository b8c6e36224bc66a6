"""Words about notices."""

from enum import StrEnum


class NoticeState(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    SPOKEN = "spoken"
    SUPPRESSED = "suppressed"


class Waits(StrEnum):
    """What a notice waits for."""

    QUIET = "quiet"
    ONCE_A_DAY = "once_a_day"
    #: What it tells stands in a chat, where it may be read and answered yet.
    ANSWER = "answer"
    #: It could not be put into words; it is tried again.
    BROKE = "broke"
