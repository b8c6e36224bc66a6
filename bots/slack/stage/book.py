"""What one Slack workspace holds, with Slack's own rules, in plain Python and safe for threads."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from bots.slack.stage.channels import Channel, Channels
from bots.slack.stage.files import Files
from bots.slack.stage.ground import Ground
from bots.slack.stage.messages import Messages
from bots.slack.stage.people import Member, People
from bots.slack.stage.windows import Windows
from oms_service.kernel.clock import Clock

ECHOES: Final = 10_000


class Book:
    """A workspace: people, channels with messages, windows, files, the assistant's threads."""

    def __init__(self, clock: Clock, **names: str) -> None:
        self.ground = Ground(clock, **names)  # type: ignore[arg-type]  # its names are all texts
        self.people = People(self.ground)
        self.channels = Channels(self.ground, self.people)
        self.messages = Messages(self.ground, self._hear)
        self.windows = Windows(self.ground)
        self.files = Files(self.ground)
        #: Of assistants' threads: title, status and prompts, by channel and thread.
        self.assistant: dict[str, dict[str, Any]] = {}
        #: What the bot itself has done, as Slack tells the app of it too.
        self.echoes: deque[dict[str, Any]] = deque(maxlen=ECHOES)
        #: What people did, waiting for whoever tells the app.
        self.news: deque[dict[str, Any]] = deque(maxlen=ECHOES)
        self.when_changed: Callable[[], None] = lambda: None
        self.is_installed = True

    @property
    def bot(self) -> Member:
        return self.people.get(self.ground.bot_user)

    def channel(self, name: str) -> Channel:
        """The channel by its name, or by its id."""
        for one in self.channels.all():
            if one.name == name:
                return one
        return self.channels.get(name)

    def below(self, channel: Channel, ts: str) -> list[dict[str, Any]]:
        """What stands below a message, in order."""
        with self.ground.lock:
            return [
                one
                for one in channel.messages.values()
                if one.get("thread_ts") == ts and one["ts"] != ts
            ]

    def texts(self, channel: Channel) -> list[str]:
        """The words of all messages of a channel, in order of their times."""
        return [channel.messages[ts]["text"] for ts in sorted(channel.messages)]

    def whispered(self, user: str) -> list[dict[str, Any]]:
        """What somebody alone was shown."""
        return [one for one in self.messages.ephemerals if one["to"] == user]

    def help_with(self, channel: Channel, thread_ts: str, told: Mapping[str, Any]) -> None:
        """Note what the assistant's pane of a thread shows."""
        with self.ground.lock:
            self.messages.get(channel, thread_ts)
            self.assistant.setdefault(f"{channel.id}:{thread_ts}", {}).update(told)

    def as_data(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        with self.ground.lock:
            return {
                "ground": self.ground.as_data(),
                "people": self.people.as_data(),
                "channels": self.channels.as_data(),
                "ephemerals": list(self.messages.ephemerals),
                "windows": self.windows.as_data(),
                "files": self.files.as_data(),
                "assistant": dict(self.assistant),
                "is_installed": self.is_installed,
            }

    def take_up(self, data: Mapping[str, Any]) -> None:
        """Hold what ``as_data`` told once."""
        with self.ground.lock:
            self.ground.take_up(data["ground"])
            self.people.take_up(data["people"])
            self.channels.take_up(data["channels"])
            self.messages.ephemerals = list(data["ephemerals"])
            self.windows.take_up(data["windows"])
            self.files.take_up(data["files"])
            self.assistant = dict(data["assistant"])
            self.is_installed = data["is_installed"]

    def _hear(self, channel: Channel, event: dict[str, Any]) -> None:
        """The app is told of what happens where its bot is."""
        if self.ground.bot_user not in channel.members:
            return
        said = event.get("previous_message", event)
        is_ours = said.get("user") == self.ground.bot_user
        (self.echoes if is_ours else self.news).append(event)
