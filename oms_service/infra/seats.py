"""How many streams may be open at once: some sure for visitors, some sure for colleagues."""

from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Final

from oms_service.kernel.errors import TooMany

#: The streams process has 128 threads, and each open stream holds one. The rest are never sat on:
#: they tell at once whoever finds no seat, who would else wait for one without knowing.
IN_ALL: Final = 120
#: So each side is sure of 32.
FOR_VISITORS: Final = 88
FOR_COLLEAGUES: Final = 88
#: People behind one address, each with a page or two in front.
FOR_ADDRESS: Final = 32
#: One conversation on a few screens; one that was reloaded holds its seat until the next heartbeat.
FOR_LISTENER: Final = 8
#: One colleague's windows that are in sight, with a bell and a list in each; pages that were left
#: hold theirs until the next heartbeat, and whoever works fast leaves several before that.
FOR_COLLEAGUE: Final = 12
#: By then some stream has ended by itself.
COME_AGAIN_S: Final = 15


class Seats:
    """Counts the open streams in this process."""

    def __init__(
        self,
        *,
        in_all: int = IN_ALL,
        for_visitors: int = FOR_VISITORS,
        for_address: int = FOR_ADDRESS,
        for_listener: int = FOR_LISTENER,
        for_colleagues: int = FOR_COLLEAGUES,
        for_colleague: int = FOR_COLLEAGUE,
    ) -> None:
        self._most = {
            "all": in_all,
            "visitors": for_visitors,
            "address": for_address,
            "listener": for_listener,
            "colleagues": for_colleagues,
            "colleague": for_colleague,
        }
        self._taken: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def take(self, stream: Iterator[bytes], *, address: str, listener: str) -> "Seated":
        """Let one more stream of a visitor be open until it ends or is closed.

        Raises:
            TooMany: there is no seat left.
        """
        places = (("all", ""), ("visitors", ""), ("address", address), ("listener", listener))
        return self._take(stream, places)

    def take_for_colleague(self, stream: Iterator[bytes], *, staff_id: int) -> "Seated":
        """The same for a colleague, of whom nobody sits on more than a few.

        Raises:
            TooMany: there is no seat left.
        """
        return self._take(stream, (("all", ""), ("colleagues", ""), ("colleague", str(staff_id))))

    def _take(self, stream: Iterator[bytes], places: tuple[tuple[str, str], ...]) -> "Seated":
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
