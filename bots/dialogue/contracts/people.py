"""To a person."""

from collections.abc import Mapping
from typing import Final, TypedDict

from bots.dialogue.contracts.shapes import (
    Skill,
)


class HandOffData(TypedDict):
    case_number: str
    wait_minutes: int | None
    is_open: bool


SKILLS: Final[Mapping[str, Skill]] = {
    "hand_off": Skill({"reason": (str,), "summary": (dict,)}, {"ok": HandOffData}),
}
