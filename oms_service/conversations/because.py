"""Why messages were sent, and of which order they tell: each package that writes them says so."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.orm import Session

Reader = Connection | Session


@dataclass(frozen=True)
class Because:
    """Why one message was sent: ``words`` are a msgid; the order it tells of, where it does."""

    words: str
    order_id: int | None = None


Explains = Callable[[Reader, Collection[int]], Mapping[int, Because]]
"""From ids of messages to why those of them were sent that this package sent; one query."""
OfOrder = Callable[[Reader, int], Collection[int]]
"""From an order to the ids of the messages that tell of it; one query."""


@dataclass
class Becauses:
    """Everybody who can say why; filled at composition."""

    _sources: list[tuple[Explains, OfOrder]] = field(default_factory=list)

    def add(self, explains: Explains, of_order: OfOrder) -> None:
        self._sources.append((explains, of_order))

    def of(self, reader: Reader, message_ids: Collection[int]) -> dict[int, Because]:
        """Why each of some messages was sent, as far as anybody says; one query a source."""
        found: dict[int, Because] = {}
        for explains, _of_order in self._sources if message_ids else ():
            found.update(explains(reader, message_ids))
        return found

    def of_order(self, reader: Reader, order_id: int) -> frozenset[int]:
        """The messages that tell of an order; one query a source."""
        return frozenset(
            one for _explains, of_order in self._sources for one in of_order(reader, order_id)
        )
