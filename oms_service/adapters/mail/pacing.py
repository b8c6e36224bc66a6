"""How fast mail leaves: no faster than the shop's mail server takes it, over all workers."""

import time
from collections.abc import Callable
from typing import Final

from oms_service.infra.limits import Limits
from oms_service.kernel.errors import TooMany

#: A message that would wait longer goes back to the queue; no effect may take for ever.
LONGEST_S: Final = 20.0
_STEP_S: Final = 0.25


class Pacing:
    """Waits for a place among the messages of this minute, which leave evenly over it."""

    def __init__(
        self, limits: Limits, per_minute: int, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._limits = limits
        self._rate = _evenly(per_minute) if per_minute else ""
        self._sleep = sleep

    def wait(self) -> None:
        """Take a place.

        Raises:
            TooMany: there is none for a long while.
        """
        if not self._rate:
            return
        waited_s = 0.0
        while True:
            try:
                self._limits.take("mail-out", "", self._rate)
            except TooMany as full:
                if waited_s + full.wait_s > LONGEST_S:
                    raise
                self._sleep(_STEP_S)
                waited_s += _STEP_S
            else:
                return


def _evenly(per_minute: int) -> str:
    """A burst would fill a minute at its beginning and have all others wait for its end."""
    a_minute_s = 60
    if per_minute >= a_minute_s:
        return f"{per_minute // a_minute_s}/second"
    return f"1/{a_minute_s // per_minute} second"
