"""Going on with what was begun on another channel, or in another browser."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from bots.dialogue.contracts.shapes import Skill


class LeftOpenData(TypedDict):
    """What is open elsewhere, as far as it is said."""

    channel: str
    topic: str
    """The wish, as ``Intent`` has it."""
    number: str
    """The order's; empty where none was chosen yet."""


class TakenOverData(LeftOpenData):
    flow: str
    data: Mapping[str, Any]
    """What was gathered there, for the frame of the flow here."""


SKILLS: Final[Mapping[str, Skill]] = {
    # Ends it there. ``none`` where nothing is open, or not any more.
    "take_over": Skill({}, {"ok": TakenOverData, "none": None}),
}
