"""Questions: about products and stock, about what holds in the shop, about one's own orders."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, NotRequired, TypedDict

from bots.dialogue.contracts.shapes import (
    NONE,
    MoneyData,
    OrdersData,
    RefusalData,
    RetryData,
    Skill,
    Text,
)


class Paper(StrEnum):
    """What a customer can have as a file."""

    INVOICE = "invoice"
    RECEIPT = "receipt"


class AnswerData(TypedDict):
    """One answer of the shop, with its variables said."""

    code: str
    text: Text


class ChoiceOfAnswerData(TypedDict):
    code: str
    title: Text


class AnswersData(TypedDict):
    answers: list[ChoiceOfAnswerData]


class ReturnOfLineData(TypedDict):
    """Whether a line may come back if nothing is wrong with it, and until when."""

    name: Text
    quantity: int
    until: str | None
    """A day; None where it is not known, or nothing may come back."""
    refusal: RefusalData | None


class PolicyOfOrderData(TypedDict):
    """What holds for one order: of its lines, or of calling it off."""

    number: str
    lines: list[ReturnOfLineData]
    can_cancel: bool
    refusal: RefusalData | None


class ProductChoiceData(TypedDict):
    product: str
    """Its code."""
    name: Text


class ProductsData(TypedDict):
    products: list[ProductChoiceData]


class PlaceData(TypedDict):
    """A shop where customers fetch things; ``units`` of all that fits may be promised there."""

    name: Text
    units: int
    ready_by: NotRequired[str | None]
    """A moment: by when one piece would be ready; None where nobody can say."""


class ShownVariantData(TypedDict):
    """One choice of a product."""

    options: Text
    units: int
    price: MoneyData | None
    ships_by: str | None
    """A day by which what is ordered now and not there leaves; None where none is known."""
    sells_ahead: bool
    expected_on: str | None
    """A day on which more of it is to come."""


class StockData(TypedDict):
    """A product, the choices of it that were meant, and what of them is there."""

    product: str
    """Its code."""
    name: Text
    description: Text
    category: str
    variants: list[ShownVariantData]
    """Those that fit what was said; all of them where nothing was."""
    count: int
    """Choices the product is sold in."""
    count_there: int
    """How many of those are there now."""
    is_narrowed: bool
    lacking: Text | None
    """Colours or sizes that were asked for and that it does not come in."""
    options: list[Text]
    """Every value of each option, in a row."""
    shops: Text | None
    """Where customers fetch things and some of what was meant is there."""
    place: PlaceData | None
    """The one of those places that was named."""
    weight_g: int | None
    size_mm: list[int] | None
    is_final_sale: bool
    answer: AnswerData | None
    """What the shop itself answers about this product, where it fits the question."""


class ContentsLineData(TypedDict):
    name: Text
    options: Text
    quantity: int
    amount: MoneyData


class PaidByData(TypedDict):
    kind: str
    last_four: str
    amount: MoneyData


class ContentsData(TypedDict):
    """What is in an order and what it came to. Amounts are of what is charged now."""

    number: str
    placed_at: str | None
    lines: list[ContentsLineData]
    units: int
    items: MoneyData
    discount: MoneyData | None
    shipping: MoneyData
    added_tax: MoneyData | None
    total: MoneyData
    refunded: MoneyData | None
    paid_by: list[PaidByData]
    is_cancelled: bool


class SumOfOrderData(TypedDict):
    number: str
    summary: Text
    placed_on: str | None
    total: MoneyData


class SumsData(TypedDict):
    orders: list[SumOfOrderData]
    count: int


class PaperData(TypedDict):
    number: str
    link: str


class NoPaperData(TypedDict):
    number: str
    why: Literal["cancelled", "nothing_charged", "nothing_received"]


class BalanceData(TypedDict):
    kind: str
    last_four: str
    amount: MoneyData
    expires_on: str | None


class BalancesData(TypedDict):
    balances: list[BalanceData]


class ReportedData(TypedDict):
    case_number: str


class FeedbackData(TypedDict):
    stored: Literal["delivery", "note"]


_ORDER: Final = {"order_key": (str, NONE)}

SKILLS: Final[Mapping[str, Skill]] = {
    # Public: what the shop says to everybody.
    "find_answer": Skill(
        {"words": (str,), "topic": (str,), "order_key": (str, NONE)},
        {"ok": AnswerData, "several": AnswersData, "none": None},
    ),
    "tell_answer": Skill(
        {"code": (str,), "order_key": (str, NONE)}, {"ok": AnswerData, "none": None}
    ),
    "find_product": Skill(
        {"words": (str,), "product": (str, NONE)},
        {"ok": StockData, "several": ProductsData, "none": None},
    ),
    # Of the known customer.
    "policy_of_order": Skill(
        {"order_key": (str,), "about": (str,)}, {"ok": PolicyOfOrderData, "unknown": None}
    ),
    "order_contents": Skill(
        {**_ORDER, "is_last": (bool,)},
        {"ok": ContentsData, "several": OrdersData, "unknown": None, "none": None},
    ),
    "order_sums": Skill({}, {"ok": SumsData}),
    "paper_of_order": Skill(
        {**_ORDER, "paper": (str,)},
        {
            "ok": PaperData,
            "refused": NoPaperData,
            "several": OrdersData,
            "unknown": None,
            "none": None,
        },
    ),
    "balances": Skill({}, {"ok": BalancesData}),
    # A complaint may come from anybody, a matter of a known order only from its customer.
    "report_complaint": Skill(
        {"order_key": (str, NONE)}, {"ok": ReportedData, "too_many": RetryData}
    ),
    "keep_feedback": Skill(
        {"order_key": (str, NONE), "score": (int, NONE), "words": (str,)},
        {"ok": FeedbackData, "too_many": RetryData},
    ),
}
