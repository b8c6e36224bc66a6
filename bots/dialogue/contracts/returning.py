"""Sending things back, and exchanging them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NotRequired, TypedDict

from bots.dialogue.contracts.changing import (
    CandidatesData,
    MethodData,
    OrderFacts,
    RefusedOrderData,
    ShownSwap,
    SwappableData,
)
from bots.dialogue.contracts.proposing import ProposedData
from bots.dialogue.contracts.shapes import (
    NONE,
    MoneyData,
    RefusalData,
    RefusedData,
    Skill,
    Text,
)


class Reason(StrEnum):
    """Why something comes back."""

    CHANGED_MIND = "changed_mind"
    WRONG_SIZE = "wrong_size"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


class PickableData(TypedDict):
    """A line that can be picked, units of it, or why not: ``quantity`` is 0 then."""

    line_id: int
    name: Text
    options: Text
    own_options: NotRequired[Mapping[str, str]]
    """The same by their names, as the shop has them."""
    quantity: int
    refusal: RefusalData | None


class TermsData(TypedDict):
    """The shop's terms of return: as much as a chat shows, and the page with all of them."""

    text: Text
    link: str


class ReturnFacts(OrderFacts):
    lines: list[PickableData]
    methods: list[MethodData]
    """Where money can go back to, the way it came first; one or none where there is no choice."""


class PreviewLineData(TypedDict):
    name: Text
    quantity: int
    is_allowed: bool
    refusal: RefusalData | None


class ShownReturn(ProposedData):
    """What a return would bring."""

    number: str
    summary: Text
    lines: list[PreviewLineData]
    refund: MoneyData
    method: str
    """``original_payment``, ``gift_card``, ``store_credit``, ``bank_transfer`` or ``mixed``."""
    fee: MoneyData | None
    doubts: list[RefusalData]
    """Why a colleague decides."""
    needs_photo: bool
    """Whether a photo is what keeps it from being decided at once."""
    #: None where the shop has written none.
    terms: NotRequired[TermsData | None]


class ExchangeableData(SwappableData):
    price: MoneyData
    """What one unit was sold for."""
    refusal: RefusalData | None


class ExchangeFacts(OrderFacts):
    lines: list[ExchangeableData]
    methods: list[MethodData]
    """By which a difference can be paid or paid back."""
    is_once: bool
    """Whether things of this order can be exchanged once only."""


class ShownExchange(ProposedData):
    """What an exchange would bring."""

    number: str
    summary: Text
    swaps: list[ShownSwap]
    difference: MoneyData
    """What the customer owes; below 0 what goes back."""
    method: MethodData | None
    is_sent_at_once: bool
    """Whether the new goods leave before the old ones are back."""
    doubts: list[RefusalData]
    needs_photo: bool


_WHICH: Final = {"order_key": (str, NONE), "spoken": (str, NONE)}
_NOT_ONE: Final[Mapping[str, type | None]] = {
    "several": CandidatesData,
    "refused": RefusedOrderData,
    "unknown": None,
    "none": None,
}
_WISH: Final = {"order_key": (str,), "reason": (str,), "method_id": (int, NONE)}

SKILLS: Final[Mapping[str, Skill]] = {
    "return_facts": Skill(_WHICH, {"ok": ReturnFacts, **_NOT_ONE}),
    "propose_return": Skill(
        {**_WISH, "lines": (list,)}, {"ok": ShownReturn, "refused": RefusedData, "unknown": None}
    ),
    "exchange_facts": Skill(_WHICH, {"ok": ExchangeFacts, **_NOT_ONE}),
    "propose_exchange": Skill(
        {**_WISH, "swaps": (list,)}, {"ok": ShownExchange, "refused": RefusedData, "unknown": None}
    ),
}
