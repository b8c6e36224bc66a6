"""Words about entries for calendars."""

from enum import StrEnum


class EntryState(StrEnum):
    """What a calendar shows of a delivery."""

    EXPECTED = "expected"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
