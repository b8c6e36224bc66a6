"""Words about notices."""

from enum import StrEnum


class NoticeState(StrEnum):
    """What became of a notice."""

    SPOKEN = "spoken"
    SUPPRESSED = "suppressed"
