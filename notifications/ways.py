"""By which ways a notice can go to a customer, and which of them it takes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from notifications.preferences import BY_CHOICE, CHANNELS
from notifications.rules import Rule
from notifications.sms import numbers
from oms_service.conversations import mail_in, texting
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers

Reader = Session | Connection

#: A chat this fresh is where the customer looks.
RECENT: Final = timedelta(hours=24)
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: Ways whose talks stay open for good: a word there arrives whenever it is said.
_LASTING: Final = (LINE, SLACK)
#: What is a record to keep goes by mail; else where a customer looks first.
_FIRST: Final[Mapping[bool, tuple[str, ...]]] = {
    True: (MAIL, WEBCHAT, LINE, SLACK, SMS),
    False: (WEBCHAT, LINE, SLACK, SMS, MAIL),
}
#: What could not be said one way is said by the first of these that was not tried.
_THEN: Final = (LINE, SLACK, SMS, MAIL, WEBCHAT)


@dataclass(frozen=True)
class Mobile:
    """A telephone to which a short message goes."""

    number: str


To = ConversationView | Mobile | str
"""Where something is said: in a talk, to a telephone, or to a mail address."""


@dataclass(frozen=True)
class Ways:
    """The ways that are open to a customer now: talks by channel, an address, a telephone."""

    talks: Mapping[str, ConversationView]
    mail: str | None = None
    mobile: Mobile | None = None

    @property
    def open(self) -> frozenset[str]:
        """By their names."""
        others = {MAIL: self.mail, SMS: self.mobile}
        return frozenset(self.talks) | {name for name, to in others.items() if to is not None}

    def to(self, channel: str) -> To | None:
        """Where something is said on a channel; None where that way is not open."""
        if channel == SMS:
            return self.mobile
        return self.mail if channel == MAIL else self.talks.get(channel)

    def last_word_at(self) -> datetime | None:
        """When the customer and we last said something in a talk."""
        return max((one.last_message_at for one in self.talks.values()), default=None)


def of(reader: Reader, customer_id: int, now: datetime) -> Ways:
    """The ways to a customer: a fresh chat, a talk that lasts, an address that took our letters."""
    talks = {WEBCHAT: _talk(reader, customer_id, WEBCHAT, now - RECENT)}
    talks |= {one: _talk(reader, customer_id, one, _EVER) for one in _LASTING}
    mail = customers.mail_of(reader, customer_id)
    works = mail is not None and not mail_in.unreachable(reader, mail)
    return Ways(
        {name: one for name, one in talks.items() if one},
        mail if works else None,
        _mobile(reader, customer_id),
    )


def shown(reader: Reader, customer_id: int) -> tuple[str, ...]:
    """The ways a customer may choose: LINE and Slack who wrote there, SMS to a proven number."""
    known = {one for one in _LASTING if _talk(reader, customer_id, one, _EVER)}
    if numbers.of(reader, customer_id) is not None:
        known.add(SMS)
    return tuple(one for one in CHANNELS if one not in BY_CHOICE or one in known)


def in_turn(shown: Collection[str], turns: Sequence[str]) -> tuple[str, ...]:
    """Ways in the order that a customer has put them, and those they have not behind; pure."""
    return tuple(one for one in dict.fromkeys((*turns, *_FIRST[False])) if one in shown)


def first(rule: Rule, allowed: Collection[str], turns: Sequence[str] = ()) -> str | None:
    """The way that a notice goes, of those that are open and wanted; pure.

    The customer's own order goes before the house's, but what is a record to keep goes by mail
    where it may.
    """
    kept = (MAIL,) if rule.in_writing else ()
    order = (*kept, *turns, *_FIRST[rule.in_writing])
    return next((one for one in order if one in allowed), None)


def order(rule: Rule) -> tuple[str, ...]:
    """The ways a notice can go, in the house's own order, which a customer may change; pure."""
    return _FIRST[rule.in_writing]


def next_after(
    tried: Collection[str], allowed: Collection[str], turns: Sequence[str] = ()
) -> str | None:
    """The way that is tried where those before have failed; none twice; pure."""
    left = [one for one in (*turns, *_THEN) if one in allowed and one not in tried]
    return left[0] if left else None


def _mobile(reader: Reader, customer_id: int) -> Mobile | None:
    proven = numbers.of(reader, customer_id)
    if proven is None or texting.is_unreachable(reader, proven.number):
        return None
    return Mobile(proven.number)


def _talk(
    reader: Reader, customer_id: int, channel: str, since: datetime
) -> ConversationView | None:
    return conversations.latest_of_customer(reader, customer_id, channel=channel, since=since)
