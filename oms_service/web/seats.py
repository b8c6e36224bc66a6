"""How many streams may be open at once: some for each visitor, some kept for colleagues."""

from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Final

from oms_service.kernel.errors import TooMany

#: The streams process has 128 threads, and each open stream holds one.
FOR_VISITORS: Final = 96
#: People behind one address, each with a page or two in front.
FOR_ADDRESS: Final = 32
#: One conversation on a few screens; one that was reloaded holds its seat until the next heartbeat.
FOR_LISTENER: Final = 8
#: By then some stream has ended by itself.
COME_AGAIN_S: Final = 15


class Seats:
    """Counts the open streams of visitors in this process."""

    def __init__(
        self,
        *,
        in_all: int = FOR_VISITORS,
        for_address: int = FOR_ADDRESS,
        for_listener: int = FOR_LISTENER,
    ) -> None:
        self._most = {"all": in_all, "address": for_address, "listener": for_listener}
        self._taken: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def take(self, stream: Iterator[bytes], *, address: str, listener: str) -> "Seated":
        """Let one more stream be open until it ends or is closed.

        Raises:
            TooMany: there is no seat left.
        """
        places = (("all", ""), ("address", address), ("listener", listener))
        with self._lock:
            if any(self._taken[place] >= self._most[place[0]] for place in places):
                raise TooMany("too many streams are open", wait_s=COME_AGAIN_S)
            self._taken.update(places)
        return Seated(self, places, stream)

    def leave(self, places: tuple[tuple[str, str], ...]) -> None:
        """Give the seats back, and forget whoever has none."""
        with self._lock:
            for place in places:
                self._taken[place] -= 1
                if not self._taken[place]:
                    del self._taken[place]


class Seated(Iterator[bytes]):
    """A stream on its seat. The server closes it even when nobody has read a byte."""

    def __init__(
        self, seats: Seats, places: tuple[tuple[str, str], ...], stream: Iterator[bytes]
    ) -> None:
        self._seats = seats
        self._places: tuple[tuple[str, str], ...] | None = places
        self._stream = stream

    def __next__(self) -> bytes:
        try:
            return next(self._stream)
        except BaseException:
            self._stand_up()
            raise

    def close(self) -> None:
        """End the stream."""
        end = getattr(self._stream, "close", None)
        if end is not None:
            end()
        self._stand_up()

    def _stand_up(self) -> None:
        places, self._places = self._places, None
        if places is not None:
            self._seats.leave(places)
