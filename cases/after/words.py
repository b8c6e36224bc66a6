"""Words for what comes after cases, as msgids; said by the pages."""

from collections.abc import Mapping
from typing import Final

from cases.after.states import Skipped
from oms_service.web.texts import N_

#: Each number of the rules: what it is, and what it does.
NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "reopen_days": (
        N_("A settled case may come back for"),
        N_("Days. After that it closes, and what the customer writes opens another one."),
    ),
    "ask_after_minutes": (
        N_("Ask about our help after"),
        N_("Minutes since the case was settled."),
    ),
    "feedback_after_hours": (
        N_("Ask about the delivery after"),
        N_("Hours since the last parcel arrived."),
    ),
    "answer_days": (N_("An answer may be given and changed for"), N_("Days.")),
    "not_again_days": (
        N_("Nobody is asked again within"),
        N_("Days; 0 asks every time."),
    ),
    "low_score": (
        N_("A person looks into scores up to"),
        N_("1 to 4; 0 looks into none. Of our help a lead looks, and the customer is not told."),
    ),
}
#: Scores in words, the worst first.
SCORES: Final = {
    1: N_("Very dissatisfied"),
    2: N_("Dissatisfied"),
    3: N_("Neither"),
    4: N_("Satisfied"),
    5: N_("Very satisfied"),
}
#: Where an answer was given.
CHANNELS: Final[Mapping[str, str]] = {
    "link": N_("by the link in a mail"),
    "chat": N_("in the chat"),
    "portal": N_("on the customer pages"),
    "api": N_("through the API"),
}
#: Why nobody was asked about a case.
WHY_NOT: Final[Mapping[Skipped, str]] = {
    Skipped.OFF: N_("The shop does not ask."),
    Skipped.ENDING: N_("After such an ending nobody is asked."),
    Skipped.UNANSWERED: N_("The customer had no answer from us to judge."),
    Skipped.INTERNAL: N_("It is a matter among colleagues."),
    Skipped.UNKNOWN_CUSTOMER: N_("The customer is not known."),
    Skipped.REOPENED: N_("The case came back."),
    Skipped.LATELY: N_("The customer was asked a short while ago."),
    Skipped.REFUSED: N_("The customer does not want to be asked."),
    Skipped.UNREACHABLE: N_("Our answer did not reach the customer."),
    Skipped.UNFINISHED: N_("Something about the order stayed open."),
    Skipped.CANCELLED: N_("The order was cancelled."),
    Skipped.ERASED: N_("The customer's data were erased."),
}
