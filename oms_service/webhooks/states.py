"""How far the telling of one event to one endpoint got, and how one try of it ended."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """One event for one endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try is used up; it can be replayed."""
    PARKED = "parked"
    """The endpoint was switched off meanwhile; it goes on when that is switched on."""


class Outcome(StrEnum):
    """How one try ended. ``accepted`` and ``refused`` come with the status of the answer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    FORBIDDEN_ADDRESS = "forbidden_address"
    BAD_CERTIFICATE = "bad_certificate"
    BROKEN_ANSWER = "broken_answer"
