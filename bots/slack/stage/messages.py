"""Messages, their threads, and what only one person sees."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bots.slack.stage.channels import Channel, Channels
from bots.slack.stage.ground import Ground
from bots.slack.stage.limits import check_message, check_metadata, elements_of
from bots.slack.stage.people import Member
from bots.slack.stage.refusals import Refused

PAGE: Final = 100
MOST_ON_PAGE: Final = 999
#: As many of what was shown to one person each as are remembered.
WHISPERS: Final = 1_000
TOMBSTONE: Final = "This message was deleted."
#: What somebody says in an event of a change.
SAYS: Final = ("text", "blocks", "attachments", "metadata")


@dataclass(frozen=True)
class Words:
    """What a message is to say."""

    text: str = ""
    blocks: Sequence[dict[str, Any]] | None = None
    attachments: Sequence[dict[str, Any]] | None = None
    metadata: dict[str, Any] | None = None
    files: Sequence[dict[str, Any]] = ()
    thread_ts: str = ""
    is_broadcast: bool = False
    unfurls: bool = True
    username: str = ""


@dataclass
class Messages:
    """Posts, changes and deletes; ``told`` hears each as an event of Slack's."""

    ground: Ground
    told: Callable[[Channel, dict[str, Any]], None] = lambda _channel, _event: None
    #: Shown to one person each, and gone when they look again.
    ephemerals: list[dict[str, Any]] = field(default_factory=list)

    def post(self, channel: Channel, by: Member, words: Words) -> dict[str, Any]:
        """Say something.

        Raises:
            Refused: not_in_channel, is_archived, message_not_found of the thread, limits.
        """
        with self.ground.lock:
            self._may_speak(channel, by)
            if not words.files:
                check_message(words.text, words.blocks, has_more=bool(words.attachments))
            check_metadata(words.metadata)
            root = self._root(channel, words.thread_ts)
            message = self._made(by, words)
            if root is not None:
                message |= {"thread_ts": root["ts"], "parent_user_id": root["user"]}
                if words.is_broadcast:
                    message["subtype"] = "thread_broadcast"
            channel.messages[message["ts"]] = message
            if root is not None:
                self._count(channel, root)
            self.told(channel, self._event(channel, message))
            return message

    def update(
        self, channel: Channel, ts: Any, by: Member, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Say it otherwise; ``changes`` hold what was given: text, blocks, attachments, metadata.

        Raises:
            Refused: message_not_found, cant_update_message, limits.
        """
        with self.ground.lock:
            channel_message = self.get(channel, ts)
            if channel_message["user"] != by.id:
                raise Refused("cant_update_message")
            Channels.check_open(channel)
            self._check_change(changes, is_bot=by.is_bot)
            before = copy.deepcopy(channel_message)
            self._change(channel_message, changes)
            channel_message["edited"] = {"user": by.id, "ts": self.ground.ts()}
            self.told(channel, self._changed(channel, channel_message, before))
            return channel_message

    def delete(self, channel: Channel, ts: Any, by: Member) -> None:
        """Take it back; a root that was answered stays as an empty mark.

        Raises:
            Refused: message_not_found, cant_delete_message.
        """
        with self.ground.lock:
            message = self.get(channel, ts)
            if message["user"] != by.id:
                raise Refused("cant_delete_message")
            before = copy.deepcopy(message)
            if message.get("reply_count"):
                for name in (*SAYS, "files", "edited"):
                    message.pop(name, None)
                message |= {
                    "subtype": "tombstone",
                    "hidden": True,
                    "user": "USLACKBOT",
                    "text": TOMBSTONE,
                }
                self.told(channel, self._changed(channel, message, before))
                return
            del channel.messages[message["ts"]]
            root = channel.messages.get(str(message.get("thread_ts", "")))
            if root is not None:
                self._count(channel, root)
            self.told(channel, self._deleted(channel, before))

    def whisper(self, channel: Channel, to: Member, by: Member, words: Words) -> dict[str, Any]:
        """Show something to one person alone.

        Raises:
            Refused: user_not_in_channel, is_archived, limits.
        """
        with self.ground.lock:
            self._may_speak(channel, by)
            if to.id not in channel.members:
                raise Refused("user_not_in_channel")
            check_message(words.text, words.blocks)
            message = self._made(by, words) | {
                "channel": channel.id,
                "to": to.id,
                "is_ephemeral": True,
            }
            if words.thread_ts:
                message["thread_ts"] = words.thread_ts
            self.ephemerals.append(message)
            del self.ephemerals[:-WHISPERS]
            return message

    def get(self, channel: Channel, ts: Any) -> dict[str, Any]:
        """A message as it stands.

        Raises:
            Refused: message_not_found.
        """
        found = channel.messages.get(str(ts))
        if found is None or found.get("subtype") == "tombstone":
            raise Refused("message_not_found")
        return found

    def history(self, channel: Channel, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in the channel itself, newest first, as ``conversations.history`` tells."""
        with self.ground.lock:
            found = [
                one
                for one in channel.messages.values()
                if one.get("thread_ts", one["ts"]) == one["ts"]
                or one.get("subtype") == "thread_broadcast"
            ]
            page = _within(found, asked)
            return self._page(page[::-1], asked)

    def replies(self, channel: Channel, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The root and what stands below it, oldest first, as ``conversations.replies`` tells.

        Raises:
            Refused: thread_not_found.
        """
        with self.ground.lock:
            at = str(asked.get("ts") or "")
            message = channel.messages.get(at)
            if message is None:
                raise Refused("thread_not_found")
            root = channel.messages[message.get("thread_ts", at)]
            below = [
                one
                for one in channel.messages.values()
                if one.get("thread_ts") == root["ts"] and one["ts"] != root["ts"]
            ]
            return self._page([root, *_within(below, asked)], asked)

    def unfurl(self, channel: Channel, ts: Any, unfurls: Mapping[str, Any]) -> None:
        """Show what links in a message lead to.

        Raises:
            Refused: cannot_unfurl_url, missing_unfurls, invalid_blocks.
        """
        with self.ground.lock:
            if not unfurls:
                raise Refused("missing_unfurls")
            message = self.get(channel, ts)
            shown = message.setdefault("attachments", [])
            for url, what in unfurls.items():
                if url not in message["text"].replace("&amp;", "&"):
                    raise Refused("cannot_unfurl_url")
                if what.get("blocks"):
                    check_message("", what["blocks"])
                shown.append(
                    {
                        "id": len(shown) + 1,
                        "from_url": url,
                        "app_unfurl_url": url,
                        "is_app_unfurl": True,
                        "app_id": self.ground.app,
                        "bot_id": self.ground.bot,
                        **what,
                    }
                )

    # Inside

    def _may_speak(self, channel: Channel, by: Member) -> None:
        if by.id not in channel.members:
            raise Refused("not_in_channel")
        Channels.check_open(channel)

    def _root(self, channel: Channel, thread_ts: str) -> dict[str, Any] | None:
        if not thread_ts:
            return None
        found = channel.messages.get(thread_ts)
        if found is None:
            raise Refused("message_not_found")
        return channel.messages[found.get("thread_ts", thread_ts)]

    def _made(self, by: Member, words: Words) -> dict[str, Any]:
        ts = self.ground.ts()
        message: dict[str, Any] = {
            "user": by.id,
            "type": "message",
            "ts": ts,
            "text": words.text,
            "team": by.team,
        }
        if by.is_bot:
            message |= {
                "bot_id": self.ground.bot,
                "app_id": self.ground.app,
                "bot_profile": bot_profile(self.ground),
            }
            if words.username:
                message["username"] = words.username
        else:
            message["client_msg_id"] = f"{self.ground.count:08x}-{ts.replace('.', '-')}"
        blocks = words.blocks
        if not blocks and not by.is_bot and words.text:
            blocks = [typed(words.text)]
        if blocks:
            message["blocks"] = with_ids(blocks, self.ground)
        if words.attachments:
            message["attachments"] = [
                {"id": number, **one} for number, one in enumerate(words.attachments, start=1)
            ]
        if words.metadata:
            message["metadata"] = copy.deepcopy(words.metadata)
        if words.files:
            message |= {"files": list(words.files), "subtype": "file_share", "upload": False}
        return message

    def _check_change(self, changes: Mapping[str, Any], *, is_bot: bool) -> None:
        text = changes.get("text")
        if is_bot or text is not None:
            check_message(
                text,
                changes.get("blocks"),
                is_update=True,
                has_more=bool(changes.get("attachments")),
            )
        check_metadata(changes.get("metadata"))

    def _change(self, message: dict[str, Any], changes: Mapping[str, Any]) -> None:
        if changes.get("text") is not None:
            message["text"] = changes["text"]
            if not changes.get("blocks"):
                message.pop("blocks", None)
                if "bot_id" not in message:
                    message["blocks"] = with_ids([typed(changes["text"])], self.ground)
        if changes.get("blocks"):
            message["blocks"] = with_ids(changes["blocks"], self.ground)
        if changes.get("attachments") is not None:
            message["attachments"] = list(changes["attachments"])
        if changes.get("metadata") is not None:
            message["metadata"] = copy.deepcopy(changes["metadata"])

    def _count(self, channel: Channel, root: dict[str, Any]) -> None:
        below = [
            one
            for one in channel.messages.values()
            if one.get("thread_ts") == root["ts"] and one["ts"] != root["ts"]
        ]
        for name in ("thread_ts", "reply_count", "reply_users_count", "latest_reply"):
            root.pop(name, None)
        root.pop("reply_users", None)
        if below:
            users = list(dict.fromkeys(one["user"] for one in below))
            root |= {
                "thread_ts": root["ts"],
                "reply_count": len(below),
                "reply_users_count": len(users),
                "latest_reply": below[-1]["ts"],
                "reply_users": users,
                "is_locked": False,
                "subscribed": False,
            }

    def _page(self, found: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
        limit = min(max(int(asked.get("limit") or PAGE), 1), MOST_ON_PAGE)
        start = int(str(asked.get("cursor") or "0").removeprefix("next:") or 0)
        page = copy.deepcopy(found[start : start + limit])
        if str(asked.get("include_all_metadata", "")).lower() not in {"1", "true"}:
            for one in page:
                one.pop("metadata", None)
        has_more = start + limit < len(found)
        said: dict[str, Any] = {"ok": True, "messages": page, "has_more": has_more}
        if has_more:
            said["response_metadata"] = {"next_cursor": f"next:{start + limit}"}
        return said

    def _event(self, channel: Channel, message: dict[str, Any]) -> dict[str, Any]:
        said = copy.deepcopy(message)
        return {
            **said,
            "channel": channel.id,
            "event_ts": message["ts"],
            "channel_type": channel.kind,
        }

    def _changed(
        self, channel: Channel, message: dict[str, Any], before: dict[str, Any]
    ) -> dict[str, Any]:
        at = self.ground.ts()
        return {
            "type": "message",
            "subtype": "message_changed",
            "channel": channel.id,
            "hidden": True,
            "message": copy.deepcopy(message),
            "previous_message": before,
            "event_ts": at,
            "ts": at,
            "channel_type": channel.kind,
        }

    def _deleted(self, channel: Channel, before: dict[str, Any]) -> dict[str, Any]:
        at = self.ground.ts()
        return {
            "type": "message",
            "subtype": "message_deleted",
            "channel": channel.id,
            "hidden": True,
            "deleted_ts": before["ts"],
            "previous_message": before,
            "event_ts": at,
            "ts": at,
            "channel_type": channel.kind,
        }


def bot_profile(ground: Ground) -> dict[str, Any]:
    """The app as it stands beside what it says."""
    return {
        "id": ground.bot,
        "deleted": False,
        "name": ground.app_name,
        "updated": 0,
        "app_id": ground.app,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
        "team_id": ground.team,
    }


def typed(text: str) -> dict[str, Any]:
    """What somebody typed, as Slack's own editor keeps it: words, links and people."""
    parts: list[dict[str, Any]] = []
    at = 0
    for found in _MARKED.finditer(text):
        parts += _words(text[at : found.start()])
        at = found.end()
        if found["user"]:
            parts.append({"type": "user", "user_id": found["user"]})
        else:
            parts.append({"type": "link", "url": unescaped(found["url"])})
    parts += _words(text[at:])
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": parts}],
    }


def unescaped(text: str) -> str:
    """A text without the three signs that Slack escapes."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_MARKED: Final = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|[^>]*)?>|<(?P<url>https?://[^|>]+)[^>]*>")


def _words(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": unescaped(text)}] if text else []


def with_ids(blocks: Sequence[dict[str, Any]], ground: Ground) -> list[dict[str, Any]]:
    """The blocks as Slack keeps them: each has an id, and so has each element."""
    kept = copy.deepcopy(list(blocks))
    for block in kept:
        block.setdefault("block_id", ground.id("b"))
        for element in elements_of(block):
            element.setdefault("action_id", ground.id("a"))
    return kept


def _within(found: list[dict[str, Any]], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Only what lies between ``oldest`` and ``latest``, these times themselves if ``inclusive``."""
    oldest, latest = str(asked.get("oldest") or ""), str(asked.get("latest") or "")
    edges = str(asked.get("inclusive", "")).lower() in {"1", "true"}
    return [
        one
        for one in found
        if (not oldest or _after(one["ts"], oldest, edges=edges))
        and (not latest or _after(latest, one["ts"], edges=edges))
    ]


def _after(later: str, earlier: str, *, edges: bool) -> bool:
    return float(later) > float(earlier) or (edges and float(later) == float(earlier))
