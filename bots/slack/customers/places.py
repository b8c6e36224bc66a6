"""Where somebody speaks with the shop in Slack, as conversations know them by.

A direct message is one person's with the app. In the assistant's pane each thread of it is a
conversation of its own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A direct message; ``thread`` is a thread of the assistant's pane, or empty."""

    team: str
    channel: str
    thread: str = ""

    @property
    def key(self) -> str:
        """By what the conversation there is found."""
        return ":".join(one for one in (self.team, self.channel, self.thread) if one)


def read(key: str) -> Place:
    """The place that ``Place.key`` wrote down."""
    team, channel, thread = (*key.split(":"), "", "")[:3]
    return Place(team, channel, thread)
