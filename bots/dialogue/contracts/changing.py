"""Changing orders before they leave, and where a customer's parcels go from now on."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from bots.dialogue.contracts.proposing import ProposedData
from bots.dialogue.contracts.shapes import (
    NONE,
    MoneyData,
    OrderChoiceData,
    RefusedData,
    Skill,
    Text,
)


class NamedOrderData(OrderChoiceData):
    """An order to choose, with the words for what is in it."""

    items: list[Text]
    is_open: bool
    """Whether it has not left yet, as far as its state says."""


class CandidatesData(TypedDict):
    """The customer's orders, newest first; ``spoken`` is the one last spoken of, as it was told."""

    orders: list[NamedOrderData]
    spoken: str | None


class RefusedOrderData(RefusedData):
    number: str


class AddressData(TypedDict):
    """An address in the parts of ``placement.addressing``; none of them is missing."""

    recipient: str
    country: str
    postal_code: str
    region: str
    city: str
    line1: str
    line2: str


class MethodData(TypedDict):
    """A way to pay that the customer has with the shop."""

    method_id: int
    kind: str
    brand: str
    last_four: str
    balance: MoneyData | None
    is_used: bool
    """Whether this order is paid by it."""


class LineData(TypedDict):
    line_id: int
    name: Text
    options: Text
    quantity: int
    """Units that can still be changed."""


class VariantData(TypedDict):
    """Another version of a product."""

    variant_id: int
    options: Mapping[str, str]
    """As the catalogue has them: ``{"color": "blue"}``."""
    words: Text
    price: MoneyData
    is_available: bool


class SwappableData(LineData):
    """A line with all that its product comes in, itself included."""

    variant_id: int
    own_options: Mapping[str, str]
    option_words: Mapping[str, Mapping[str, str]]
    """By language, the shop's words for option names and values."""
    variants: list[VariantData]


class OrderFacts(TypedDict):
    order_key: str
    number: str
    summary: Text


class CancelFacts(OrderFacts):
    lines: list[LineData]
    reasons: list[str]
    in_part: bool


class AddressFacts(OrderFacts):
    address: AddressData
    usual: AddressData | None
    """Where the customer's parcels go otherwise; None where that is the same or unknown."""


class UsualFacts(TypedDict):
    address: AddressData | None


class HoursData(TypedDict):
    code: str
    words: Text


class DeliveryFacts(OrderFacts):
    first: str | None
    last: str
    hours: list[HoursData]
    day: str | None
    """What is wished now."""
    wished_hours: str


class WithCarrierData(RefusedOrderData):
    """The carrier has it: where the customer tells the carrier, if there is such a page."""

    link: str | None


class ItemFacts(OrderFacts):
    lines: list[SwappableData]
    methods: list[MethodData]
    names_method: bool
    """Whether the customer has to say by which method a difference goes."""
    is_once: bool
    """Whether items of this order can be changed once only."""


class PaymentFacts(OrderFacts):
    methods: list[MethodData]
    total: MoneyData


class ShownChange(ProposedData):
    """What a change would bring."""

    number: str
    summary: Text
    before: MoneyData
    after: MoneyData
    settled: MoneyData
    """Taken at once if above 0, given back if below."""
    method: MethodData | None
    refund_by: str | None
    """The day by which money that goes back is there; None where nothing does."""


class ShownCancel(ShownChange):
    is_whole: bool
    lines: list[LineData]
    reason: str
    paid_by: list[MethodData]
    """The methods that get their money back."""


class ShownAddress(ShownChange):
    address: AddressData


class ShownUsual(ProposedData):
    address: AddressData


class ShownDelivery(ShownChange):
    day: str | None
    hours: Text | None


class ShownSwap(TypedDict):
    name: Text
    had: Text
    wanted: Text
    quantity: int
    price_before: MoneyData
    price_after: MoneyData


class ShownItems(ShownChange):
    swaps: list[ShownSwap]


class ShownPayment(ShownChange):
    moved: MoneyData


def _facts(shape: type) -> Skill:
    """Which order is meant, and what there is to choose; without a number the one that fits."""
    return Skill(
        {"order_key": (str, NONE), "spoken": (str, NONE)},
        {
            "ok": shape,
            "several": CandidatesData,
            "refused": RefusedOrderData,
            "unknown": None,
            "none": None,
        },
    )


def _proposes(shape: type, **arguments: tuple[type, ...]) -> Skill:
    return Skill(arguments, {"ok": shape, "refused": RefusedData, "unknown": None})


_ORDER: Final[Mapping[str, Any]] = {"order_key": (str,)}

SKILLS: Final[Mapping[str, Skill]] = {
    "cancel_facts": _facts(CancelFacts),
    "propose_cancel": _proposes(ShownCancel, **_ORDER, lines=(list, NONE), reason=(str,)),
    "address_facts": _facts(AddressFacts),
    "propose_address": _proposes(ShownAddress, **_ORDER, address=(dict,)),
    "usual_address_facts": Skill({}, {"ok": UsualFacts}),
    "propose_usual_address": _proposes(ShownUsual, address=(dict,)),
    "delivery_facts": Skill(
        {"order_key": (str, NONE), "spoken": (str, NONE)},
        {
            "ok": DeliveryFacts,
            "several": CandidatesData,
            "refused": RefusedOrderData,
            "with_carrier": WithCarrierData,
            "unknown": None,
            "none": None,
        },
    ),
    "propose_delivery": _proposes(ShownDelivery, **_ORDER, day=(str, NONE), hours=(str,)),
    "item_facts": _facts(ItemFacts),
    "propose_items": _proposes(ShownItems, **_ORDER, swaps=(list,), method_id=(int, NONE)),
    "payment_facts": _facts(PaymentFacts),
    "propose_payment": _proposes(ShownPayment, **_ORDER, method_id=(int,)),
}
