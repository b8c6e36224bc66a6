"""An endpoint that fails again and again is left alone for a while, then tried once."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

#: So many failures in a row, and nobody asks for so long.
MOST_FAILURES: Final = 3
REST_S: Final = 60.0


class Breaker:
    """One for each endpoint and process; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0
        self._lock = Lock()

    def may_try(self) -> bool:
        """Whether to ask. After a rest one asks, the others wait for how that goes."""
        with self._lock:
            if self._failures < MOST_FAILURES:
                return True
            if self._clock() < self._rests_until:
                return False
            self._rests_until = self._clock() + REST_S
            return True

    def note(self, *, went_well: bool) -> None:
        """How it went."""
        with self._lock:
            self._failures = 0 if went_well else self._failures + 1
            if self._failures >= MOST_FAILURES:
                self._rests_until = self._clock() + REST_S
