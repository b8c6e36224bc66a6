"""Words about notices."""

from enum import StrEnum


class NoticeState(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"
    SPOKEN = "spoken"
    SUPPRESSED = "suppressed"
