"""How this Slack says no, in Slack's own words."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refused(Exception):
    """A call that is not done; ``error`` is Slack's word for why."""

    def __init__(self, error: str, *, messages: Sequence[str] = (), **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.more: Mapping[str, Any] = more

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        said: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            said["response_metadata"] = {"messages": self.messages}
        return said


class Unwilling(Exception):
    """What a person's Slack does not even send: a required field left empty, a closed window."""
