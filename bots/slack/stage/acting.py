"""What a person in Slack does. Each deed reaches the app as a real, signed request."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bots.slack.stage import filling, payloads, pressing
from bots.slack.stage.book import Book
from bots.slack.stage.channels import Channel
from bots.slack.stage.messages import Words
from bots.slack.stage.people import Member
from bots.slack.stage.refusals import Refused, Unwilling
from bots.slack.stage.sending import Answer, Post
from bots.slack.stage.server import Stage, respond

_LINK: Final = re.compile(r"https?://([^/\s<>|]+)[^\s<>|]*")


@dataclass
class Player:
    """Somebody at their own Slack, in one workspace.

    Where the app answers badly nothing changes for them: a window stays open, as in Slack.
    """

    stage: Stage
    book: Book
    me: Member
    post: Post
    #: Hosts whose links the app has asked to hear of.
    hosts: Sequence[str] = ()
    #: What the app answered to the events of the last deed.
    heard: list[Answer] = field(default_factory=list)

    # Messages

    def say(
        self,
        channel: str,
        text: str = "",
        *,
        thread_ts: str = "",
        files: Sequence[tuple[str, bytes]] = (),
        is_broadcast: bool = False,
    ) -> dict[str, Any]:
        """Write into a channel or a thread; the message as it stands. The app is told of it.

        Raises:
            Refused: as Slack refuses a message.
        """
        where = self._channel(channel)
        shown = []
        for name, body in files:
            made = self.book.files.own(name, body, user=self.me.id)
            made.channel = where.id
            shown.append(self.book.files.told(made))
        words = Words(text, thread_ts=thread_ts, files=shown, is_broadcast=is_broadcast)
        message = self.book.messages.post(where, self.me, words)
        self._tell_more(where, message)
        self.deliver()
        return message

    def tell_bot(self, text: str = "", **more: Any) -> dict[str, Any]:
        """Write to the app in a direct message; as ``say``."""
        return self.say(self.direct.id, text, **more)

    def edit(self, channel: str, ts: str, text: str) -> None:
        """Say it otherwise.

        Raises:
            Refused: as Slack refuses that.
        """
        self.book.messages.update(self._channel(channel), ts, self.me, {"text": text})
        self.deliver()

    def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of one's own.

        Raises:
            Refused: as Slack refuses that.
        """
        self.book.messages.delete(self._channel(channel), ts, self.me)
        self.deliver()

    def react(self, channel: str, ts: str, name: str) -> Answer:
        """Put an emoji below a message."""
        where = self._channel(channel)
        message = self.book.messages.get(where, ts)
        shown = message.setdefault("reactions", [])
        shown.append({"name": name, "users": [self.me.id], "count": 1})
        event = {
            "type": "reaction_added",
            "user": self.me.id,
            "item": {"type": "message", "channel": where.id, "ts": ts},
            "reaction": name,
            "item_user": message["user"],
            "event_ts": self.book.ground.ts(),
        }
        return self.event(event)

    # Presses

    def press(
        self,
        channel: str,
        ts: str,
        action_id: str,
        *,
        choose: Any = None,
        block_id: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Press a button below a message, or choose in a menu there.

        Args:
            channel: its id or name.
            ts: of the message, which may be one that only they see.
            action_id: of the element.
            choose: the value of a menu, a date, a person.
            block_id: where two elements share an action id.
            said: what else is filled in, in input blocks of the message.

        Raises:
            Unwilling: there is no such element, or no such choice.
        """
        where = self._channel(channel)
        message = self._seen(where, ts)
        if said:
            message = {**message, "state": {"values": filling.filled(message, said)}}
        action = pressing.action(self.book, message, action_id, choose=choose, block_id=block_id)
        place = {"channel": where.id, "user": self.me.id, "ts": ts}
        place["thread_ts"] = str(message.get("thread_ts") or "")
        return self.post.interaction(
            payloads.pressed_on_message(
                self.book,
                self.me,
                channel=where,
                message={name: value for name, value in message.items() if name != "to"},
                action=action,
                response_url=self.stage.address(self.book, place),
            )
        )

    def press_in_window(
        self,
        action_id: str,
        *,
        choose: Any = None,
        block_id: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The same in the window before them; ``said`` is what they have filled in so far."""
        return self._press_in(self.window, action_id, choose, block_id, said or {})

    def press_at_home(
        self,
        action_id: str,
        *,
        choose: Any = None,
        block_id: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The same in the app's home."""
        return self._press_in(self.home, action_id, choose, block_id, said or {})

    def look_for(self, name: str, typed: str) -> list[dict[str, Any]]:
        """Type into a field whose choices the app knows; the choices it offers."""
        view = self.window
        for block, element in filling.fields(view["blocks"]):
            if name in {block["block_id"], element["action_id"]}:
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                answer = self.post.interaction(
                    payloads.asked_for_choices(
                        self.book, self.me, view=view, field=ids, typed=typed
                    )
                )
                return list(answer.json.get("options") or [])
        raise Unwilling(f"no field {name}")

    # Windows

    @property
    def window(self) -> dict[str, Any]:
        """The window they see.

        Raises:
            Unwilling: none is open.
        """
        return self.book.windows.top(self.me.id)

    @property
    def home(self) -> dict[str, Any]:
        """The app's home as they see it.

        Raises:
            Unwilling: the app has shown none.
        """
        found = self.book.windows.homes.get(self.me.id)
        if found is None:
            raise Unwilling("the app has no home for them")
        return found

    def submit(self, **said: Any) -> Answer:
        """Fill in and send off the window they see; see ``submit_with`` for other names."""
        return self.submit_with(said)

    def submit_with(self, said: Mapping[str, Any]) -> Answer:
        """Fill in fields by block id or action id and send the window off.

        Raises:
            Unwilling: a field is required, too long or has no such choice; nothing is sent.
            Refused: the app's answer is one that Slack does not take.
        """
        view = self.window
        values = filling.filled(view, said)
        self.book.windows.fill_in(view, values)
        filling.check(view, values)
        if not view["submit"]:
            raise Unwilling("nothing to send off")
        answer = self.post.interaction(payloads.submitted(self.book, self.me, view=view))
        if answer.is_good:
            pressing.follow(self.book.windows, self.me.id, view, answer.json)
        self.book.when_changed()
        return answer

    def close(self, *, all_of_them: bool = False) -> list[Answer]:
        """Close the window they see, or all; the app is told where it has asked for that."""
        cleared = all_of_them or bool(self.window["clear_on_close"])
        gone = self.book.windows.close(self.me.id, all_of_them=cleared)
        self.book.when_changed()
        return [
            self.post.interaction(
                payloads.closed(self.book, self.me, view=view, is_cleared=cleared)
            )
            for view in gone
            if view["notify_on_close"]
        ]

    # Elsewhere

    def command(self, channel: str, name: str, text: str = "") -> Answer:
        """Type a slash command; what the app answers is shown to them or to all."""
        where = self._channel(channel)
        place = {"channel": where.id, "user": self.me.id}
        address = self.stage.address(self.book, place)
        answer = self.post.form(
            payloads.command(
                self.book, self.me, channel=where, name=name, text=text, response_url=address
            )
        )
        if answer.is_good and answer.body:
            said = answer.json or {"text": answer.text}
            respond(self.book, place, said)
        self.book.when_changed()
        return answer

    def shortcut(self, callback_id: str) -> Answer:
        """Choose a shortcut that stands everywhere."""
        said = payloads.shortcut(self.book, self.me, callback_id=callback_id)
        return self.post.interaction(said)

    def shortcut_at(self, channel: str, ts: str, callback_id: str) -> Answer:
        """Choose a shortcut at a message."""
        where = self._channel(channel)
        place = {"channel": where.id, "user": self.me.id}
        return self.post.interaction(
            payloads.on_message(
                self.book,
                self.me,
                callback_id=callback_id,
                channel=where,
                message=self.book.messages.get(where, ts),
                response_url=self.stage.address(self.book, place),
            )
        )

    def open_home(self, tab: str = "home") -> Answer:
        """Look at the app's home, or, ``messages``, at what one has written with it."""
        return self.event(payloads.home_opened(self.book, self.me, channel=self.direct, tab=tab))

    def ask_assistant(self) -> str:
        """Open the assistant's pane: a new thread in the direct message; its time."""
        message = self.book.messages.post(
            self.direct, self.book.bot, Words("New Assistant Thread", unfurls=False)
        )
        thread = {
            "user_id": self.me.id,
            "context": {},
            "channel_id": self.direct.id,
            "thread_ts": message["ts"],
        }
        at = self.book.ground.ts()
        self.event({"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": at})
        return str(message["ts"])

    @property
    def direct(self) -> Channel:
        """Their direct message with the app."""
        return self.book.channels.open_with(self.me.id)

    # The workspace

    def uninstall(self) -> list[Answer]:
        """Throw the app out: its token is good for nothing from now on."""
        self.book.is_installed = False
        tokens = {"oauth": [], "bot": [self.book.bot.id]}
        return [
            self.event({"type": "tokens_revoked", "tokens": tokens}),
            self.event({"type": "app_uninstalled"}),
        ]

    def bring_bot(self, channel: str) -> Answer:
        """Bring the app's bot into a channel."""
        where = self._channel(channel)
        self.book.channels.invite(where, [self.book.bot.id], by=self.me.id)
        kind = {"channel": "C", "group": "G"}.get(where.kind, "D")
        return self.event(
            {
                "type": "member_joined_channel",
                "user": self.book.bot.id,
                "channel": where.id,
                "channel_type": kind,
                "team": self.book.ground.team,
                "inviter": self.me.id,
                "event_ts": self.book.ground.ts(),
            }
        )

    def put_out(self, channel: str) -> Answer:
        """Put the app's bot out of a channel."""
        where = self._channel(channel)
        where.members.remove(self.book.bot.id)
        at = self.book.ground.ts()
        name = "channel_left" if where.kind == "channel" else "group_left"
        return self.event(
            {"type": name, "channel": where.id, "actor_id": self.me.id, "event_ts": at}
        )

    def archive(self, channel: str) -> Answer:
        """Archive a channel."""
        where = self._channel(channel)
        self.book.channels.archive(where)
        return self.event(
            {
                "type": f"{where.kind}_archive",
                "channel": where.id,
                "user": self.me.id,
                "event_ts": self.book.ground.ts(),
            }
        )

    def rename(self, channel: str, name: str) -> Answer:
        """Call a channel otherwise."""
        where = self._channel(channel)
        self.book.channels.rename(where, name)
        shape = {
            "id": where.id,
            "name": name,
            "name_normalized": name,
            "created": where.created,
            "is_channel": not where.is_private,
            "is_mpim": False,
        }
        at = self.book.ground.ts()
        return self.event({"type": f"{where.kind}_rename", "channel": shape, "event_ts": at})

    # Events

    def event(self, event: Mapping[str, Any]) -> Answer:
        """Tell the app of something."""
        answer = self.post.event(payloads.envelope(self.book, event))
        self.book.when_changed()
        return answer

    def deliver(self) -> list[Answer]:
        """Tell the app what people did that it was not told of yet."""
        answers = []
        while self.book.news:
            answers.append(self.event(self.book.news.popleft()))
        self.heard = answers
        return answers

    def deliver_echoes(self) -> list[Answer]:
        """Tell the app what its own bot did, as Slack does too."""
        answers = []
        while self.book.echoes:
            answers.append(self.event(self.book.echoes.popleft()))
        return answers

    # Inside

    def _channel(self, channel: str) -> Channel:
        where = self.book.channel(channel)
        if where.kind != "channel" and self.me.id not in where.members:
            raise Refused("channel_not_found")
        return where

    def _seen(self, where: Channel, ts: str) -> dict[str, Any]:
        for one in self.book.messages.ephemerals:
            if one["ts"] == ts and one["channel"] == where.id and one["to"] == self.me.id:
                return one
        return self.book.messages.get(where, ts)

    def _press_in(
        self,
        view: dict[str, Any],
        action_id: str,
        choose: Any,
        block_id: str,
        said: Mapping[str, Any],
    ) -> Answer:
        self.book.windows.fill_in(view, filling.filled(view, said))
        action = pressing.action(self.book, view, action_id, choose=choose, block_id=block_id)
        answer = self.post.interaction(
            payloads.pressed_in_view(self.book, self.me, view=view, action=action)
        )
        self.book.when_changed()
        return answer

    def _tell_more(self, where: Channel, message: dict[str, Any]) -> None:
        """What Slack tells beside the message itself: a mention, links of ours, files."""
        told = [
            {"domain": found.group(1), "url": found.group(0)}
            for found in _LINK.finditer(message["text"])
            if found.group(1) in self.hosts
        ]
        if told:
            self.book.news.append(payloads.links_shared(self.book, message, where, told))
        if f"<@{self.book.bot.id}>" in message["text"] and not where.is_im:
            kept = ("user", "text", "ts", "team", "blocks", "client_msg_id", "thread_ts")
            mention = {name: message[name] for name in kept if name in message}
            more = {"type": "app_mention", "channel": where.id, "event_ts": message["ts"]}
            self.book.news.append({**mention, **more})
