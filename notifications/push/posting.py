"""One ring to one browser: what is posted to its push service, and what the answer means."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final, Protocol

from notifications.push.identity import Identity
from notifications.push.sealing import Keys, seal, unpadded
from notifications.rules import Urgency
from oms_service.webhooks import states
from oms_service.webhooks.sending import Answer

#: When a push service that is busy, and does not say for how long, is asked again.
WAIT: Final = timedelta(minutes=5)
#: No service keeps us waiting for longer, whatever it says.
LONGEST_WAIT: Final = timedelta(hours=6)
_TOPIC_LETTERS: Final = 32
#: The words of RFC 8030: what may wait for the morning need not wake a telephone that saves power.
_URGENCY: Final = {Urgency.AT_ONCE: "high", Urgency.DAYTIME: "normal"}
_GONE: Final = frozenset({404, 410})
_BUSY: Final = frozenset({408, 425, 429})
#: Without any answer these end alike whenever they are tried.
_NEVER: Final = frozenset({states.Outcome.FORBIDDEN_ADDRESS})


class Fate(StrEnum):
    """What became of one try."""

    #: The push service has it, and rings when the browser is there.
    TAKEN = "taken"
    #: The browser is no longer subscribed; nothing reaches it this way any more.
    ENDED = "ended"
    #: It will never be taken as it is; other messages may be.
    REFUSED = "refused"
    #: Not now; it is tried again.
    LATER = "later"


@dataclass(frozen=True)
class Outcome:
    """How a try ended. ``again_at`` where it is tried again, ``status`` where one was said."""

    fate: Fate
    status: int | None = None
    again_at: datetime | None = None


class Sends(Protocol):
    """What posts to servers outside, and never to our own network."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


@dataclass(frozen=True, kw_only=True)
class Ring:
    """What is to ring where.

    ``matter`` is what it is about, such as ``parcel:12``: what the browser has not fetched yet of
    the same is replaced by it. Empty for what stands alone. ``keeps`` is how long it is worth
    ringing.
    """

    endpoint: str
    keys: Keys
    plain: bytes
    urgency: Urgency
    keeps: timedelta
    matter: str = ""


def post(sender: Sends, identity: Identity, ring: Ring, *, now: datetime) -> Outcome:
    """Ring once; sent again with the same matter, the browser still rings once.

    Args:
        sender: guards our own network.
        identity: the one the browser subscribed to.
        ring: what to whom.
        now: UTC.

    Raises:
        Invalid: what it says is too long for a push service; nothing was sent.
    """
    body = seal(ring.plain, ring.keys)
    headers = {
        "Authorization": identity.authorization(ring.endpoint, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(body)),
        "TTL": str(max(0, int(ring.keeps.total_seconds()))),
        "Urgency": _URGENCY[ring.urgency],
    }
    if ring.matter:
        headers["Topic"] = topic(ring.matter)
    return read(sender.post(ring.endpoint, headers, body), now)


def topic(matter: str) -> str:
    """A matter in the letters RFC 8030 allows, telling the push service nothing of what it is."""
    return unpadded(hashlib.sha256(matter.encode()).digest())[:_TOPIC_LETTERS]


def read(answer: Answer, now: datetime) -> Outcome:
    """What an answer means, by RFC 8030; pure."""
    status = answer.status
    if status is None:
        if answer.outcome in _NEVER:
            return Outcome(Fate.REFUSED)
        return Outcome(Fate.LATER, None, now + WAIT)
    if 200 <= status < 300:  # noqa: PLR2004 - as HTTP has it
        return Outcome(Fate.TAKEN, status)
    if status in _GONE:
        return Outcome(Fate.ENDED, status)
    if status in _BUSY or status >= 500:  # noqa: PLR2004 - as HTTP has it
        return Outcome(Fate.LATER, status, now + wait(answer.retry_after, now))
    return Outcome(Fate.REFUSED, status)


def wait(retry_after: str, now: datetime) -> timedelta:
    """How long to wait by a ``Retry-After``, in seconds or as a date; ours where it says none."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        seconds = min(int(text[:9]), int(LONGEST_WAIT.total_seconds()))
        return timedelta(seconds=max(1, seconds))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return WAIT
    until = at.replace(tzinfo=at.tzinfo or UTC) - now
    return min(max(until, timedelta(seconds=1)), LONGEST_WAIT)
