"""What several skills share: the row of a contract, and the shapes of text, money and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NotRequired, TypeAlias, TypedDict

Text: TypeAlias = str | Mapping[str, str]
"""One string, or one per language code."""


class Step(StrEnum):
    """Where an order or parcel is, in the words customers know."""

    PLACED = "placed"
    PAYMENT_PENDING = "payment_pending"
    ON_HOLD = "on_hold"
    BACKORDERED = "backordered"
    PREPARING = "preparing"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    READY_FOR_PICKUP = "ready_for_pickup"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED = "delivered"
    RETURNING = "returning"
    DELIVERY_FAILED = "delivery_failed"
    RETURN_REQUESTED = "return_requested"
    RETURN_RECEIVED = "return_received"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class HandOffReason(StrEnum):
    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    NEEDS_COLLEAGUE = "needs_colleague"
    TROUBLE = "trouble"


class MoneyData(TypedDict):
    minor: int
    currency: str


class WindowData(TypedDict):
    """``start`` and ``end`` are both dates or both moments."""

    start: str
    end: str


class RefusalData(TypedDict):
    """Why not. ``text`` wins over what the dialogue says for ``code``."""

    code: str
    text: NotRequired[Text]
    days: NotRequired[int]
    delivered_on: NotRequired[str]
    closed_on: NotRequired[str]


class RetryData(TypedDict):
    retry_at: NotRequired[str | None]


class RefusedData(TypedDict):
    refusals: list[RefusalData]


class OrderChoiceData(TypedDict):
    number: str
    summary: Text
    status: Step | str


class OrdersData(TypedDict):
    orders: list[OrderChoiceData]


@dataclass(frozen=True)
class Skill:
    """One row of the contract. Optional arguments are those whose type includes None."""

    arguments: Mapping[str, tuple[type, ...]]
    outcomes: Mapping[str, type | None]
    """The data each outcome brings, None for no data."""


NONE: Final = type(None)
