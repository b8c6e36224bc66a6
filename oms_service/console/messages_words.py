"""Words of the log of what was said: channels, kinds, how far a message got, and why not."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from oms_service.conversations import channels
from oms_service.conversations.breaker import Rest
from oms_service.conversations.outgoing import Kind, SentView
from oms_service.conversations.queries import Try
from oms_service.conversations.resending import Why
from oms_service.conversations.states import DeliveryState as State
from oms_service.web.texts import N_, gettext

CHANNELS: Final[Mapping[str, str]] = {
    channels.MAIL: N_("Mail"),
    channels.LINE: N_("LINE"),
    channels.SLACK: N_("Slack"),
    channels.SMS: N_("Text messages"),
    channels.WEBCHAT: N_("Chat"),
    channels.ASSISTANT: N_("Assistants of customers"),
}
KINDS: Final[Mapping[Kind, str]] = {
    Kind.NOTICE: N_("Notice"),
    Kind.AGENT: N_("Colleague"),
    Kind.BOT: N_("Automatic answer"),
    Kind.CODE: N_("Code or link to sign in"),
}
#: Word, tone and icon of how far a message got, as far as its channel tells.
STATES: Final[Mapping[State, tuple[str, str, str]]] = {
    State.QUEUED: (N_("Waiting to be sent"), "attention", "clock"),
    State.SENT: (N_("Sent out"), "accent", "check"),
    State.DELIVERED: (N_("Arrived at its reader"), "success", "check"),
    State.READ: (N_("Read"), "success", "check"),
    State.FAILED: (N_("Not delivered"), "danger", "alert"),
}
#: Waits until somebody presses: every try has failed.
PARKED: Final = (N_("Given up after several tries"), "danger", "alert")
#: What a message that has not left waits for.
FOR_A_COLLEAGUE: Final = N_(
    "Waits for a colleague: send it again, or put its failed step right by hand."
)
FOR_PROVIDER: Final = N_("Waits for the provider, which is away: tried again from %(time)s on.")
FOR_ANOTHER_TRY: Final = N_("Waits for its next try, from %(time)s on.")
FOR_CHANNEL: Final = N_("Waits until its channel may send it.")
FOR_A_WORKER: Final = N_("Waits for its turn to be sent.")
#: What "sent" means, where nothing more will ever be known.
KNOWN: Final[Mapping[str, str]] = {
    channels.MAIL: N_(
        "The mail server took it. Whether it was read is not known; if it comes back, this page"
        " says so."
    ),
    channels.LINE: N_("LINE took it. Whether it was read is not known."),
    channels.SLACK: N_("It stands in the customer's direct messages in Slack."),
    channels.SMS: N_("The provider took it. Whether it arrived, it may still say."),
    channels.WEBCHAT: N_("It stands in the customer's chat."),
    channels.ASSISTANT: N_("It was handed to the customer's assistant."),
}

#: By what a transport said, the first that fits.
_CAUSES: Final = (
    (r"line\.reply|line\.push", N_("LINE took it.")),
    (r"line\.used_up", N_("This month's LINE messages are used up.")),
    (r"line\.off", N_("LINE is switched off.")),
    (r"line\.blocked", N_("The customer has blocked the shop on LINE.")),
    (r"line\.unknown", N_("This LINE account is gone.")),
    (r"slack\.posted", N_("It stands in Slack.")),
    (r"slack\.off", N_("Slack is switched off.")),
    (r"slack\.gone", N_("The customer's Slack has let the shop's app go.")),
    (r"slack\..*", N_("Slack refused it.")),
    (r"sms\.sent", N_("The provider took it.")),
    (r"sms\.delivered", N_("The provider says that it has arrived.")),
    (r"sms\.failed", N_("The provider of text messages could not deliver it.")),
    (r"sms\.refused", N_("The provider of text messages refused it.")),
    (r"sms\.off", N_("Text messages are switched off.")),
    (r"refused with 55[0-3]|5\.1\.\d", N_("The mail server refused the address.")),
    (r"5\.2\.2", N_("The mailbox is full.")),
    (r"refused with|5\.7\.\d", N_("The mail server refused the message.")),
    (r"the address cannot be written to", N_("No mail can be sent to this address as it stands.")),
    (r"delayed", N_("The other mail server takes it later; it goes on trying.")),
    (r"complaint|complained", N_("The reader marked it as unwanted.")),
    (r"SMTPAuthenticationError", N_("The mail server did not accept our sign-in.")),
    (r"SMTPRecipientsRefused", N_("The mail server does not take mail for this address now.")),
    (r"SMTPSenderRefused", N_("The mail server did not accept our sender address.")),
    (r"SSL\w*|\w*Certificate\w*", N_("The connection to the mail server could not be secured.")),
    (
        r"Connection\w*|OSError|gaierror|\w*Timeout\w*|SMTPServerDisconnected|Unanswered|CutOff",
        N_("The provider could not be reached."),
    ),
    (r"SMTP\w*", N_("The mail server could not take it at that moment.")),
    (r"TooMany|Busy", N_("Too many messages at once; it was to wait.")),
    (r"\d+(\.\d+)*|failed", N_("A mail server reported that it could not be delivered.")),
)
_ELSE: Final[Mapping[State, str]] = {
    State.FAILED: N_("It could not be handed over."),
    State.QUEUED: N_("It has to wait."),
}
#: Why the mailbox that customers write to cannot be read.
_MAILBOX: Final[Mapping[str, str]] = {
    "away": N_("The mail server does not answer."),
    "login": N_("The mail server did not accept our sign-in."),
    "folder": N_("The folder to read is not there."),
    "no_tls": N_("The connection to the mail server could not be secured."),
}
#: Why a message is not sent again.
AGAINST: Final[Mapping[Why, str]] = {
    Why.SENT: N_("It has been sent."),
    Why.UNDER_WAY: N_("It is on its way already."),
    Why.WAITS: N_("It goes by itself as soon as its channel may send it."),
    Why.CODE: N_(
        "A code or a link to sign in is never sent twice. The customer asks for a new one."
    ),
    Why.EMPTIED: N_("Its words are not kept any more, so there is nothing to send."),
}
EMPTIED: Final = N_("Its words are not kept any more.")


def cause(said: str, state: State) -> str:
    """What a transport answered, in words; empty where there is nothing to explain."""
    if said:
        for pattern, words in _CAUSES:
            if re.match(pattern, said):
                return str(gettext(words))
    return str(gettext(_ELSE[state])) if state in _ELSE else ""


def waits_for(
    message: SentView, tries: Sequence[Try], rests: Sequence[Rest] = ()
) -> tuple[str, datetime | None]:
    """What a message that has not left waits for: a msgid, empty where it has, and until when."""
    if message.state is not State.QUEUED:
        return "", None
    if message.is_parked:
        return FOR_A_COLLEAGUE, None
    rest = next((one for one in rests if one.channel == message.channel), None)
    if rest is not None:
        return FOR_PROVIDER, rest.until
    if not tries:
        return FOR_A_WORKER, None
    return (FOR_ANOTHER_TRY, message.next_at) if message.next_at else (FOR_CHANNEL, None)


def stands(message: SentView) -> tuple[str, str, str]:
    """Word, tone and icon of how far a message got."""
    return PARKED if message.is_parked else STATES[message.state]


def called(channel: str) -> str:
    """A channel in words; one that nobody has named, by its code."""
    return str(gettext(CHANNELS[channel])) if channel in CHANNELS else channel


def mailbox_cause(why: str) -> str:
    """The msgid of why a mailbox cannot be read, by its code."""
    return _MAILBOX.get(why, N_("The mail server refuses to let us read."))
