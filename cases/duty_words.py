"""What the repeated duties of cases are called."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: What is done, by the names of sweeps.
DUTIES: Final[Mapping[str, str]] = {
    "answer-times-by-the-new-book": N_("Work out answer times by changed rules"),
    "ask-for-feedback": N_("Ask how deliveries and products were"),
    "ask-for-satisfaction": N_("Ask how our help was"),
    "assign-waiting-cases": N_("Give out waiting cases"),
    "bring-cases-back": N_("Bring cases back on their day"),
    "close-settled-cases": N_("Close settled cases"),
    "count-uncounted-cases": N_("Count cases for the reports"),
    "forget-old-bulks": N_("Clear lists of cases changed together"),
    "look-into-the-mailbox": N_("Fetch mail from the mailbox"),
    "mail-that-was-held": N_("Let in mail that was held back"),
    "mend-load-of-agents": N_("Check how many cases each colleague has"),
    "notice-who-is-there": N_("See which colleagues are there"),
    "send-pending-replies": N_("Send answers that wait for their moment"),
    "wake-snoozed-cases": N_("Wake snoozed cases"),
    "warn-of-answer-times": N_("Warn of answer times running out"),
}
