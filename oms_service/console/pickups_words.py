"""What fetching in a shop is called on the console's pages."""

from typing import Final

from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.web.texts import N_

#: A state as word, tone and icon.
STATES: Final = {
    PickupState.RESERVED: (N_("To be laid out"), "attention", "clock"),
    PickupState.PREPARING: (N_("Being laid out"), "accent", "parcel"),
    PickupState.READY: (N_("Ready for collection"), "success", "check"),
    PickupState.COLLECTED: (N_("Collected"), "success", "check"),
    PickupState.EXPIRED: (N_("Reservation ran out"), "", "cross"),
    PickupState.CANCELLED: (N_("Called off"), "", "cross"),
    PickupState.NO_SHOW: (N_("Not collected"), "", "cross"),
}
CHECKS: Final = {
    IdentityCheck.CODE: N_("The collection code"),
    IdentityCheck.ORDER_MAIL: N_("The confirmation mail"),
    IdentityCheck.PHOTO_ID: N_("A document with a photo"),
    IdentityCheck.HEALTH_CARD: N_("A health insurance card"),
    IdentityCheck.KNOWN_CUSTOMER: N_("We know the customer"),
}
WEEKDAYS: Final = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
REFUSALS: Final = {
    "stale-version": N_("A colleague was quicker. This is how it stands now."),
    "illegal-transition": N_("It was collected or ended already."),
    "wrong-pickup-code": N_("The code does not fit this order. Nothing was handed over."),
    "pickup-not-all-here": N_("Some of it has not come to the shop yet."),
    "pickup-extended": N_("It has been kept longer once already."),
    "order-on-hold": N_("The order is on hold, so nothing can be handed over."),
    "already-shipped": N_("Part of it was collected. What is left ends by itself."),
    "change-refused": N_("The shop's rules do not allow calling it off."),
    "out-of-stock": N_("It is no longer in the shop. Please look for it at other locations."),
    "too-many-requests": N_("Too many wrong codes. Please wait some minutes."),
    "invalid": N_("Some details are not right. Please check them."),
}
OTHERWISE: Final = N_("That is not possible just now.")
