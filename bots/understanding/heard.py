"""What was heard: the values that understanding hands to the dialogue."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bots.understanding.values import Slots
from oms_service.kernel.languages import Language


class Act(StrEnum):
    """What a customer does with the conversation itself."""

    YES = "yes"
    NO = "no"
    LEAVE = "leave"
    """Stop what we are doing: cancel the conversation's task, never an order."""
    BACK = "back"
    REPEAT = "repeat"
    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    HELP = "help"
    DONT_KNOW = "dont_know"


class Intent(StrEnum):
    """What a customer wants from the shop."""

    TRACK_ORDER = "track_order"
    DELIVERY_ETA = "delivery_eta"
    REPORT_DELAY = "report_delay"
    DATE_CHANGED = "date_changed"
    TRACKING_LINK = "tracking_link"
    ORDER_HISTORY = "order_history"
    RETURN_ITEM = "return_item"
    TALK_TO_HUMAN = "talk_to_human"
    CHANGE_LANGUAGE = "change_language"
    ACCOUNT_HELP = "account_help"
    CANCEL_ORDER = "cancel_order"
    CANCELLATION_POLICY = "cancellation_policy"
    CHANGE_ADDRESS = "change_address"
    CHANGE_DELIVERY_DATE = "change_delivery_date"
    CHANGE_ITEMS = "change_items"
    CHANGE_PAYMENT = "change_payment"
    COMPLAINT = "complaint"
    COUPON_POINTS = "coupon_points"
    EXCHANGE_ITEM = "exchange_item"
    INVOICE_RECEIPT = "invoice_receipt"
    PAYMENT_ISSUE = "payment_issue"
    PAYMENT_METHODS = "payment_methods"
    PLACE_ORDER = "place_order"
    PRODUCT_AVAILABILITY = "product_availability"
    PRODUCT_INFO = "product_info"
    REFUND_REQUEST = "refund_request"
    REFUND_STATUS = "refund_status"
    REPORT_DAMAGED = "report_damaged"
    REPORT_MISSING = "report_missing"
    REPORT_WRONG_ITEM = "report_wrong_item"
    RETURN_POLICY = "return_policy"
    SHIPPING_INFO = "shipping_info"


class Kind(StrEnum):
    """What the last question expects."""

    ORDER = "order"
    PROOF = "proof"
    MAIL = "mail"
    CODE = "code"
    CHOICE = "choice"
    SEVERAL = "several"
    QUANTITY = "quantity"
    REASON = "reason"
    CONFIRM = "confirm"
    TEXT = "text"
    """Any words: what happened, or the name of a thing."""
    OPTION = "option"
    """One of the options, which are no orders."""
    ADDRESS = "address"
    WHEN = "when"


#: What stands between the names of one thing: in each language, plain and with its options.
NAMES: Final = " / "


@dataclass(frozen=True)
class Option:
    """Something the customer may choose: ``value`` comes back, ``words`` are its names."""

    value: str
    words: str = ""
    is_only_named: bool = False
    """Found by its name alone: it has no place in the list and no button."""
    price_minor: int | None = None
    """What it costs, all options in one currency: for the cheaper one."""
    is_current: bool = False
    """What the customer has now, or was shown last: for the other one, and for bigger than this."""


@dataclass(frozen=True)
class Expecting:
    """The last question, as far as understanding needs it."""

    kind: Kind
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Heard(Slots):
    """Everything one message could mean. The dialogue picks what answers its question.

    The things it names are the fields of ``Slots``.
    """

    text: str
    language: Language
    is_language_clear: bool = False
    """Whether the words themselves show the language, rather than the hint."""
    act: Act | None = None
    is_act_all: bool = False
    """Whether the act is all the message says; otherwise it only opens it."""
    intent: Intent | None = None
    confidence: float = 0.0
    follow_up: Intent | None = None
    """What so few words ask about the thing just spoken of: ``why?``."""
    ranked: tuple[tuple[Intent, float], ...] = ()
    """Up to three wishes, the likeliest first, with how likely each is; rules alone rank none."""
    further: tuple[Intent, ...] = ()
    """What else was plainly asked for in the same message, in the order it was said."""
    is_unsure: bool = False
    """A wish was heard, but not which: one of ``ranked``, or something else."""
    is_out_of_scope: bool = False
    """What was asked for is no matter of a shop."""
    wanted_language: Language | None = None
    pressed: str | None = None
    """The value of a button, when one was pressed instead of writing."""
