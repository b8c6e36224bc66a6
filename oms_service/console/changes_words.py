"""What changes of orders are called on the console's pages."""

from collections.abc import Mapping
from typing import Final

from oms_service.kernel.languages import Language
from oms_service.operations.rules.change_rules import Speed
from oms_service.operations.sources.wishing import Reach
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind, ChangeState
from oms_service.shipping import wishes
from oms_service.web.texts import N_, gettext

#: What may be changed, and what that means, as the list of choices says it.
KINDS: Final[Mapping[ChangeKind, tuple[str, str]]] = {
    ChangeKind.ADDRESS: (N_("Delivery address"), N_("Send the order somewhere else.")),
    ChangeKind.ITEMS: (N_("Size, colour or version"), N_("Swap items for others of the product.")),
    ChangeKind.QUANTITY: (N_("Quantity"), N_("More or fewer of what was ordered.")),
    ChangeKind.PAYMENT: (N_("Payment method"), N_("Pay another way; the first payment goes back.")),
    ChangeKind.EXPEDITE: (N_("Faster delivery"), N_("Send it by a faster service.")),
    ChangeKind.DELIVERY: (
        N_("Day and time of delivery"),
        N_("Have it arrive on another day, or at other hours."),
    ),
    ChangeKind.CANCEL: (N_("Cancel"), N_("Call off all of it, or some units.")),
}
STATES: Final[Mapping[ChangeState, tuple[str, str]]] = {
    ChangeState.PROPOSED: (N_("Waiting to be confirmed"), "attention"),
    ChangeState.CONFIRMED: (N_("Done"), "success"),
    ChangeState.DECLINED: (N_("Declined"), ""),
    ChangeState.EXPIRED: (N_("Run out"), ""),
}
REASONS: Final[Mapping[str, str]] = {
    "no_longer_needed": N_("No longer needed"),
    "ordered_by_mistake": N_("Ordered by mistake"),
    "takes_too_long": N_("Takes too long"),
    "out_of_stock": N_("We cannot send it"),
    "fraud": N_("Suspected fraud"),
    "other": N_("Another reason"),
}
SPEEDS: Final[Mapping[Speed, str]] = {
    Speed.NEXT_DAY: N_("Next day"),
    Speed.EXPRESS: N_("Express"),
    Speed.SAME_DAY: N_("Same day"),
}


def hours(found: Reach, order: OrderView, language: Language) -> list[tuple[str, str]]:
    """Hours to choose from with their names: any, those on offer, and the ones chosen before."""
    codes = [wishes.hours_of(one) for one in found.windows]
    if order.delivery_window and order.delivery_window not in codes:
        codes.append(order.delivery_window)
    return [("", gettext(ANY_HOURS)), *((one, wishes.hours_said(one, language)) for one in codes)]


#: What is chosen where no hours are wished.
ANY_HOURS: Final = N_("Any time of the day")
#: The parts of an address: what a form calls them and how a browser fills them in.
ADDRESS: Final[Mapping[str, tuple[str, str]]] = {
    "recipient": (N_("Recipient"), "name"),
    "postal_code": (N_("Postal code"), "postal-code"),
    "country": (N_("Country"), "country"),
    "region": (N_("Prefecture or state"), "address-level1"),
    "city": (N_("City or ward"), "address-level2"),
    "line1": (N_("Street and number"), "address-line1"),
    "line2": (N_("Building and room"), "address-line2"),
    "phone": (N_("Phone"), "tel"),
}
NOT_NEEDED: Final = frozenset({"line2", "phone", "region", "postal_code"})
