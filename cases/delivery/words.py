"""What customers read about a delivery: one sentence for each step, words for what they can do."""

from typing import Final

from oms_service.history.actions import Act
from oms_service.history.steps import Step
from oms_service.history.tracking import Tracking
from oms_service.web.texts import N_

#: The answer, before anything else.
ANSWERS: Final = {
    Step.ORDER_RECEIVED: N_("We have your order and will prepare it next."),
    Step.PAYMENT_PENDING: N_("We are waiting for your payment to be confirmed."),
    Step.PREPARING: N_("We are preparing your order for shipping."),
    Step.SHIPPED: N_("Your order has shipped."),
    Step.IN_TRANSIT: N_("Your parcel is on its way."),
    Step.OUT_FOR_DELIVERY: N_("Your parcel is out for delivery."),
    Step.ATTEMPTED: N_("The carrier called, but nobody was at home."),
    Step.AWAITING_PICKUP: N_("Your parcel is waiting to be picked up."),
    Step.DELIVERED: N_("Your order has been delivered."),
    Step.CANCELLED: N_("This order has been cancelled."),
    Step.RETURNING: N_("Your parcel could not be delivered and is coming back to us."),
    Step.UNDELIVERABLE: N_("Your parcel could not be delivered, and we are sorry."),
}
ON_HOLD: Final = N_("Your order is on hold while we check something.")
BACKORDERED: Final = N_("Your order is waiting for stock.")
PARTLY_DELIVERED: Final = N_("Part of your order has been delivered; the rest follows.")
PARTLY_SHIPPED: Final = N_("Part of your order has shipped; we are preparing the rest.")

STEP_ICONS: Final = {
    Step.ORDER_RECEIVED: "inbox",
    Step.PAYMENT_PENDING: "clock",
    Step.PREPARING: "parcel",
    Step.SHIPPED: "truck",
    Step.IN_TRANSIT: "truck",
    Step.OUT_FOR_DELIVERY: "truck",
    Step.ATTEMPTED: "alert",
    Step.AWAITING_PICKUP: "home",
    Step.DELIVERED: "check",
    Step.CANCELLED: "cross",
    Step.RETURNING: "alert",
    Step.UNDELIVERABLE: "alert",
}
#: What one can do, as the button says it, and its icon.
ACTS: Final = {
    Act.CHANGE_ADDRESS: (N_("Change the address"), "home"),
    Act.CHANGE_ITEMS: (N_("Change the items"), "parcel"),
    Act.CHANGE_PAYMENT: (N_("Change the payment"), "refund"),
    Act.SEND_FASTER: (N_("Have it sent faster"), "truck"),
    Act.CHANGE_DELIVERY: (N_("Change the day or time"), "clock"),
    Act.CANCEL: (N_("Cancel the order"), "cross"),
    Act.CHOOSE_DELIVERY: (N_("Choose date and time, or redelivery"), "clock"),
    Act.RETURN: (N_("Request a return"), "return"),
    Act.REPORT_PROBLEM: (N_("Report a problem with an item"), "alert"),
    Act.CONTACT: (N_("Ask us in the chat"), "speech"),
}


def answer_of(found: Tracking) -> str:
    """The answer in one sentence, as a msgid."""
    if found.why == "on_hold":
        return ON_HOLD
    if found.why == "backordered":
        return BACKORDERED
    if found.more_to_come:
        is_any_there = any(one.step is Step.DELIVERED for one in found.parcels)
        return PARTLY_DELIVERED if is_any_there else PARTLY_SHIPPED
    return ANSWERS[found.step]
