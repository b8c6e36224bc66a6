"""What customers do in Slack, in our own words: as much as is kept until it is dealt with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from bots.slack.fetching import MOST as MOST_FILES
from bots.slack.reading import plain

#: Beyond this nobody reads what was written.
LONGEST: Final = 4_000
#: Of a button's value; Slack lets none be longer.
_MOST_VALUE: Final = 2_000
#: What is fetched by, and what it is called.
_OF_FILES: Final = ("id", "name", "file_access", "url_private_download", "url_private")
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,40}")
_TS: Final = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
_ACTION: Final = re.compile(r"[\x21-\x7e]{1,60}")
#: Characters that show nothing and could hide something, and halves of characters.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Kind(StrEnum):
    """What a customer did."""

    WRITTEN = "written"
    TAKEN_BACK = "taken_back"
    PRESSED = "pressed"
    #: A thread of the assistant's pane was opened.
    OPENED = "opened"


@dataclass(frozen=True)
class Happened:
    """One thing that a customer did, in a direct message with the app.

    ``ts`` is when, as Slack counts. ``mark`` tells it from whatever else happened there, however
    often Slack tells of it.
    """

    kind: Kind
    channel: str
    user: str
    ts: str
    mark: str
    thread: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


def written(event: Mapping[str, Any]) -> Happened | None:
    """A message; written otherwise, it is said anew. None of what says nothing new."""
    message, at, mark = event, _ts(event.get("ts")), ""
    if event.get("subtype") == "message_changed":
        message, before = _part(event, "message"), _part(event, "previous_message")
        at = mark = _ts(_part(message, "edited").get("ts"))
        if not mark or message.get("bot_id") or message.get("text") == before.get("text"):
            return None
    ts = _ts(message.get("ts"))
    key = f"s:{ts}:{mark}" if mark else f"s:{ts}"
    files = message.get("files") if not mark else None
    content = {
        "key": key,
        "text": clean(plain(str(message.get("text") or ""))).strip()[:LONGEST],
        "files": [_file(one) for one in files[: MOST_FILES + 1]] if isinstance(files, list) else [],
    }
    thread = _ts(message.get("thread_ts"))
    return _of(Kind.WRITTEN, event, message.get("user"), at if ts else "", key, thread, content)


def taken_back(event: Mapping[str, Any]) -> Happened | None:
    """A message that its writer has deleted; None of one that was an app's."""
    before, ts = _part(event, "previous_message"), _ts(event.get("deleted_ts"))
    if before.get("bot_id") or not ts:
        return None
    at, thread = _ts(event.get("ts")) or ts, _ts(before.get("thread_ts"))
    content = {"key": f"s:{ts}"}
    return _of(Kind.TAKEN_BACK, event, "", at, f"d:{ts}", thread, content)


def pressed(user: str, body: Mapping[str, Any]) -> Happened | None:
    """A button of the chat; each of a message counts once."""
    message, actions = _part(body, "message"), body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    value = action.get("value") if isinstance(action, Mapping) else None
    if not isinstance(action, Mapping) or not isinstance(value, str) or len(value) > _MOST_VALUE:
        return None
    ts, name = _ts(message.get("ts")), str(action.get("action_id") or "")
    if not ts or not _ACTION.fullmatch(name):
        return None
    key = f"s:{ts}:{name}"
    label = clean(str(_part(action, "text").get("text") or ""))[:LONGEST]
    content = {"key": key, "value": clean(value), "label": label}
    at, thread = _ts(action.get("action_ts")) or ts, _ts(message.get("thread_ts"))
    event = {"channel": _part(body, "channel").get("id")}
    return _of(Kind.PRESSED, event, user, at, key, thread, content)


def opened(event: Mapping[str, Any]) -> Happened | None:
    """The assistant's pane: each thread of it is a conversation."""
    pane = _part(event, "assistant_thread")
    thread = _ts(pane.get("thread_ts"))
    event = {"channel": pane.get("channel_id")}
    return _of(Kind.OPENED, event, pane.get("user_id"), thread, f"p:{thread}", thread, {})


def clean(text: str) -> str:
    """Words without what shows nothing and could hide something."""
    return _CONTROL.sub("", text)


def _of(
    kind: Kind,
    event: Mapping[str, Any],
    user: object,
    ts: str,
    mark: str,
    thread: str,
    content: Mapping[str, Any],
) -> Happened | None:
    channel, who = str(event.get("channel") or ""), str(user or "")
    is_somebodys = _ID.fullmatch(who) or kind is Kind.TAKEN_BACK
    if not (_ID.fullmatch(channel) and is_somebodys and ts):
        return None
    return Happened(kind, channel, who, ts, mark, thread, content)


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def _ts(given: object) -> str:
    """A moment as Slack counts, by which it knows a message; empty where it is none."""
    return given if isinstance(given, str) and _TS.fullmatch(given) else ""


def _file(given: object) -> Mapping[str, str]:
    """As much of a file as it is fetched by."""
    if not isinstance(given, Mapping):
        return {}
    return {name: clean(str(given.get(name) or ""))[:2_000] for name in _OF_FILES}
