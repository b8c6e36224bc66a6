"""Words of the page of a case for what agents write: where it goes, what is advised, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.desk.at_hand import AtHand
from cases.desk.page import CasePage, Line
from cases.states import Priority
from cases.words import PRIORITIES, RESOLUTIONS
from cases.writing.moments import Preset
from cases.writing.states import Do
from cases.writing.suggesting import Advice, Suggestion, Why
from cases.writing.words import PRESETS
from oms_service.conversations.states import DeliveryState
from oms_service.kernel.languages import Words
from oms_service.web.texts import N_, gettext

#: The button that sends, by where the answer goes.
SEND: Final = {
    "webchat": N_("Send in the chat"),
    "line": N_("Send on LINE"),
    "sms": N_("Send as a text message"),
    "slack": N_("Send in Slack"),
    "assistant": N_("Send to the customer's assistant"),
}
BY_MAIL: Final = N_("Send by mail")
ACTIONS: Final = {
    Do.PRIORITY: N_("Priority: %(value)s"),
    Do.TAG: N_("Tag: %(value)s"),
    Do.QUEUE: N_("Queue: %(value)s"),
    Do.ASSIGN_ME: N_("Take the case"),
    Do.WAIT: N_("Wait for the customer's answer"),
    Do.RESOLVE: N_("Resolve: %(value)s"),
    Do.SNOOZE: N_("Snooze: %(value)s"),
}
_ADVICE: Final = {
    Advice.DECIDE: N_("Decide about the return"),
    Advice.TAKE: N_("Take it"),
    Advice.MACRO: N_("Answer with “%(value)s”"),
    Advice.SNOOZE: N_("Snooze until the parcel should be there"),
    Advice.RESOLVE: N_("Resolve: %(value)s"),
}
_WHY: Final = {
    Why.RETURN_WAITS: N_("The customer waits for a yes or a no."),
    Why.NOBODY: N_("Nobody has this case."),
    Why.USED: N_("Used in %(count)s of %(of)s similar cases."),
    Why.WRITTEN_FOR: N_("Written for this reason."),
    Why.EXPECTED: N_("It is expected by then."),
    Why.THANKS: N_("The customer only says thanks."),
    Why.ENDED_SO: N_("%(count)s of %(of)s similar cases ended so."),
}
#: Why an answer did not leave, by the code of what was in the way.
NOT_SENT: Final = {
    "already-done": N_("The case was resolved before it left."),
    "customer-unreachable": N_("The customer has neither a chat nor a mail address."),
    "invalid": N_("What the macro does is not possible in this case."),
    "files-gone": N_("A file that was to go with it had left already, or was deleted."),
    "too-many-files": N_("There is no room for more files in this conversation."),
}
#: Why a message did not reach the customer, by what its transport said.
UNDELIVERED: Final = {
    "line.used_up": N_(
        "Waits: this month's LINE messages are used up. It goes with the next answer to what the"
        " customer writes there, or next month."
    ),
    "line.off": N_("Waits: LINE is switched off."),
    "line.blocked": N_("Not delivered: the customer has blocked the shop on LINE."),
    "line.unknown": N_("Not delivered: this LINE account is gone."),
    "slack.off": N_("Waits: Slack is switched off."),
    "slack.gone": N_("Not delivered: the customer's Slack has let the shop's app go."),
    "sms.off": N_("Not delivered: text messages are switched off."),
}
UNDELIVERED_ELSE: Final = N_("Not delivered.")
UNDELIVERED_YET: Final = N_("Not delivered yet. It is tried again.")
NOT_SENT_ELSE: Final = N_("Something went wrong on our side.")
#: Every key, by where it is for.
KEYS: Final = (
    (
        N_("On every page"),
        {
            "Ctrl+K": N_("Find a case, an order, a customer, a page or an action"),
            "?": N_("Show these keys"),
        },
    ),
    (
        N_("In the list"),
        {
            "j / k": N_("Next or previous case"),
            "Enter / o": N_("Open the case"),
            "x": N_("Tick it"),
            "/": N_("Search cases"),
            "Esc": N_("From the case to the list, from the list to the list alone"),
        },
    ),
    (
        N_("In a case"),
        {
            "r": N_("Write a reply"),
            "m": N_("Choose a macro"),
            "Ctrl+Enter": N_("Send what is in the box"),
            "u": N_("Undo the answer that is about to leave"),
            "n": N_("Write an internal note"),
            "a": N_("Give it to a colleague"),
            "s": N_("Snooze this case"),
            "f": N_("Come back by itself"),
            "e": N_("Resolve this case"),
        },
    ),
)
NEWS: Final = {
    "wrote": N_("The customer wrote"),
    "replied": N_("%(who)s replied"),
    "replying": N_("%(who)s is sending an answer"),
    "note": N_("%(who)s noted"),
}
NEWS_ELSE: Final = N_("%(who)s did something about it")


@dataclass(frozen=True)
class Told:
    """One piece of advice in words."""

    what: Suggestion
    words: str
    why: str
    title: Words


def advice(page: CasePage, hand: AtHand) -> list[Told]:
    """What is suggested for a case, as its page says it."""
    titles = {one.code: one.title for one in hand.macros}
    return [told(one, titles) for one in hand.suggestions if page.is_active]


def told(one: Suggestion, titles: Mapping[str, Words]) -> Told:
    """One suggestion in words; ``titles`` are those of macros by code."""
    numbers = {"count": one.count, "of": one.of}
    return Told(one, _ADVICE[one.advice], _(_WHY[one.why]) % numbers, titles.get(one.value, {}))


def ending(code: str) -> str:
    """How a case ended, in words."""
    return _(RESOLUTIONS[code]) if code in RESOLUTIONS else code


def keys() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every key of the inbox and of a case by where it is for, and what it does."""
    return [(_(title), [(key, _(words)) for key, words in of.items()]) for title, of in KEYS]


def channel_of(page: CasePage) -> str:
    """What the button says that sends an answer: where it goes."""
    where = page.conversation.channel if page.conversation else ""
    return _(SEND.get(where, BY_MAIL))


def action(one: Mapping[str, Any]) -> str:
    """One thing a macro does, in words."""
    do, value = Do(one["do"]), str(one.get("value", ""))
    said = {
        Do.PRIORITY: lambda: _(PRIORITIES[Priority(value)]),
        Do.RESOLVE: lambda: ending(value),
        Do.SNOOZE: lambda: _(PRESETS[Preset(value)]),
    }
    return _(ACTIONS[do]) % {"value": said[do]() if do in said else value}


def news(what: str) -> str:
    """What has come, as a sentence that may name who."""
    return _(NEWS.get(what, NEWS_ELSE))


def not_sent(why: str) -> str:
    """Why an answer did not leave."""
    return _(NOT_SENT.get(why, NOT_SENT_ELSE))


def undelivered(line: Line) -> str:
    """Why a message has not reached the customer, for the colleague who counts on it."""
    else_ = UNDELIVERED_YET if line.state == DeliveryState.QUEUED else UNDELIVERED_ELSE
    return _(UNDELIVERED.get(line.undelivered or "", else_))


def _(text: str) -> str:
    return str(gettext(text))
