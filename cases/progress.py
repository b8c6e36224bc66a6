"""How far an order is: each step in words, and all of them as one line, for desk and portal."""

from typing import Final

from oms_service.history.steps import Step
from oms_service.ports.carrier import CarrierStatus
from oms_service.web.texts import N_

#: Where an order is, in the words customers read.
STEPS: Final = {
    Step.ORDER_RECEIVED: N_("Order received"),
    Step.PAYMENT_PENDING: N_("Payment pending"),
    Step.PREPARING: N_("Being prepared"),
    Step.SHIPPED: N_("Shipped"),
    Step.IN_TRANSIT: N_("In transit"),
    Step.OUT_FOR_DELIVERY: N_("Out for delivery"),
    Step.ATTEMPTED: N_("Nobody was at home"),
    Step.AWAITING_PICKUP: N_("Waiting to be picked up"),
    Step.DELIVERED: N_("Delivered"),
    Step.CANCELLED: N_("Cancelled"),
    Step.RETURNING: N_("Going back to the sender"),
    Step.UNDELIVERABLE: N_("Could not be delivered"),
}
SCANS: Final = {
    CarrierStatus.PRE_TRANSIT: N_("Announced to the carrier"),
    CarrierStatus.IN_TRANSIT: N_("In transit"),
    CarrierStatus.OUT_FOR_DELIVERY: N_("Out for delivery"),
    CarrierStatus.AVAILABLE_FOR_PICKUP: N_("Waiting to be picked up"),
    CarrierStatus.ATTEMPTED: N_("Nobody was at home"),
    CarrierStatus.DELAYED: N_("Delayed"),
    CarrierStatus.CUSTOMS_HOLD: N_("Held by customs"),
    CarrierStatus.DELIVERED: N_("Delivered"),
    CarrierStatus.RETURNING: N_("Going back to the sender"),
    CarrierStatus.FAILURE: N_("Could not be delivered"),
    CarrierStatus.UNKNOWN: N_("No news from the carrier"),
}
#: The steps an order takes when all goes well.
WAY: Final = (
    Step.ORDER_RECEIVED,
    Step.PREPARING,
    Step.SHIPPED,
    Step.OUT_FOR_DELIVERY,
    Step.DELIVERED,
)
_STANDS_AT: Final = {
    Step.PAYMENT_PENDING: Step.ORDER_RECEIVED,
    Step.IN_TRANSIT: Step.SHIPPED,
    Step.ATTEMPTED: Step.OUT_FOR_DELIVERY,
    Step.AWAITING_PICKUP: Step.OUT_FOR_DELIVERY,
    Step.RETURNING: Step.SHIPPED,
    Step.UNDELIVERABLE: Step.SHIPPED,
    Step.CANCELLED: Step.ORDER_RECEIVED,
}
TROUBLE: Final = frozenset(
    {Step.ATTEMPTED, Step.RETURNING, Step.UNDELIVERABLE, Step.CANCELLED, Step.PAYMENT_PENDING}
)


def line(step: Step) -> list[tuple[Step, str]]:
    """Each step of the way and how it stands: done, current, trouble or next."""
    here = WAY.index(_STANDS_AT.get(step, step))
    shown: list[tuple[Step, str]] = []
    for place, one in enumerate(WAY):
        if place < here or (place == here and step is Step.DELIVERED):
            shown.append((one, "done"))
        elif place == here:
            shown.append((step, "trouble" if step in TROUBLE else "current"))
        else:
            shown.append((one, "next"))
    return shown


def tone_of(step: Step) -> str:
    """The colour of a step: it only repeats what icon and word say."""
    if step is Step.DELIVERED:
        return "success"
    if step is Step.CANCELLED:
        return ""
    return "attention" if step in TROUBLE else "accent"
