"""Words about rings."""

from enum import StrEnum


class RingState(StrEnum):
    """How far one ring got. It begins as waiting, and every other state is final."""

    WAITING = "waiting"
    #: The push service has it, and rings when the browser is there.
    TAKEN = "taken"
    #: The push service will never take it.
    REFUSED = "refused"
    #: The browser is subscribed no more.
    ENDED = "ended"
    #: It was not worth ringing any more.
    DROPPED = "dropped"


class Dropped(StrEnum):
    """Why nothing rang."""

    READ = "read"
    OVERTAKEN = "overtaken"
    TOO_LATE = "too_late"
    SWITCHED_OFF = "switched_off"


class Ending(StrEnum):
    """Why nothing rings in a browser any more."""

    SWITCHED_OFF = "switched_off"
    REMOVED = "removed"
    SIGNED_OUT = "signed_out"
    #: Another customer has switched it on there, or the browser has subscribed anew.
    REPLACED = "replaced"
    GONE = "gone"
    REFUSED = "refused"
    ERASED = "erased"
