"""Words for what is done from a case, as msgids; said by its pages."""

from typing import Final

from cases.acting.states import ActKind
from oms_service.orders.states import HoldReason
from oms_service.web.texts import N_

#: What can be done: its name, what it means, and what the button of the last step says.
KINDS: Final = {
    ActKind.REFUND: (
        N_("Refund"),
        N_("Give money back the way it came: all of it, an amount, items or the shipping."),
        N_("Give the money back"),
    ),
    ActKind.STORE_CREDIT: (
        N_("Store credit"),
        N_("Give money back as a balance with the shop, there at once."),
        N_("Give the store credit"),
    ),
    ActKind.REPLACEMENT: (
        N_("Replacement"),
        N_("Send items again that arrived damaged, wrong or not at all."),
        N_("Send the replacement"),
    ),
    ActKind.RETURN: (
        N_("Return"),
        N_("Take items back for the customer; the label is made with it."),
        N_("Make the return"),
    ),
    ActKind.EXCHANGE: (
        N_("Exchange"),
        N_("Take items back and send others of the product."),
        N_("Make the exchange"),
    ),
    ActKind.LABEL: (
        N_("Return label again"),
        N_("Send the customer the label of a return once more."),
        N_("Send the label"),
    ),
    ActKind.CANCEL: (
        N_("Cancel"),
        N_("Call off all of the order, or some units."),
        N_("Cancel it for good"),
    ),
    ActKind.ADDRESS: (
        N_("Delivery address"),
        N_("Send the order somewhere else."),
        N_("Change the address"),
    ),
    ActKind.ITEMS: (
        N_("Size, colour or version"),
        N_("Swap items for others of the product."),
        N_("Change the items"),
    ),
    ActKind.QUANTITY: (
        N_("Quantity"),
        N_("More or fewer of what was ordered."),
        N_("Change the quantity"),
    ),
    ActKind.DELIVERY: (
        N_("Day and time of delivery"),
        N_("Have it arrive on another day, or at other hours."),
        N_("Change the delivery"),
    ),
    ActKind.EXPEDITE: (
        N_("Faster delivery"),
        N_("Send it by a faster service."),
        N_("Send it faster"),
    ),
    ActKind.PAYMENT: (
        N_("Payment method"),
        N_("Pay another way; the first payment goes back."),
        N_("Change the payment"),
    ),
    ActKind.HOLD: (
        N_("Hold the order"),
        N_("Nothing leaves the house until it is let go again."),
        N_("Hold the order"),
    ),
    ActKind.RELEASE: (
        N_("Let the order go on"),
        N_("What kept it is settled."),
        N_("Let the order go on"),
    ),
}
ICONS: Final = {
    ActKind.REFUND: "refund",
    ActKind.STORE_CREDIT: "gift",
    ActKind.REPLACEMENT: "parcel",
    ActKind.RETURN: "return",
    ActKind.EXCHANGE: "return",
    ActKind.LABEL: "note",
    ActKind.CANCEL: "stop",
    ActKind.ADDRESS: "home",
    ActKind.ITEMS: "parcel",
    ActKind.QUANTITY: "parcel",
    ActKind.DELIVERY: "clock",
    ActKind.EXPEDITE: "truck",
    ActKind.PAYMENT: "refund",
    ActKind.HOLD: "pause",
    ActKind.RELEASE: "check",
}
#: Why something is not possible where no rule of the shop says it.
WHY_NOT: Final = {
    "not_allowed": N_("Your role may not do this. Ask a lead."),
    "nothing_left": N_("All the money of this order has gone back or is on its way."),
    "nothing_paid": N_("No money has come in for this order yet."),
    "no_return": N_("No return of this order is expected."),
    "nothing_to_hold": N_("Nothing of this order is left to hold."),
    "not_held": N_("Nothing holds this order."),
}
#: Why something that was done cannot be called off.
WHY_NOT_UNDONE: Final = {
    "undone": N_("Called off"),
    "money_on_its_way": N_("The money is on its way and cannot be called back."),
    "not_your_wish": N_("Only whoever asked for it can take it back."),
    "being_sent": N_("The replacement is being sent and cannot be called off."),
    "goods_under_way": N_("The goods are on their way back."),
    "changed_since": N_("It has changed since."),
    "cancelled_for_good": N_("A cancellation cannot be undone. Place a new order instead."),
    "change_again": N_("Change it again instead."),
    "sent": N_("What was sent cannot be called back."),
}
#: What whoever pressed reads where it was refused, by the code of the refusal.
REFUSALS: Final = {
    "second-person-needed": N_("Somebody else has to decide this: it is your own request."),
    "out-of-stock": N_("Somebody else just took the last of it."),
    "customer-unreachable": N_("This customer has neither a chat nor a mail address to answer to."),
    "stale-version": N_("The order has changed meanwhile. This is how it is now."),
    "illegal-transition": N_("Somebody has dealt with it already."),
    "already-decided": N_("Somebody has decided about it already."),
    "change-decided": N_("Somebody has decided about it already."),
    "not-their-method": N_("The money cannot go there."),
    "already-done": N_("This case is settled. Open it again to do more about it."),
    "case-without-order": N_("This case is about no such order."),
}
#: What the record of a case says.
RECORD: Final = {
    "act_refund": N_("Refund asked for"),
    "act_store_credit": N_("Store credit given"),
    "act_replacement": N_("Replacement sent"),
    "act_return": N_("Return made for the customer"),
    "act_exchange": N_("Exchange made for the customer"),
    "act_label": N_("Return label sent again"),
    "act_cancel": N_("Order cancelled"),
    "act_address": N_("Delivery address changed"),
    "act_items": N_("Items changed"),
    "act_quantity": N_("Quantity changed"),
    "act_delivery": N_("Delivery day changed"),
    "act_expedite": N_("Delivery made faster"),
    "act_payment": N_("Payment method changed"),
    "act_hold": N_("Order put on hold"),
    "act_release": N_("Order let go on"),
    "act_undone": N_("Called off again"),
    "refund_agreed": N_("A second person agreed to the refund"),
    "refund_arrives": N_("The refund is paid"),
    "refund_declined": N_("A second person did not agree to the refund"),
    "refund_failed": N_("The provider did not pay the refund"),
    "wish_confirmed": N_("The change was made"),
    "wish_declined": N_("The change was declined"),
    "wish_expired": N_("The change ran out"),
}
HOLDS: Final = {
    HoldReason.CUSTOMER: N_("The customer asked for it"),
    HoldReason.ADDRESS: N_("The address is in doubt"),
    HoldReason.PAYMENT: N_("The payment is in doubt"),
    HoldReason.FRAUD: N_("Suspected fraud"),
    HoldReason.STOCK: N_("Until everything is there"),
}
SCOPES: Final = {
    "all": N_("All that is left"),
    "lines": N_("Items"),
    "shipping": N_("The shipping"),
    "amount": N_("An amount"),
}
#: What the customer reads with the label; the shop may write more in a reply of its own.
LABEL_MAIL: Final = {
    "ja": "返品伝票をあらためてお送りします(返品番号 {number})。\n"
    "下のページから印刷し、箱の外側に貼ってお送りください。\n{url}",
    "en": "Here is your return label once more (return {number}).\n"
    "Print it from this page and put it on the outside of the box:\n{url}",
}
