"""Putting things right: what is wrong with goods, what is late, money that is wanted back."""

from collections.abc import Mapping
from typing import Final, Literal

from bots.dialogue.contracts.changing import CandidatesData, OrderFacts, RefusedOrderData
from bots.dialogue.contracts.proposing import ProposedData
from bots.dialogue.contracts.returning import PickableData
from bots.dialogue.contracts.shapes import NONE, MoneyData, RefusedData, Skill, Text


class ClaimableData(PickableData):
    remedies: Mapping[str, list[str]]
    """By reason, ``refund`` and ``replacement`` as far as the shop offers them for it."""
    is_delivered: bool


class ClaimFacts(OrderFacts):
    lines: list[ClaimableData]


class ShownClaim(ProposedData):
    """What a claim would bring."""

    number: str
    summary: Text
    lines: list[Mapping[str, object]]
    """``name`` and ``quantity`` of each."""
    reason: str
    remedy: Literal["refund", "replacement"]
    comes_back: bool
    """Whether the goods have to be sent to the shop first."""
    refund: MoneyData
    method: str
    doubts: list[Mapping[str, object]]
    """Why a colleague decides, as refusals."""
    needs_photo: bool


class RefundChoices(OrderFacts):
    ways: list[str]
    """``return``, ``claim`` and ``cancel``: by which money can come back."""


class DelayData(OrderFacts):
    case_number: str | None
    """The delay case of the order; None where it is in time."""
    can_cancel: bool
    can_claim: bool
    """Whether what has not come counts as lost by now."""
    claim_on: str | None
    """The day from which it does, while that is still to come."""


_WHICH: Final = {"order_key": (str, NONE), "spoken": (str, NONE)}
_NOT_ONE: Final[Mapping[str, type | None]] = {
    "several": CandidatesData,
    "refused": RefusedOrderData,
    "unknown": None,
    "none": None,
}

SKILLS: Final[Mapping[str, Skill]] = {
    "claim_facts": Skill(_WHICH, {"ok": ClaimFacts, **_NOT_ONE}),
    "propose_claim": Skill(
        {"order_key": (str,), "lines": (list,), "reason": (str,), "remedy": (str,)},
        {"ok": ShownClaim, "refused": RefusedData, "unknown": None},
    ),
    # ``under_way``: nothing more can come back, but money is on its way already.
    "refund_choices": Skill(_WHICH, {"ok": RefundChoices, "under_way": OrderFacts, **_NOT_ONE}),
    # Takes a customer's word that something is late; what can be done about it.
    "report_delay": Skill({"order_key": (str,)}, {"ok": DelayData, "unknown": None}),
}
