"""The thread that ties together all that one request or message sets going."""

import uuid
from contextvars import ContextVar
from typing import Final

_CURRENT: Final[ContextVar[uuid.UUID | None]] = ContextVar("correlation", default=None)


def current() -> uuid.UUID | None:
    """What is going on in this thread, if anybody said."""
    return _CURRENT.get()


def begin(correlation_id: uuid.UUID | None) -> None:
    """From now on units of work of this thread belong together; None ends it."""
    _CURRENT.set(correlation_id)
