"""Words about asking customers how it went."""

from enum import StrEnum


class AskState(StrEnum):
    """How far a question to a customer is."""

    WAITING = "waiting"
    ASKED = "asked"
    ANSWERED = "answered"
    SKIPPED = "skipped"


class Skipped(StrEnum):
    """Why somebody was not asked."""

    OFF = "off"
    ENDING = "ending"
    UNANSWERED = "unanswered"
    INTERNAL = "internal"
    UNKNOWN_CUSTOMER = "unknown_customer"
    REOPENED = "reopened"
    LATELY = "lately"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNFINISHED = "unfinished"
    CANCELLED = "cancelled"
    ERASED = "erased"
