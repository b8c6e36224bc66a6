"""Numbers in the navigation: counted once in a few seconds, not for every page anew."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final

from oms_service.ports.slots import Entry

#: How old a number may be that a colleague sees beside an entry.
KEPT_S: Final = 5.0
#: People times entries; more than that are counted anew.
MOST: Final = 2_000

Count = int | None


class Badges:
    """What this process has counted for each entry and, where it is of one person, each person."""

    def __init__(self, *, kept_s: float = KEPT_S, time: Callable[[], float] = monotonic) -> None:
        self._kept_s = kept_s
        self._time = time
        self._counted: dict[tuple[str, str], tuple[float, Count]] = {}
        self._lock = Lock()

    def of(self, entry: Entry, viewer: str) -> Count:
        """The number of an entry, at most some seconds old; two that ask at once may both count."""
        if entry.badge is None:
            return None
        key = (entry.endpoint, viewer if entry.is_personal else "")
        with self._lock:
            known = self._counted.get(key)
        if known is not None and known[0] > self._time():
            return known[1]
        found = entry.badge()
        with self._lock:
            if len(self._counted) >= MOST:
                self._counted.clear()
            self._counted[key] = (self._time() + self._kept_s, found)
        return found

    def forget(self) -> None:
        """Somebody changed something here: the next page counts anew."""
        with self._lock:
            self._counted.clear()
