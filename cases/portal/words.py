"""What customers read about their orders: one sentence for each step, words for each state."""

from typing import Final

from cases.states import CaseState
from oms_service.conversations.states import AuthorKind
from oms_service.orders.states import PaymentState
from oms_service.payments.states import RefundState
from oms_service.pickup.states import PickupState
from oms_service.returns.states import ReturnReason, ReturnState
from oms_service.web.texts import N_

_NO_DOCUMENT: Final = {
    "nothing-to-bill": N_("Nothing of this order is charged, so there is no invoice."),
    "nothing-received": N_("There is a receipt as soon as your payment has come."),
}
_ASK_US: Final = N_("We cannot make this document by ourselves. Please write to us.")


def document_refusal(code: str) -> str:
    """Why a customer does not get a document now, by the code of the refusal."""
    return _NO_DOCUMENT.get(code, _ASK_US)


#: The answer where the order is collected in a shop.
COLLECTING: Final = {
    PickupState.RESERVED: N_("We are getting your order ready in the shop."),
    PickupState.PREPARING: N_("We are getting your order ready in the shop."),
    PickupState.READY: N_("Your order is ready. You can collect it in the shop."),
    PickupState.COLLECTED: N_("You have collected your order. Thank you."),
    PickupState.EXPIRED: N_("This reservation has run out."),
    PickupState.CANCELLED: N_("This order has been cancelled."),
    PickupState.NO_SHOW: N_("This order was not collected in time, so we have ended it."),
}
WEEKDAYS: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

#: A return on its way, as word, tone and icon.
RETURNS: Final = {
    ReturnState.REQUESTED: (N_("A colleague is checking it"), "attention", "clock"),
    ReturnState.APPROVED: (N_("Accepted; please send it back"), "accent", "return"),
    ReturnState.REJECTED: (N_("Not accepted"), "danger", "cross"),
    ReturnState.IN_TRANSIT: (N_("On its way back to us"), "accent", "truck"),
    ReturnState.PARTLY_RECEIVED: (N_("Part of it has arrived with us"), "accent", "return"),
    ReturnState.RECEIVED: (N_("Arrived with us"), "success", "check"),
    ReturnState.CANCELLED: (N_("Withdrawn"), "", "cross"),
}
REASONS: Final = {
    ReturnReason.CHANGED_MIND: N_("Not what I expected, or no longer needed"),
    ReturnReason.WRONG_SIZE: N_("It does not fit"),
    ReturnReason.DAMAGED: N_("Damaged or faulty"),
    ReturnReason.DEFECTIVE: N_("Damaged or faulty"),
    ReturnReason.WRONG_ITEM: N_("The wrong item came"),
    ReturnReason.OTHER: N_("Another reason"),
}
REFUNDS: Final = {
    RefundState.REQUESTED: (N_("Refund being made"), "attention", "clock"),
    RefundState.FAILED: (N_("Refund being made"), "attention", "clock"),
    RefundState.PAID: (N_("Refunded"), "success", "check"),
}
PAYMENTS: Final = {
    PaymentState.UNPAID: (N_("Payment pending"), "attention", "clock"),
    PaymentState.AUTHORIZED: (N_("Payment approved"), "accent", "check"),
    PaymentState.PARTIALLY_PAID: (N_("Partly paid"), "attention", "clock"),
    PaymentState.PAID: (N_("Paid in full"), "success", "check"),
    PaymentState.PARTIALLY_REFUNDED: (N_("Partly refunded"), "success", "refund"),
    PaymentState.REFUNDED: (N_("Refunded"), "success", "refund"),
}

#: What comes next in a case, as its customer reads it.
NEXT_STEPS: Final = {
    CaseState.NEW: N_("A colleague reads it and answers you."),
    CaseState.OPEN: N_("A colleague is working on it and answers you."),
    CaseState.WAITING_CUSTOMER: N_("To go on we need your answer. Please write it below."),
    CaseState.WAITING_THIRD_PARTY: N_(
        "We have asked somebody else, such as the carrier. You need not do anything; "
        "we write to you as soon as we know more."
    ),
    CaseState.SNOOZED: N_("We come back to this and write to you. You need not do anything."),
    CaseState.RESOLVED: N_("We believe that this is settled. Is it?"),
    CaseState.CLOSED: N_("This matter is settled. If something is still wrong, write below."),
}
#: The stages of a case as its customer reads them, from the first word to the end.
STAGES: Final = (N_("We have your message"), N_("A colleague works on it"), N_("Settled"))
#: How far each state is along them, and how the stage that is reached stands.
STAGE_OF: Final = {
    CaseState.NEW: (0, "current"),
    CaseState.OPEN: (1, "current"),
    CaseState.WAITING_CUSTOMER: (1, "trouble"),
    CaseState.WAITING_THIRD_PARTY: (1, "current"),
    CaseState.SNOOZED: (1, "current"),
    CaseState.RESOLVED: (2, "current"),
    CaseState.CLOSED: (2, "done"),
}


def stages(state: CaseState) -> list[tuple[str, str]]:
    """Each stage as a msgid, and how it stands: done, current, trouble or next."""
    here, stands = STAGE_OF[state]
    return [
        (word, "done" if place < here else stands if place == here else "next")
        for place, word in enumerate(STAGES)
    ]


#: Who said something in a case.
AUTHORS: Final = {
    AuthorKind.CUSTOMER: N_("You"),
    AuthorKind.BOT: N_("Automatic answer"),
    AuthorKind.AGENT: N_("Our team"),
}
