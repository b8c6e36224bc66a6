"""Sending things back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, NotRequired, TypedDict

from bots.dialogue.contracts.shapes import (
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


class ReturnableLineData(TypedDict):
    line_id: int
    name: Text
    options: Text
    quantity_returnable: int
    reason_if_not: RefusalData | None


class ReturnableData(TypedDict):
    number: str
    lines: list[ReturnableLineData]


class WantedLine(TypedDict):
    line_id: int
    quantity: int


class TermsData(TypedDict):
    """The shop's terms of return: as much as a chat shows, and the page with all of them."""

    text: Text
    link: str


class PreviewLineData(TypedDict):
    line_id: int
    name: Text
    quantity: int
    is_allowed: bool
    refusal: RefusalData | None


class PreviewData(TypedDict):
    lines: list[PreviewLineData]
    refund: MoneyData
    method: str
    """``original_payment``, ``gift_card``, ``store_credit``, ``bank_transfer`` or ``mixed``."""
    fee: MoneyData | None
    decision: Literal["at_once", "agent", "refused"]
    refusals: list[RefusalData]
    #: Whether a photo is what keeps it from being decided at once.
    needs_photo: bool
    #: None where the shop has written none.
    terms: NotRequired[TermsData | None]
    digest: str


class ReturnRequestedData(TypedDict):
    return_number: str
    case_number: str | None
    decision: Literal["at_once", "agent"]
    label: NotRequired[str | None]
    """The address of the label; None until the return is accepted."""
    terms: NotRequired[TermsData | None]


class ComingBackData(TypedDict):
    link: str
    """The page where the customer does it themselves; it opens this one order."""


_RETURN: Final = {"order_key": (str,), "lines": (list,), "reason": (str,)}


SKILLS: Final[Mapping[str, Skill]] = {
    "returnable_lines": Skill({"order_key": (str,)}, {"ok": ReturnableData, "unknown": None}),
    "preview_return": Skill(_RETURN, {"ok": PreviewData, "unknown": None}),
    # ``changed``: what was shown no longer holds; nothing was done.
    "request_return": Skill(
        {**_RETURN, "digest": (str,)},
        {"ok": ReturnRequestedData, "refused": RefusedData, "changed": None},
    ),
    "coming_back_page": Skill({"order_key": (str,)}, {"ok": ComingBackData, "unknown": None}),
}
