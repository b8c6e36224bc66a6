"""Why we believe a parcel comes when we say: codes and facts, in words by ``explaining``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final


class Why(StrEnum):
    """What an estimate rests on."""

    LEAD_TIME = "lead_time"
    HISTORY = "history"
    CARRIER = "carrier_estimate"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELAYED = "delayed"
    CUSTOMS = "customs"
    ATTEMPTED = "attempted"
    AT_COUNTER = "at_counter"
    OVERDUE = "overdue"
    NOT_SENT = "not_sent"
    WISHED = "wished"


class HouseStage(StrEnum):
    """How far goods are that no carrier has yet."""

    PLACED = "placed"
    ALLOCATED = "allocated"
    PICKED = "picked"
    PACKED = "packed"


@dataclass(frozen=True, kw_only=True)
class Because:
    """What led to an estimate; what is None or empty played no part. Holds nothing personal.

    Attributes:
        why: a ``Why``, or the carrier's reason for a delay.
        stage: a ``HouseStage``, of goods that have not left yet.
        left_at: when the carrier got it.
        leaves_on: the day it is expected to leave.
        ready_on: the day goods that are waited for are expected.
        origin: a prefecture, as kept with the shipment.
        destination: likewise.
        usual_days: how long its road takes, as a rule: from and to, in days.
        closed: days on the way on which nothing is delivered.
        extra_days: what an island or a remote area costs.
        behind_days: how much later than usual parcels of this carrier come at present.
        said_at: when the newest scan that counts was made.
    """

    why: str
    stage: str = ""
    left_at: datetime | None = None
    leaves_on: date | None = None
    ready_on: date | None = None
    origin: str = ""
    destination: str = ""
    usual_days: tuple[int, int] | None = None
    closed: tuple[date, ...] = ()
    extra_days: int = 0
    behind_days: int = 0
    said_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """What played a part, as JSON keeps it."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: _plain(value) for name, value in found.items() if value not in _NOTHING}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any] | None) -> "Because | None":
        """What ``as_json`` made; None of nothing. Names that are not known are passed over."""
        if not kept or "why" not in kept:
            return None
        known = {one.name for one in fields(cls)}
        return cls(**{name: _rich(name, kept[name]) for name in sorted(known & kept.keys())})


_NOTHING: Final = ("", None, 0, ())
_MOMENTS: Final = frozenset({"left_at", "said_at"})
_DAYS: Final = frozenset({"leaves_on", "ready_on"})


def _plain(value: object) -> object:
    if isinstance(value, date):  # a moment is a date too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, StrEnum) else value


def _rich(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    if name in _DAYS:
        return date.fromisoformat(value)
    if name == "closed":
        return tuple(date.fromisoformat(one) for one in value)
    return tuple(value) if name == "usual_days" else value
