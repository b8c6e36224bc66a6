"""Money that goes back."""

from collections.abc import Mapping
from typing import Final, TypedDict

from bots.dialogue.contracts.shapes import (
    NONE,
    MoneyData,
    OrdersData,
    Skill,
)


class RefundData(TypedDict):
    amount: MoneyData
    stand: str
    """``being_checked``, ``coming``, ``arrived``, ``overdue`` or ``failed``."""
    expected_by: str | None
    """A day; None while nobody knows."""


class RefundNewsData(TypedDict):
    number: str
    refunds: list[RefundData]
    needs_person: bool
    """Whether one of them is overdue or failed."""


class ChasedData(TypedDict):
    case_number: str


SKILLS: Final[Mapping[str, Skill]] = {
    # Without a number: the one order with a refund, or ``several`` to choose from.
    "refund_news": Skill(
        {"order_key": (str, NONE)},
        {"ok": RefundNewsData, "several": OrdersData, "unknown": None, "none": None},
    ),
    "chase_refund": Skill({"order_key": (str,)}, {"ok": ChasedData, "unknown": None}),
}
