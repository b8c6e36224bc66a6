"""What LINE sends: the proof that it does, and events in our own words.

Whatever an event is that we do not know, or a group's, is passed over: LINE adds kinds of events.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from oms_service.kernel.errors import Invalid

#: More events than one call has.
MOST_EVENTS: Final = 500
#: Longer texts are cut, as nobody's matter takes more words.
MOST_CHARACTERS: Final = 2000
#: An event that is older is a recording, or of no use to anybody any more.
OLDEST: Final = timedelta(days=3)
_AHEAD: Final = timedelta(minutes=10)
_USER: Final = re.compile(r"U[0-9a-f]{32}")
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,100}")
#: Characters that show nothing and could hide something, and halves of characters.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LATEST_MS: Final = 253_402_300_799_000
_MOST_DATA: Final = 300
_MOST_NAME: Final = 120


class Kind(StrEnum):
    """What happened."""

    TEXT = "text"
    BUTTON = "button"
    FILE = "file"
    STICKER = "sticker"
    #: A message of a kind that is not read here: a voice, a film, a place.
    OTHER = "other"
    UNSEND = "unsend"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    LINKED = "linked"


@dataclass(frozen=True)
class Happened:
    """One event of one user."""

    key: str
    user: str
    kind: Kind
    at: datetime
    reply_token: str = ""
    content: Mapping[str, str] = field(default_factory=dict)


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether whoever signed this body knows the channel's secret."""
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def events(body: bytes, *, now: datetime) -> tuple[Happened, ...]:
    """The events of one call that mean something here, in their order.

    Raises:
        Invalid: it is no call of LINE's at all.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("not JSON") from None
    found = said.get("events") if isinstance(said, dict) else None
    if not isinstance(found, list) or len(found) > MOST_EVENTS:
        raise Invalid("not a call of LINE's", {"events": "a list is needed"})
    read = (_event(one, now) for one in found)
    return tuple(one for one in read if one is not None)


def _event(said: object, now: datetime) -> Happened | None:
    if not isinstance(said, dict) or said.get("mode") != "active":
        return None
    source = said.get("source")
    if not isinstance(source, dict) or source.get("type") != "user":
        return None  # what a customer asks is nothing for a group
    key, user = _fits(said.get("webhookEventId"), _ID), _fits(source.get("userId"), _USER)
    at = _moment(said.get("timestamp"))
    if not key or not user or at is None or not now - OLDEST <= at <= now + _AHEAD:
        return None
    meant = _meant(said)
    if meant is None:
        return None
    kind, content = meant
    return Happened(key, user, kind, at, _fits(said.get("replyToken"), _TOKEN), content)


def _meant(said: Mapping[str, Any]) -> tuple[Kind, Mapping[str, str]] | None:  # noqa: PLR0911 - a table
    """What an event says, or None of one that says nothing here."""
    match said:
        case {"type": "message", "message": dict(message)}:
            return _message(message)
        case {"type": "postback", "postback": {"data": str(data)}} if len(data) <= _MOST_DATA:
            return Kind.BUTTON, {"data": _plain(data, _MOST_DATA)}
        case {"type": "unsend", "unsend": {"messageId": str(message_id)}}:
            return (Kind.UNSEND, {"id": message_id}) if _fits(message_id, _ID) else None
        case {"type": "accountLink", "link": {"result": "ok", "nonce": str(nonce)}}:
            return (Kind.LINKED, {"nonce": nonce}) if _fits(nonce, _TOKEN) else None
        case {"type": "follow"}:
            return Kind.FOLLOW, {}
        case {"type": "unfollow"}:
            return Kind.UNFOLLOW, {}
    return None


def _message(message: Mapping[str, Any]) -> tuple[Kind, Mapping[str, str]] | None:
    message_id = _fits(message.get("id"), _ID)
    if not message_id:
        return None
    match message:
        case {"type": "text", "text": str(text)}:
            words = _plain(text, MOST_CHARACTERS)
            return (Kind.TEXT, {"id": message_id, "text": words}) if words else None
        case {"type": "image"}:
            return Kind.FILE, {"id": message_id, "name": "photo.jpg"}
        case {"type": "file", "fileName": str(name)}:
            return Kind.FILE, {"id": message_id, "name": _plain(name, _MOST_NAME) or "file"}
        case {"type": "sticker"}:
            return Kind.STICKER, {"id": message_id}
    return Kind.OTHER, {"id": message_id}


def _plain(text: str, most: int) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()[:most]


def _fits(value: object, shape: re.Pattern[str]) -> str:
    return value if isinstance(value, str) and shape.fullmatch(value) else ""


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST_MS:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
