"""Buttons on channels that show few of them, or short ones: a numbered list stands in for them.

Where a channel cannot show every button with all of its words, the message lists them by number,
and a number that is typed picks one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_BREAK: Final = re.compile(r"[\n。.!?！？、, ]")
_TYPED: Final = re.compile(r"(\d{1,3})\s*(?:番目?|つ目|[.)])?")


@dataclass(frozen=True)
class Limits:
    """What a channel can show: so many buttons, labels and values of so many UTF-16 units."""

    most: int
    label: int
    value: int


#: By channel; one that is not here shows all there are.
LIMITS: Final[Mapping[str, Limits]] = {
    "line": Limits(most=13, label=20, value=280),
    "slack": Limits(most=25, label=75, value=2_000),
}


@dataclass(frozen=True)
class Choice:
    """One button: its value, what it says in full, and what of that fits on it."""

    value: str
    label: str
    short: str


@dataclass(frozen=True)
class Offered:
    """The buttons that can be shown, and the lines that stand for all of them where they must."""

    buttons: tuple[Choice, ...]
    lines: tuple[str, ...]


def offered(choices: Sequence[Mapping[str, Any]], limits: Limits) -> Offered:
    """How ``choices``, as messages carry them, are shown within ``limits``."""
    given = [(str(one["value"]), str(one["label"])) for one in choices]
    is_numbered = are_numbered(choices, limits)
    lines = listed([label for _, label in given]) if is_numbered else ()
    buttons = tuple(
        Choice(value, label, cut(f"{n} {label}" if is_numbered else label, limits.label))
        for n, (value, label) in enumerate(given[: limits.most], 1)
        if units(value) <= limits.value
    )
    return Offered(buttons, lines)


def listed(labels: Sequence[str]) -> tuple[str, ...]:
    """Buttons as lines of text, each with the number that picks it."""
    return tuple(f"{n}. {label}" for n, label in enumerate(labels, 1))


def are_numbered(choices: Sequence[Mapping[str, Any]], limits: Limits) -> bool:
    """Whether some of them do not fit as they are."""
    return len(choices) > limits.most or any(
        not 0 < units(str(one["label"])) <= limits.label or units(str(one["value"])) > limits.value
        for one in choices
    )


def by_number(text: str, choices: Sequence[Mapping[str, Any]]) -> str | None:
    """The value of the choice that a typed number picks."""
    found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None or not 1 <= int(found[1]) <= len(choices):
        return None
    return str(choices[int(found[1]) - 1]["value"])


def units(text: str) -> int:
    """How long a text is in UTF-16 units, as several channels count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """The text, or as much of it as fits into ``most`` units, with a mark that some is missing."""
    if units(text) <= most:
        return text
    return head(text, most - 1).rstrip() + "…"


def head(text: str, most: int) -> str:
    """As many whole characters of a text as fit into ``most`` units."""
    left = most
    for at, sign in enumerate(text):
        left -= 2 if ord(sign) > 0xFFFF else 1  # noqa: PLR2004 - beyond it a character takes two
        if left < 0:
            return text[:at]
    return text


def pieces(text: str, most: int) -> list[str]:
    """A text in pieces of at most ``most`` units, each ending where a sentence or a word does."""
    found = []
    left = text.strip()
    while units(left) > most:
        piece = head(left, most)
        ends = [one.end() for one in _BREAK.finditer(piece)]
        at = ends[-1] if ends and ends[-1] > len(piece) // 2 else len(piece)
        found.append(left[:at].strip())
        left = left[at:].strip()
    return [one for one in (*found, left) if one]
