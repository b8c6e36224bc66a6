"""The stage of a demo as its preview page sees it: what one person sees, and what they do there."""

import base64
import binascii
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bots.slack.stage.acting import Player
from bots.slack.stage.book import Book
from bots.slack.stage.channels import Channel
from bots.slack.stage.payloads import envelope
from bots.slack.stage.refusals import Refused, Unwilling
from bots.slack.stage.sending import Answer, Post
from bots.slack.stage.server import Reply, Stage
from bots.slack.stage.windows import told as view_told

_URL: Final = re.compile(r"(https?://[^\s<>]+)")
#: As many messages of a channel, and of a thread, as the page shows.
SHOWN: Final = 60
RETRIES: Final = 3

Said = Mapping[str, Any]


@dataclass
class Playhouse:
    """One workspace for people at the preview page."""

    stage: Stage
    book: Book
    post: Post
    token: str
    hosts: tuple[str, ...] = ()
    #: Counts up with every change, so that a page can tell whether to look again.
    revision: int = 0
    changed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.book.when_changed = self.note_change
        self.stage.doors["play"] = self.answer

    def note_change(self) -> None:
        self.revision += 1
        self.changed.set()

    def answer(self, rest: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """What the page gets: ``look`` and ``do``, as JSON; strangers get nothing."""
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return Reply(403, b"forbidden")
        try:
            said = json.loads(body)
        except ValueError:
            return Reply(400, b"no JSON")
        deed = {"look": self.looked, "do": self.done}.get(rest)
        if deed is None or not isinstance(said, dict):
            return Reply(404, b"not found")
        return Reply(200, deed(said), {"Content-Type": "application/json; charset=utf-8"})

    def people(self) -> list[Any]:
        """Whom one can be at the page."""
        return [one for one in self.book.people.all() if not one.is_bot]

    # Looking

    def looked(self, said: Said) -> bytes:
        """What ``look`` finds, written down before anybody changes it."""
        with self.book.ground.lock:
            return json.dumps(self.look(said)).encode()

    def look(self, said: Said) -> dict[str, Any]:
        """All that somebody sees: ``person``, and which ``channel`` and ``thread`` are open."""
        with self.book.ground.lock:
            me = self._me(said)
            if me is None:
                return {"is_empty": True}
            where = self._where(me, str(said.get("channel") or ""))
            at = str(said.get("thread") or "")
            return {
                "revision": self.revision,
                "me": me.id,
                "bot": self.book.bot.id,
                "people": [
                    {"id": one.id, "name": one.real_name, "handle": one.name, "mail": one.mail}
                    for one in self.book.people.all()
                ],
                "channels": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "kind": one.kind,
                        "messages": len(one.messages),
                    }
                    for one in self._seen_by(me.id)
                ],
                "channel": where.id if where else "",
                "messages": self._roots(where) if where else [],
                "thread": self._thread(where, at) if where and at else [],
                "whispers": [
                    {name: value for name, value in one.items() if name != "to"}
                    for one in self.book.whispered(me.id)
                    if where and one["channel"] == where.id
                ][-5:],
                "home": self._view(self.book.windows.homes.get(me.id)),
                "window": self._view(next(iter(self.book.windows.before(me.id)[::-1]), None)),
                "depth": len(self.book.windows.before(me.id)),
                "prompts": self.book.assistant.get(f"{where.id}:{at}", {}) if where else {},
            }

    def _me(self, said: Said) -> Any:
        people = self.people()
        return next((one for one in people if one.id == said.get("person")), None) or next(
            iter(people), None
        )

    def _seen_by(self, user: str) -> list[Channel]:
        return [
            one
            for one in self.book.channels.all()
            if not one.is_archived and (one.kind == "channel" or user in one.members)
        ]

    def _where(self, me: Any, wanted: str) -> Channel | None:
        seen = self._seen_by(me.id)
        if wanted == "direct":
            return self.book.channels.open_with(me.id)
        return next((one for one in seen if one.id == wanted), None)

    def _roots(self, where: Channel) -> list[dict[str, Any]]:
        return [
            one
            for one in where.messages.values()
            if one.get("thread_ts", one["ts"]) == one["ts"]
            or one.get("subtype") == "thread_broadcast"
        ][-SHOWN:]

    def _thread(self, where: Channel, at: str) -> list[dict[str, Any]]:
        root = where.messages.get(at)
        return [root, *self.book.below(where, at)[-SHOWN:]] if root else []

    def _view(self, view: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return {**view_told(view), "errors": view.get("errors", {})} if view else None

    # Doing

    def done(self, said: Said) -> bytes:
        """What ``do`` answers."""
        return json.dumps(self.do(said)).encode()

    def do(self, said: Said) -> dict[str, Any]:
        """One deed of somebody: whether it went well, and Slack's word for why not."""
        me = self._me(said)
        deed = _DEEDS.get(str(said.get("deed") or ""))
        if me is None or deed is None:
            return {"is_good": False, "why": "unknown_deed"}
        player = Player(self.stage, self.book, me, self.post, self.hosts)
        try:
            answers = deed(player, said)
        except Unwilling as unwilling:
            return {"is_good": False, "why": "unwilling", "detail": str(unwilling)}
        except Refused as refused:
            return {"is_good": False, "why": refused.error, "detail": "; ".join(refused.messages)}
        except (KeyError, TypeError, ValueError, binascii.Error):
            return {"is_good": False, "why": "unreadable"}
        self.note_change()
        bad = [one for one in answers if not one.is_good]
        return {"is_good": not bad, "why": "app_trouble" if bad else "", "status": self._worst(bad)}

    @staticmethod
    def _worst(bad: list[Answer]) -> int:
        return max((one.status for one in bad), default=200)

    # In the background

    def tell_echoes(self) -> None:
        """Tell the app what its own bot did; what it does not take is told three times more."""
        while self.book.echoes:
            try:
                event = self.book.echoes.popleft()
            except IndexError:
                return
            self.again_if_bad(self.post.event(envelope(self.book, event)))

    def again_if_bad(self, answer: Answer) -> None:
        for count in range(1, RETRIES + 1):
            if answer.is_good:
                return
            answer = self.post.again(answer, count=count, reason="http_error")

    def write_down(self, place: Path) -> None:
        """Keep the book in a file; nobody ever sees half of it."""
        draft = place.with_suffix(".draft")
        with self.book.ground.lock:
            text = json.dumps(self.book.as_data())
        draft.write_text(text, encoding="utf-8")
        draft.replace(place)


def taken_up(book: Book, place: Path) -> bool:
    """Have a book hold what a file kept; False where there is none that can be read."""
    try:
        book.take_up(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


# What somebody does


def _say(player: Player, said: Said) -> list[Answer]:
    text, where = str(said.get("text") or ""), str(said["channel"])
    if text.startswith("/"):
        name, _, rest = text.partition(" ")
        return [player.command(where, name, rest)]
    files = [(str(one["name"]), base64.b64decode(one["content"])) for one in said.get("files", ())]
    player.say(where, _escaped(text), thread_ts=str(said.get("thread") or ""), files=files)
    return player.heard


def _escaped(text: str) -> str:
    """As Slack's own editor sends what was typed: links are marked, three signs escaped."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _URL.sub(r"<\1>", safe)


def _edit(player: Player, said: Said) -> list[Answer]:
    player.edit(str(said["channel"]), str(said["ts"]), _escaped(str(said.get("text") or "")))
    return player.heard


def _take_back(player: Player, said: Said) -> list[Answer]:
    player.take_back(str(said["channel"]), str(said["ts"]))
    return player.heard


def _press(player: Player, said: Said) -> list[Answer]:
    return [
        player.press(
            str(said["channel"]),
            str(said["ts"]),
            str(said["action_id"]),
            choose=said.get("choose"),
            block_id=str(said.get("block_id") or ""),
            said=_fields(player, said),
        )
    ]


def _press_in_window(player: Player, said: Said) -> list[Answer]:
    return [
        player.press_in_window(
            str(said["action_id"]),
            choose=said.get("choose"),
            block_id=str(said.get("block_id") or ""),
            said=_fields(player, said),
        )
    ]


def _press_at_home(player: Player, said: Said) -> list[Answer]:
    return [
        player.press_at_home(
            str(said["action_id"]),
            choose=said.get("choose"),
            block_id=str(said.get("block_id") or ""),
            said=_fields(player, said),
        )
    ]


def _submit(player: Player, said: Said) -> list[Answer]:
    return [player.submit_with(_fields(player, said))]


def _fields(player: Player, said: Said) -> dict[str, Any]:
    """What was typed and chosen, with files brought to Slack first."""
    found = dict(said.get("fields") or {})
    for name, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            made = [
                player.book.files.own(
                    str(one["name"]), base64.b64decode(one["content"]), user=player.me.id
                )
                for one in value
            ]
            found[name] = [player.book.files.told(one) for one in made]
    return found


def _close(player: Player, said: Said) -> list[Answer]:
    return player.close(all_of_them=bool(said.get("all")))


def _open_home(player: Player, _said: Said) -> list[Answer]:
    return [player.open_home()]


def _shortcut(player: Player, said: Said) -> list[Answer]:
    return [player.shortcut_at(str(said["channel"]), str(said["ts"]), str(said["callback_id"]))]


def _dismiss(player: Player, said: Said) -> list[Answer]:
    shown = player.book.messages.ephemerals
    shown[:] = [
        one for one in shown if not (one["to"] == player.me.id and one["ts"] == said.get("ts"))
    ]
    return []


def _ask(player: Player, _said: Said) -> list[Answer]:
    player.ask_assistant()
    return []


_DEEDS: Final[Mapping[str, Callable[[Player, Said], list[Answer]]]] = {
    "ask": _ask,
    "close": _close,
    "dismiss": _dismiss,
    "edit": _edit,
    "open_home": _open_home,
    "press": _press,
    "press_at_home": _press_at_home,
    "press_in_window": _press_in_window,
    "say": _say,
    "shortcut": _shortcut,
    "submit": _submit,
    "take_back": _take_back,
}
