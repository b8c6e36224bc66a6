"""Words about notices that wait: for what, why one is decided about, and what became of it."""

from collections.abc import Mapping
from typing import Final

from notifications.planned.events import TellingHurried, TellingStopped
from notifications.planned.states import Reason
from notifications.states import NoticeState, Waits
from oms_service.web.texts import N_

EVENTS: Final[Mapping[str, str]] = {
    TellingHurried.name: N_("Notice sent before its time"),
    TellingStopped.name: N_("Notice stopped"),
}
#: What a notice waits for.
WAITS: Final[Mapping[str, str]] = {
    Waits.QUIET: N_("The quiet hours"),
    Waits.ONCE_A_DAY: N_("The next day: this order was told of it today"),
    Waits.ANSWER: N_("The chat, where it may be read and answered yet"),
    Waits.BROKE: N_("Another try: it could not be put into words"),
}
REASONS: Final[Mapping[Reason, str]] = {
    Reason.CUSTOMER_ASKED: N_("The customer asked for it"),
    Reason.URGENT: N_("It cannot wait"),
    Reason.TOLD_OTHERWISE: N_("The customer knows already"),
    Reason.NOT_TRUE: N_("It is not true any more"),
    Reason.MISTAKE: N_("A mistake of ours"),
    Reason.OTHER: N_("Something else"),
}
SETTLED: Final[Mapping[NoticeState, str]] = {
    NoticeState.SPOKEN: N_("It has been sent already."),
    NoticeState.SUPPRESSED: N_("It was stopped already, or later news has taken its place."),
}
NOT_TOLD: Final[Mapping[str, str]] = {
    "refused": N_("The customer does not want notices of this kind. Nothing was sent."),
    "unreachable": N_("No way leads to this customer at the moment. Nothing was sent."),
}
