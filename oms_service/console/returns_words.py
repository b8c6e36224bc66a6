"""What returns, exchanges and claims are called on the console's pages."""

from typing import Final

from oms_service.returns.states import (
    ClaimReason,
    ClaimState,
    Disposition,
    ExchangeState,
    Goods,
    ParcelState,
    Remedy,
    ReturnKind,
    ReturnReason,
    ReturnState,
)
from oms_service.web.texts import N_

#: A state as word, tone and icon.
STATES: Final = {
    ReturnState.REQUESTED: (N_("Waits for a decision"), "attention", "clock"),
    ReturnState.APPROVED: (N_("To be received"), "accent", "return"),
    ReturnState.IN_TRANSIT: (N_("On its way to us"), "accent", "truck"),
    ReturnState.PARTLY_RECEIVED: (N_("Partly received"), "attention", "return"),
    ReturnState.RECEIVED: (N_("Goods received"), "success", "check"),
    ReturnState.REJECTED: (N_("Rejected"), "danger", "cross"),
    ReturnState.CANCELLED: (N_("Called off"), "", "cross"),
}
KINDS: Final = {
    ReturnKind.RETURN: N_("Return"),
    ReturnKind.EXCHANGE: N_("Exchange"),
    ReturnKind.CLAIM: N_("Claim"),
}
REASONS: Final = {
    ReturnReason.CHANGED_MIND: N_("Changed their mind"),
    ReturnReason.WRONG_SIZE: N_("Does not fit"),
    ReturnReason.DAMAGED: N_("Damaged"),
    ReturnReason.DEFECTIVE: N_("Defective"),
    ReturnReason.WRONG_ITEM: N_("Wrong item"),
    ReturnReason.OTHER: N_("Another reason"),
}
CLAIM_REASONS: Final = {
    ClaimReason.DAMAGED: N_("Damaged"),
    ClaimReason.DEFECTIVE: N_("Defective"),
    ClaimReason.WRONG_ITEM: N_("Wrong item"),
    ClaimReason.MISSING: N_("Missing from the parcel"),
    ClaimReason.NOT_RECEIVED: N_("Never arrived"),
}
DISPOSITIONS: Final = {
    Disposition.RESTOCK: N_("Back on the shelf"),
    Disposition.QUALITY_CONTROL: N_("To be checked"),
    Disposition.DISCARD: N_("Thrown away"),
    Disposition.MISSING: N_("Did not come"),
}
PARCELS: Final = {
    ParcelState.ANNOUNCED: N_("announced"),
    ParcelState.IN_TRANSIT: N_("on its way"),
    ParcelState.ARRIVED: N_("arrived"),
    ParcelState.RECEIVED: N_("booked in"),
}
EXCHANGES: Final = {
    ExchangeState.REQUESTED: N_("Nothing is sent before somebody has decided."),
    ExchangeState.WAITING: N_("The new goods are kept back and leave when the old ones are here."),
    ExchangeState.SENT: N_("The new goods are on the order already."),
    ExchangeState.COMPLETED: N_("The exchange is complete."),
    ExchangeState.CANCELLED: N_("The exchange was called off."),
}
CLAIMS: Final = {
    ClaimState.REQUESTED: (N_("Waits for a decision"), "attention", "clock"),
    ClaimState.AWAITING_GOODS: (N_("Goods come back first"), "accent", "return"),
    ClaimState.REMEDIED: (N_("Made good"), "success", "check"),
    ClaimState.REJECTED: (N_("Rejected"), "danger", "cross"),
    ClaimState.CANCELLED: (N_("Called off"), "", "cross"),
}
REMEDIES: Final = {
    Remedy.REFUND: N_("Money back"),
    Remedy.REPLACEMENT: N_("A replacement"),
}
GOODS: Final = {
    Goods.STAY: N_("The customer keeps the goods."),
    Goods.COME_BACK: N_("The goods come back first."),
}
