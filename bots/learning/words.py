"""Words for what may be meant, for why a message was missed, and for what is wrong."""

from typing import Final

from bots.learning.states import Outcome
from oms_service.web.texts import N_

OUTCOMES: Final = {
    Outcome.MISSED: N_("not understood"),
    Outcome.UNCLEAR: N_("asked what was meant"),
    Outcome.OUTSIDE: N_("taken for no matter of ours"),
}
#: Every label of seeds.
LABELS: Final = {
    "track_order": N_("Where my order is"),
    "delivery_eta": N_("When it will arrive"),
    "report_delay": N_("It has not arrived yet"),
    "order_history": N_("My orders"),
    "return_item": N_("Return something"),
    "talk_to_human": N_("Talk to a person"),
    "account_help": N_("Account or signing in"),
    "cancel_order": N_("Cancel an order"),
    "cancellation_policy": N_("How cancelling works"),
    "change_address": N_("Change the address"),
    "change_delivery_date": N_("Change the delivery time"),
    "change_items": N_("Change what was ordered"),
    "change_payment": N_("Pay in another way"),
    "complaint": N_("Make a complaint"),
    "coupon_points": N_("Coupons and points"),
    "exchange_item": N_("Exchange something"),
    "invoice_receipt": N_("Invoice or receipt"),
    "payment_issue": N_("A problem with paying"),
    "payment_methods": N_("Ways to pay"),
    "place_order": N_("Order something"),
    "product_availability": N_("Whether it is in stock"),
    "product_info": N_("About a product"),
    "refund_request": N_("Get money back"),
    "refund_status": N_("Where a refund is"),
    "report_damaged": N_("It is damaged or does not work"),
    "report_missing": N_("Something is missing"),
    "report_wrong_item": N_("The wrong thing came"),
    "return_policy": N_("How returns work"),
    "shipping_info": N_("Shipping costs and times"),
    "affirm": N_("A yes"),
    "deny": N_("A no"),
    "thanks": N_("Thanks"),
    "greet": N_("A greeting"),
    "goodbye": N_("A goodbye"),
    "help": N_("What the chat can do"),
    "out_of_scope": N_("No matter of a shop"),
}
_WRONG: Final = {
    "text": N_("Write one thing that customers say, of at most 500 characters."),
    "label": N_("Choose what is meant."),
    "language": N_("Choose the language."),
    "file": N_("Choose a file with utterances, one a line."),
}


def wrong(field: str) -> str:
    """The msgid for what is wrong in a field; a line of a file is named by its number."""
    return _WRONG.get(field, N_("This line is no utterance, or what it means is unknown."))
