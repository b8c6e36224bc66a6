"""What a carrier's adapter must do, and the normal words for what carriers say."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar, runtime_checkable

from oms_service.kernel.languages import Words
from oms_service.kernel.text import folded, order_key

#: The kind under which adapters of carriers are registered.
KIND: Final = "carriers"
#: The code of a parcel whose source did not say who carries it.
UNNAMED: Final = "other"
#: How the key of a scan begins that repeats a step only to bring a new date.
ESTIMATE_ONLY: Final = "estimate:"
#: What tracking pages put before a status.
_ARROWS: Final = "↓⇒→▼●○◎■□◆◇・※ "

T = TypeVar("T")


class CarrierStatus(StrEnum):
    """Normal statuses of a parcel, whatever its carrier calls them."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPTED = "attempted"
    DELAYED = "delayed"
    CUSTOMS_HOLD = "customs_hold"
    DELIVERED = "delivered"
    RETURNING = "returning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Unreadable(ValueError):
    """A body no scan can be read from; the message names the place, never quotes the body."""


@dataclass(frozen=True, kw_only=True)
class ScanFact:
    """One word of a carrier about a parcel.

    ``event_key`` is the same whenever the carrier repeats it. ``reason`` is a code of ours such
    as ``weather``; ``carrier_words`` is what the carrier wrote.
    """

    carrier: str
    tracking_number: str
    event_key: str
    status: CarrierStatus
    occurred_at: datetime
    place: str = ""
    reason: str = ""
    carrier_words: str = ""
    estimate_from: datetime | None = None
    estimate_until: datetime | None = None
    #: The raw body it was read from, once that is stored.
    inbound_id: int | None = None


def fingerprint(number: str, words: str, occurred_at: datetime, place: str) -> str:
    """The key of a scan whose carrier gives none: the same words are the same scan."""
    moment = occurred_at.astimezone(UTC).isoformat()
    said = "\n".join((order_key(number), folded(words), moment, folded(place)))
    return "sha256:" + hashlib.sha256(said.encode()).hexdigest()


def plain_words(words: str) -> str:
    """A carrier's words as they are compared: one width, one case, no arrows before them."""
    plain = " ".join(unicodedata.normalize("NFKC", words).split()).casefold()
    return plain.lstrip(_ARROWS)


def meaning(words: str, table: Mapping[str, T]) -> T | None:
    """What a table of plain words says of these; a longer wording counts by how it begins."""
    plain = plain_words(words)
    if plain in table:
        return table[plain]
    begun = [known for known in table if plain.startswith(known)]
    return table[max(begun, key=len)] if begun else None


def named_in(words: str, table: Mapping[str, str]) -> str:
    """The code of the first of a table's words that stands somewhere in these, or nothing."""
    plain = plain_words(words)
    return next((code for known, code in table.items() if known in plain), "")


def is_storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and UTF-8 has no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


@runtime_checkable
class Wordings(Protocol):
    """A carrier whose words are known apart from the form they come in."""

    def status_of(self, words: str) -> CarrierStatus: ...

    def reason_of(self, words: str) -> str: ...


class Carrier(Protocol):
    """One carrier: how its parcels are found, and how its calls are proved and read."""

    @property
    def slug(self) -> str: ...

    @property
    def names(self) -> Words: ...

    def tracking_url(self, number: str) -> str | None:
        """The carrier's own page about a parcel; None where it has none."""
        ...

    def verify(
        self, body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime
    ) -> bool:
        """Whether whoever knows ``secret`` sent this, just now."""
        ...

    def parse(self, body: bytes) -> list[ScanFact]:
        """Every scan in a body.

        Raises:
            Unreadable: nothing of it is used then.
        """
        ...
