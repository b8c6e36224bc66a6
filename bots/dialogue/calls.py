"""The skills a conversation may call: names, arguments, outcomes and the data they bring.

The table is the contract between the dialogue and whoever runs its calls. Every value is plain
JSON: times are ISO 8601 with offset, money is ``{"minor": 1980, "currency": "JPY"}``, text for
customers is ``{"ja": ..., "en": ...}`` or one string for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, NotRequired, TypeAlias, TypedDict

from bots.dialogue.turns import Call, Result

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


class Reason(StrEnum):
    """Why something comes back."""

    CHANGED_MIND = "changed_mind"
    WRONG_SIZE = "wrong_size"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


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


class ParcelData(TypedDict):
    carrier: Text | None
    """None where nobody said who carries it."""
    number: str | None
    link: str | None
    step: Step | str
    at: NotRequired[str | None]
    """When the carrier last said something, and where."""
    place: NotRequired[Text | None]


class ActData(TypedDict):
    """Something the customer can do now, and the page where it is done."""

    act: str
    link: str


class OrderStatusData(TypedDict):
    number: str
    summary: Text
    step: Step | str
    next_step: Step | str | None
    window: WindowData | None
    promised: WindowData | None
    """What was told first."""
    moved: Literal["no", "earlier", "later"]
    """Where ``window`` stands against it."""
    is_late: bool
    explanation: Text | None
    """Why it comes then, in a sentence or two."""
    why: NotRequired[str]
    """A code of what holds it up, where somebody said; empty otherwise."""
    page: str
    """The address of the delivery's own page, open to whoever has it."""
    calendar: str | None
    """The address of its entry for calendars; None where there is no date."""
    acts: list[ActData]
    delivered_at: str | None
    next_word_at: str | None
    """When the shop will write next, if it has said so."""
    parcels: list[ParcelData]


class OrderChoiceData(TypedDict):
    number: str
    summary: Text
    status: Step | str


class OrdersData(TypedDict):
    orders: list[OrderChoiceData]


class IdentifiedData(TypedDict):
    """The order the customer named or, after a code, perhaps none."""

    order_key: NotRequired[str | None]


class RetryData(TypedDict):
    retry_at: NotRequired[str | None]


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


class ComingBackData(TypedDict):
    link: str
    """The page where the customer does it themselves; it opens this one order."""


class ChasedData(TypedDict):
    case_number: str


class RefusedData(TypedDict):
    refusals: list[RefusalData]


class HandOffData(TypedDict):
    case_number: str
    wait_minutes: int | None
    is_open: bool


@dataclass(frozen=True)
class Skill:
    """One row of the contract. Optional arguments are those whose type includes None."""

    arguments: Mapping[str, tuple[type, ...]]
    outcomes: Mapping[str, type | None]
    """The data each outcome brings, None for no data."""


_NONE: Final = type(None)
_RETURN: Final = {"order_key": (str,), "lines": (list,), "reason": (str,)}

#: Outcomes any skill may have besides its own: it broke, or the customer is no longer identified.
COMMON: Final = frozenset({"failed", "unidentified"})

SKILLS: Final[Mapping[str, Skill]] = {
    "identify": Skill(
        {
            "order_key": (str,),
            "mail": (str, _NONE),
            "phone": (str, _NONE),
            "postal": (str, _NONE),
        },
        {
            "ok": IdentifiedData,
            "unknown": None,
            "too_many": RetryData,
            "somebody_elses": None,
        },
    ),
    # The same outcome whether or not the shop knows the address.
    "send_code": Skill({"mail": (str,)}, {"sent": None, "too_many": RetryData}),
    "check_code": Skill(
        {"code": (str,)},
        {
            "ok": IdentifiedData,
            "wrong": None,
            "too_many": RetryData,
            "somebody_elses": None,
        },
    ),
    # Without a number: the one order that is under way, or ``several`` to choose from.
    "track_order": Skill(
        {"order_key": (str, _NONE)},
        {"ok": OrderStatusData, "several": OrdersData, "unknown": None, "none": None},
    ),
    "list_orders": Skill({}, {"ok": OrdersData}),
    "returnable_lines": Skill({"order_key": (str,)}, {"ok": ReturnableData, "unknown": None}),
    "preview_return": Skill(_RETURN, {"ok": PreviewData, "unknown": None}),
    # ``changed``: what was shown no longer holds; nothing was done.
    "request_return": Skill(
        {**_RETURN, "digest": (str,)},
        {"ok": ReturnRequestedData, "refused": RefusedData, "changed": None},
    ),
    # Without a number: the one order with a refund, or ``several`` to choose from.
    "refund_news": Skill(
        {"order_key": (str, _NONE)},
        {"ok": RefundNewsData, "several": OrdersData, "unknown": None, "none": None},
    ),
    "chase_refund": Skill({"order_key": (str,)}, {"ok": ChasedData, "unknown": None}),
    "coming_back_page": Skill({"order_key": (str,)}, {"ok": ComingBackData, "unknown": None}),
    "hand_off": Skill({"reason": (str,), "summary": (dict,)}, {"ok": HandOffData}),
}


class BrokenContract(ValueError):
    """A call or a result that the table does not have."""


def check_call(call: Call) -> Call:
    """The call itself, when the table has it.

    Raises:
        BrokenContract: unknown skill, missing, surplus or mistyped arguments.
    """
    skill = SKILLS.get(call.skill)
    if skill is None:
        raise BrokenContract(f"no skill {call.skill!r}")
    if set(call.arguments) != set(skill.arguments):
        raise BrokenContract(f"{call.skill} takes {sorted(skill.arguments)}")
    for name, kinds in skill.arguments.items():
        if not isinstance(call.arguments[name], kinds):
            raise BrokenContract(f"{call.skill}: {name} is {call.arguments[name]!r}")
    return call


def check_result(result: Result) -> Result:
    """The result itself, when the table has its outcome and its data is complete.

    Raises:
        BrokenContract: unknown skill or outcome, or data that lacks a key.
    """
    skill = SKILLS.get(result.skill)
    if skill is None or (result.outcome not in skill.outcomes and result.outcome not in COMMON):
        raise BrokenContract(f"no outcome {result.skill}.{result.outcome}")
    shape: Any = skill.outcomes.get(result.outcome)
    lacking = set(getattr(shape, "__required_keys__", ())) - set(result.data)
    if lacking:
        raise BrokenContract(f"{result.skill}.{result.outcome} lacks {sorted(lacking)}")
    return result
