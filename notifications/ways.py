"""By which ways a notice can go to a customer, and which of them it takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from notifications.preferences import CHANNELS
from notifications.rules import Rule
from oms_service.conversations import mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import LINE, MAIL, WEBCHAT
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers

Reader = Session | Connection

#: A chat this fresh is where the customer looks.
RECENT: Final = timedelta(hours=24)
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: Ways whose talks stay open for good: a word there arrives whenever it is said.
_LASTING: Final = (LINE,)
#: What is a record to keep goes by mail; else where a customer looks first.
_FIRST: Final[Mapping[bool, tuple[str, ...]]] = {
    True: (MAIL, WEBCHAT, LINE),
    False: (WEBCHAT, LINE, MAIL),
}
#: What could not be said one way is said by one of those behind it.
_THEN: Final = (LINE, MAIL, WEBCHAT)


@dataclass(frozen=True)
class Ways:
    """The ways that are open to a customer now: talks by channel, and an address that works."""

    talks: Mapping[str, ConversationView]
    mail: str | None = None

    @property
    def open(self) -> frozenset[str]:
        """By their names."""
        return frozenset(self.talks) | ({MAIL} if self.mail is not None else set())

    def to(self, channel: str) -> ConversationView | str | None:
        """Where something is said on a channel; None where that way is not open."""
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
    return Ways({name: one for name, one in talks.items() if one}, mail if works else None)


def shown(reader: Reader, customer_id: int) -> tuple[str, ...]:
    """The ways a customer may choose among: LINE only for who has written to us there."""
    known = {one for one in _LASTING if _talk(reader, customer_id, one, _EVER)}
    return tuple(one for one in CHANNELS if one not in _LASTING or one in known)


def first(rule: Rule, allowed: Collection[str]) -> str | None:
    """The way that a notice goes, of those that are open and wanted; pure."""
    return next((one for one in _FIRST[rule.in_writing] if one in allowed), None)


def next_after(failed: str, allowed: Collection[str]) -> str | None:
    """The way that is tried after one has failed; never one that came before it; pure."""
    behind = _THEN[_THEN.index(failed) + 1 :] if failed in _THEN else ()
    return next((one for one in behind if one in allowed), None)


def _talk(
    reader: Reader, customer_id: int, channel: str, since: datetime
) -> ConversationView | None:
    return conversations.latest_of_customer(reader, customer_id, channel=channel, since=since)
