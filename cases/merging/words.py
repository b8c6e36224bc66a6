"""What merging and splitting are called on pages, as msgids."""

from typing import Final

from cases.merging.policy import Why
from cases.merging.service import NotOpen, OtherCustomer, TakenElsewhere, TwoDecisions
from oms_service.kernel.errors import Stale
from oms_service.web.texts import N_

WHY: Final = {
    Why.CUSTOMER: N_("same customer"),
    Why.ORDER: N_("same order"),
    Why.CONVERSATION: N_("same conversation"),
    Why.REASON: N_("same reason"),
    Why.GROUP: N_("similar reason"),
    Why.TIME: N_("about the same time"),
    Why.WORDS: N_("similar words"),
}
#: Why two cases are not merged, or a merge is not undone.
REFUSED: Final = {
    OtherCustomer.code: N_("These cases belong to two customers, so they are never one."),
    TwoDecisions.code: N_("Each of them holds a return to decide. Decide one of them first."),
    NotOpen.code: N_("Only open cases are merged, split and put back."),
    TakenElsewhere.code: N_(
        "This cannot be put back as it was: one of the cases was merged on, or the matter has"
        " a new case by now."
    ),
    Stale.code: N_("Somebody changed one of these cases meanwhile. This is how it stands now."),
}
#: Why nothing is split off for a reason that has its case.
TAKEN: Final = N_(
    "This order has an open case for that reason already. Choose another reason, or go on there."
)
FIELDS: Final = {
    "into": N_("Choose another case, not this one."),
    "messages": N_("Choose messages of this case, all of one conversation."),
    "lines": N_("Choose items of this case."),
    "reason": N_("Choose a reason."),
    "order": N_("Choose an order of this case."),
    "with": N_("There is no case of that number."),
}
