"""What the pages about money call things."""

from collections.abc import Mapping
from typing import Final

from oms_service.operations.money.refunding import RefundReason
from oms_service.payments.states import (
    AttemptState,
    ChargebackState,
    EntryKind,
    Purpose,
    RefundPart,
    RefundState,
)
from oms_service.web.texts import N_

ENTRIES: Final = {
    EntryKind.AUTHORIZED: N_("Promised"),
    EntryKind.CAPTURED: N_("Money received"),
    EntryKind.VOIDED: N_("Let go"),
    EntryKind.REFUNDED: N_("Paid back"),
    EntryKind.CHARGEBACK: N_("Taken back by the bank"),
}
PURPOSES: Final = {
    Purpose.AUTHORIZE: N_("Promise of money"),
    Purpose.CHARGE: N_("Payment"),
    Purpose.CAPTURE: N_("Capture"),
    Purpose.VOID: N_("Letting go"),
}
ATTEMPTS: Final = {
    AttemptState.REQUESTED: (N_("Being asked for"), "accent"),
    AttemptState.WAITING: (N_("Waiting"), "attention"),
    AttemptState.DONE: (N_("Done"), "success"),
    AttemptState.REFUSED: (N_("Refused"), "danger"),
    AttemptState.ENDED: (N_("Ended"), ""),
}
REFUNDS: Final = {
    RefundState.AWAITING_APPROVAL: (N_("Needs a second person"), "attention"),
    RefundState.REQUESTED: (N_("To be paid"), "accent"),
    RefundState.PAID: (N_("Paid back"), "success"),
    RefundState.FAILED: (N_("Refused"), "danger"),
    RefundState.DECLINED: (N_("Declined"), ""),
}
PARTS: Final = {
    RefundPart.ORDER: N_("Part of the order"),
    RefundPart.SHIPPING: N_("Shipping"),
    RefundPart.GOODWILL: N_("Goodwill"),
}
REASONS: Final = {
    RefundReason.LATE: N_("It came late"),
    RefundReason.QUALITY: N_("Something was wrong with it"),
    RefundReason.MISSING: N_("Something was missing"),
    RefundReason.PRICE: N_("The price was wrong"),
    RefundReason.DUPLICATE: N_("Paid twice"),
    RefundReason.SHIPPING_PROBLEM: N_("Trouble with the delivery"),
    RefundReason.APOLOGY: N_("As an apology"),
    RefundReason.OTHER: N_("Another reason"),
}
#: Why the house itself gives money back, where nobody chose a reason.
OF_THE_HOUSE: Final[Mapping[str, str]] = {
    "return": N_("Returned goods"),
    "claim": N_("Something was wrong with it"),
    "order_cancelled": N_("Order cancelled"),
    "order_changed": N_("The order was changed"),
    "exchange": N_("Exchange"),
    "exchange_changed": N_("Exchange"),
    "not_collected": N_("Not collected"),
    "paid_otherwise": N_("Paid another way"),
    "paid_after_cancelling": N_("Paid after it was cancelled"),
    "paid_too_much": N_("Paid too much"),
    "at_the_provider": N_("Paid back at the provider"),
    "not_paid_in_time": N_("Not paid in time"),
}
DISPUTES: Final = {
    ChargebackState.OPEN: (N_("Evidence is due"), "danger"),
    ChargebackState.CONTESTED: (N_("Evidence was sent"), "accent"),
    ChargebackState.WON: (N_("Won"), "success"),
    ChargebackState.LOST: (N_("Lost"), ""),
}
#: Refusals by the provider's code; any other is shown as it is.
REFUSALS: Final = {
    "card_declined": N_("The bank declined the card."),
    "insufficient_funds": N_("The account does not hold enough."),
    "expired_card": N_("The card has expired."),
    "charge_already_refunded": N_("The provider says that it was paid back before."),
    "method_ended": N_("The gift card or credit has ended."),
    "money without an order": N_("Money came that belongs to no order."),
    "refund came back from the bank": N_("The bank sent a refund back."),
    "refund above what was paid": N_("The provider paid back more than came in."),
}


def why(reason: str) -> str:
    """Why money goes back, in English words; what is not known is just another reason."""
    if reason in OF_THE_HOUSE:
        return OF_THE_HOUSE[reason]
    return REASONS[RefundReason(reason) if reason in set(RefundReason) else RefundReason.OTHER]
