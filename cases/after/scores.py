"""Scores as the buttons of a chat carry them: which question, and which of the five."""

import re
from typing import Final

from cases.after.policy import SCORES

_START: Final = "rate"
_PRESSED: Final = re.compile(r"rate:([1-9][0-9]{0,17}):([1-5])")


def choices_of(survey_id: int) -> list[str]:
    """What the five buttons of a question carry, the best first."""
    return [f"{_START}:{survey_id}:{score}" for score in reversed(SCORES)]


def pressed(choice: str | None) -> tuple[int, int] | None:
    """The question and the score of a button; None where it is another sort of button."""
    found = _PRESSED.fullmatch(choice or "")
    return (int(found[1]), int(found[2])) if found else None
