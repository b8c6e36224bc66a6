"""What changing an order is called on the customer's pages."""

from collections.abc import Mapping
from typing import Final

from oms_service.orders.states import ChangeKind
from oms_service.payments.states import MethodKind
from oms_service.web.texts import N_

#: What may be changed: its name, what that means, its icon; in the order of the list.
CHOICES: Final[Mapping[ChangeKind, tuple[str, str, str]]] = {
    ChangeKind.ADDRESS: (
        N_("Change the address"),
        N_("Have this order sent somewhere else."),
        "home",
    ),
    ChangeKind.DELIVERY: (
        N_("Change the day or time"),
        N_("Have it arrive on another day, or at other hours."),
        "clock",
    ),
    ChangeKind.ITEMS: (
        N_("Change size, colour or version"),
        N_("Get another version of what you ordered."),
        "parcel",
    ),
    ChangeKind.QUANTITY: (
        N_("Change the quantity"),
        N_("Get more or fewer of what you ordered."),
        "shelf",
    ),
    ChangeKind.EXPEDITE: (
        N_("Have it sent faster"),
        N_("See what a faster delivery costs."),
        "truck",
    ),
    ChangeKind.PAYMENT: (
        N_("Pay another way"),
        N_("Your first payment goes back to you."),
        "refund",
    ),
    ChangeKind.CANCEL: (
        N_("Cancel the order"),
        N_("All of it, or single items."),
        "cross",
    ),
}
#: Reasons that are the shop's own: no customer says them.
FORBIDDEN_REASONS: Final = frozenset({"out_of_stock", "fraud"})
REASONS: Final[Mapping[str, str]] = {
    "no_longer_needed": N_("I no longer need it"),
    "ordered_by_mistake": N_("I ordered it by mistake"),
    "takes_too_long": N_("It takes too long"),
    "other": N_("Another reason"),
}
PAYS_WITH: Final[Mapping[MethodKind, str]] = {
    MethodKind.CARD: N_("Card"),
    MethodKind.PAYPAL: N_("PayPal"),
    MethodKind.GIFT_CARD: N_("Gift card"),
    MethodKind.STORE_CREDIT: N_("Store credit"),
}
#: What is said once it is done.
DONE: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADDRESS: N_("Done. Your order goes to the new address."),
    ChangeKind.DELIVERY: N_("The day and time of delivery are changed."),
    ChangeKind.ITEMS: N_("Done. We send the other version."),
    ChangeKind.QUANTITY: N_("Done. The quantity is changed."),
    ChangeKind.EXPEDITE: N_("Done. We send it faster."),
    ChangeKind.PAYMENT: N_("Done. The order is paid the other way."),
    ChangeKind.CANCEL: N_("It is cancelled. What you paid for it goes back to you."),
}
#: The first line of what a colleague is asked for, in the customer's words.
WISHES: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADDRESS: N_("I would like this order sent to another address."),
    ChangeKind.DELIVERY: N_("I would like this order to arrive at another time."),
    ChangeKind.ITEMS: N_("I would like another version of an item of this order."),
    ChangeKind.QUANTITY: N_("I would like another quantity of an item of this order."),
    ChangeKind.EXPEDITE: N_("I would like this order sent faster."),
    ChangeKind.PAYMENT: N_("I would like to pay this order another way."),
    ChangeKind.CANCEL: N_("I would like to cancel this order."),
}
