"""The words of the pages about rules: stages, rules, and what is wrong with a text."""

from collections.abc import Mapping
from typing import Final

from notifications.rules import Stage, Urgency
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.web.texts import N_

STAGES: Final[Mapping[Stage, str]] = {
    Stage.ORDER: N_("The order"),
    Stage.PAYMENT: N_("Payment"),
    Stage.DELIVERY: N_("Sending and delivery"),
    Stage.PICKUP: N_("Collecting in a shop"),
    Stage.CHANGES: N_("Changes and cancelling"),
    Stage.RETURNS: N_("Returns, exchanges and refunds"),
    Stage.CLAIMS: N_("Something is wrong with the goods"),
    Stage.REQUESTS: N_("Requests"),
    Stage.AFTERWARDS: N_("Afterwards"),
}

RULES: Final[Mapping[str, str]] = {
    "order_received": N_("We have the order"),
    "order_held": N_("The address needs a check"),
    "order_released": N_("The order goes on"),
    "preparing": N_("It is being packed"),
    "payment_due": N_("It is to be paid"),
    "payment_received": N_("The payment is here"),
    "payment_failed": N_("The payment did not go through"),
    "shipped": N_("It has left"),
    "out_for_delivery": N_("It is out for delivery"),
    "attempted": N_("Nobody was at home"),
    "at_counter": N_("It is at the carrier's counter"),
    "delivered": N_("It is delivered"),
    "delay": N_("It will be late"),
    "late": N_("It is late"),
    "stalled": N_("It does not move"),
    "recovered": N_("It is in time after all"),
    "backordered": N_("It waits for stock"),
    "date_moved": N_("It leaves on another day"),
    "stock_came": N_("The stock has come"),
    "pickup_ready": N_("It is ready to collect"),
    "pickup_reminder": N_("It is not kept much longer"),
    "pickup_extended": N_("It is kept longer"),
    "pickup_expired": N_("It is kept no more"),
    "pickup_cancelled": N_("The pickup is called off"),
    "order_cancelled": N_("Cancelled as the customer wished"),
    "order_cancelled_by_us": N_("Cancelled by the shop"),
    "partly_cancelled": N_("Part of it is cancelled"),
    "order_changed": N_("It is changed"),
    "change_declined": N_("A change was not possible"),
    "return_asked": N_("We have the wish to return"),
    "return_approved": N_("The return is approved"),
    "return_rejected": N_("The return is refused"),
    "return_overdue": N_("We wait for the goods"),
    "return_sent": N_("The goods are on their way to us"),
    "return_partly_received": N_("Part of the goods is here"),
    "return_received": N_("The goods are here"),
    "return_withdrawn": N_("The return is called off"),
    "exchange_sent": N_("The new goods are being prepared"),
    "exchange_cancelled": N_("The exchange is called off"),
    "refund_paid": N_("The refund is paid"),
    "refund_delayed": N_("The refund takes longer"),
    "claim_asked": N_("We have the report"),
    "claim_approved": N_("It will be put right once the goods are back"),
    "claim_rejected": N_("The report is refused"),
    "claim_refunded": N_("Money goes back for it"),
    "claim_replaced": N_("A replacement is sent"),
    "case_opened": N_("We have the request"),
    "case_answered": N_("There is an answer"),
    "case_waiting": N_("We wait for the customer"),
    "case_resolved": N_("The request is settled"),
    "satisfaction": N_("How was our help?"),
    "feedback": N_("How was the order?"),
}

URGENCIES: Final[Mapping[Urgency, str]] = {
    Urgency.AT_ONCE: N_("At once, also at night"),
    Urgency.DAYTIME: N_("Not in the quiet hours"),
}

#: The ways a notice can go, by channel.
WAYS: Final[Mapping[str, str]] = {
    MAIL: N_("Mail"),
    WEBCHAT: N_("Chat"),
    LINE: N_("LINE"),
    SLACK: N_("Slack"),
    SMS: N_("Text messages"),
}
#: When each of them is taken.
WHEN: Final[Mapping[str, str]] = {
    MAIL: N_("Where there is an address that gives nothing back."),
    WEBCHAT: N_("Who was in the chat within the last 24 hours."),
    LINE: N_("Who wrote to the shop there and asked for notices there."),
    SLACK: N_("Who wrote to the shop there and asked for notices there."),
    SMS: N_("Who has proven a mobile number and asked for notices there; never unasked."),
}

WRONG: Final[Mapping[str, str]] = {
    "empty": N_("Please write something here."),
    "long": N_("This is too long."),
    "sign": N_("There is a sign here that cannot be shown. Please type the text anew."),
    "unknown": N_("{%(name)s} is not known to this notice. Please choose one of those listed."),
    "missing": N_("{%(name)s} has to be in the text: without it the notice does not help."),
    "link": N_("A button has to lead to an address with https:// or to one of those listed."),
    "hour": N_("Please choose an hour from 0 to 23."),
    "hours": N_("Please choose 0 to 168 hours."),
}
