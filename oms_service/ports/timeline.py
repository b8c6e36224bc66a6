"""What a package says of the past: entries about a subject, told by its own source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

#: Facts that quote somebody: not for whoever may not see personal data.
QUOTED: Final = frozenset({"excerpt", "place"})


@dataclass(frozen=True)
class Entry:
    """One fact: what, when, by whom, over which channel, about which order.

    ``kind`` is a word such as ``order.placed`` or ``parcel.scanned``; ``facts`` are codes, numbers
    and times for it, ready to be put into words. ``is_public`` says that customers may see it.
    ``at`` is None where no source said when; ``queue_id`` is given where colleagues of other queues
    may not see it.
    """

    kind: str
    at: datetime | None
    actor: str
    channel: str
    order_id: int | None
    facts: Mapping[str, Any]
    is_public: bool = True
    rank: int = 0
    queue_id: int | None = None


@dataclass(frozen=True)
class Subject:
    """Whose past is asked for: some orders, and the customer they belong to."""

    order_ids: tuple[int, ...]
    customer_id: int | None = None


Source = Callable[[Session, Subject], Sequence[Entry]]
"""Reads all its facts about a subject, in a number of queries that does not grow with it."""
