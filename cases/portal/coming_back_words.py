"""What customers read when they send something back, exchange it, or say what is wrong with it."""

from typing import Final

from cases.portal.coming_back_forms import Kind, Way
from oms_service.payments.states import MethodKind
from oms_service.returns.states import (
    ClaimReason,
    ClaimState,
    Condition,
    HandOver,
    Moment,
    RefundWhen,
    ReturnReason,
)
from oms_service.web.texts import N_

#: Each kind as a heading, as one of three ways to begin, and what it is for.
KINDS: Final = {
    Kind.RETURN: (
        N_("Return items"),
        N_("Send it back and get your money back."),
        "return",
    ),
    Kind.EXCHANGE: (
        N_("Exchange items"),
        N_("Send it back and get another size, colour or version."),
        "parcel",
    ),
    Kind.PROBLEM: (
        N_("Something is wrong with it"),
        N_("It is damaged or faulty, something is missing, or it never came."),
        "alert",
    ),
}
RETURN_REASONS: Final = {
    ReturnReason.CHANGED_MIND: N_("Not what I expected, or no longer needed"),
    ReturnReason.WRONG_SIZE: N_("It does not fit"),
    ReturnReason.DAMAGED: N_("It arrived damaged"),
    ReturnReason.DEFECTIVE: N_("It does not work as it should"),
    ReturnReason.WRONG_ITEM: N_("The wrong item came"),
    ReturnReason.OTHER: N_("Another reason"),
}
CLAIM_REASONS: Final = {
    ClaimReason.DAMAGED: N_("It arrived damaged"),
    ClaimReason.DEFECTIVE: N_("It does not work as it should"),
    ClaimReason.WRONG_ITEM: N_("The wrong item came"),
    ClaimReason.MISSING: N_("It was not in the parcel"),
    ClaimReason.NOT_RECEIVED: N_("The parcel never came"),
}
CONDITIONS: Final = {
    Condition.UNOPENED: N_("Unopened"),
    Condition.OPENED: N_("Opened, not used"),
    Condition.USED: N_("Used"),
}
WAYS: Final = {
    Way.REPLACEMENT: N_("Send me a new one"),
    Way.REFUND: N_("Give me the money back"),
    Way.PART: N_("I keep it and get part of the money back"),
}
#: By which way money goes back, as the operations name it.
METHODS: Final = {
    "original_payment": N_("the way you paid"),
    "gift_card": N_("to your gift card"),
    "store_credit": N_("as store credit"),
    "bank_transfer": N_("by bank transfer"),
    "mixed": N_("to each of the ways you paid"),
}
WHEN: Final = {
    RefundWhen.AT_ONCE: N_("We pay it back at once."),
    RefundWhen.ON_SCAN: N_("We pay it back once the carrier has your parcel."),
    RefundWhen.ON_RECEIPT: N_("We pay it back once the items are here and checked."),
}
SENDS: Final = {
    Moment.AT_ONCE: N_("We send the new items at once."),
    Moment.ON_RECEIPT: N_("We keep the new items for you and send them once yours are here."),
}
PAYS_BY: Final = {
    MethodKind.CARD: N_("Card"),
    MethodKind.PAYPAL: N_("PayPal"),
    MethodKind.GIFT_CARD: N_("Gift card"),
    MethodKind.STORE_CREDIT: N_("Store credit"),
}
CLAIM_STATES: Final = {
    ClaimState.REQUESTED: (N_("A colleague is checking it"), "attention", "clock"),
    ClaimState.AWAITING_GOODS: (N_("Accepted; please send it back"), "accent", "return"),
    ClaimState.REMEDIED: (N_("Put right"), "success", "check"),
    ClaimState.REJECTED: (N_("Not accepted"), "danger", "cross"),
    ClaimState.CANCELLED: (N_("Withdrawn"), "", "cross"),
}
#: What is wrong with an input, by the first word of its name.
WRONG: Final = {
    "lines": N_("Please choose at least one item and how many of it."),
    "units": N_("Please enter how many, as a number."),
    "reason": N_("Please choose what the reason is."),
    "sku": N_("Please choose what you want instead."),
    "way": N_("Please choose what we should do."),
    "amount": N_("Please enter an amount such as 500."),
    "method_id": N_("Please choose how to pay the difference."),
    "agreed": N_("Please confirm that you have read the terms."),
    "hand_over": N_("Please choose how you hand the parcel over."),
    "collect_on": N_("Please choose one of the days shown."),
    "collect_window": N_("Choose the hours from the list."),
}
ANY_HOURS: Final = N_("Any time of the day")
#: How goods get to the carrier: the choice, and what it means.
SENDING: Final = {
    HandOver.DROP_OFF: (
        N_("I take it there myself"),
        N_("To an office of the carrier, or a convenience store that takes its parcels."),
    ),
    HandOver.PICKUP: (
        N_("Have it collected at my door"),
        N_("A colleague arranges it with the carrier and confirms it to you."),
    ),
}
SENDING_KEPT: Final = {
    HandOver.DROP_OFF: N_("Thank you. Please take the parcel there with its label."),
    HandOver.PICKUP: N_("Thank you. A colleague arranges it and confirms it to you."),
}
CHECK: Final = N_("Please check this entry.")
TOO_MUCH: Final = N_("This is more than the items cost.")
GONE: Final = N_("Somebody else has just taken the last one. Please choose another version.")
NO_BALANCE: Final = N_("The balance is no longer enough. Please choose another way to pay.")
