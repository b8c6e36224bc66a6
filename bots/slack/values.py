"""What a button of ours carries: ids and versions, never a person's words.

Slack hands it back as it was; whoever presses is authorised anew, so it needs no signature.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from oms_service.kernel.errors import Invalid

#: Slack takes so much on a button, and so much on the line of a menu.
MOST: Final = 2_000
MOST_OF_OPTION: Final = 150
#: Of a view's own memory.
MOST_OF_VIEW: Final = 3_000
_LARGEST: Final = 9_223_372_036_854_775_807
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")
_LONGEST_WORD: Final = 300

More = int | str


@dataclass(frozen=True)
class Value:
    """Which case a button is about, as it stood when the button was drawn, and what else."""

    case_id: int
    version: int
    more: Mapping[str, More] = field(default_factory=dict, hash=False)

    def word(self, name: str) -> str:
        """A word of ``more``; empty where there is none."""
        found = self.more.get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int | None:
        """A number of ``more``."""
        found = self.more.get(name)
        return found if isinstance(found, int) else None


def encode(case_id: int, version: int, **more: More) -> str:
    """What a button carries; ``more`` are short codes, ids and pages.

    Raises:
        ValueError: it does not fit on a button; nothing that people write belongs here.
    """
    return _said(case_id, version, more, MOST)


def memory(case_id: int, version: int, more: Mapping[str, More]) -> str:
    """The same for what a view keeps in mind, which may be longer.

    Raises:
        ValueError: it does not fit; nothing that people write belongs here.
    """
    return _said(case_id, version, more, MOST_OF_VIEW)


def _said(case_id: int, version: int, more: Mapping[str, More], most: int) -> str:
    if not (_is_count(case_id) and _is_count(version)):
        raise ValueError("neither an id nor a version is below nothing")
    if not all(_is_more(name, one) for name, one in more.items()):
        raise ValueError("this is no short code")
    said = json.dumps({"c": case_id, "v": version, **more}, separators=(",", ":"))
    if len(said) > most:
        raise ValueError("Slack does not hold as much")
    return said


def decode(text: str) -> Value:
    """What a button carried.

    Raises:
        Invalid: it is no value of ours.
    """
    if len(text) > MOST_OF_VIEW:
        raise Invalid("no value of ours", {"value": "is too long"})
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("no value of ours", {"value": "is no JSON"}) from None
    if not isinstance(said, dict):
        raise Invalid("no value of ours", {"value": "names nothing"})
    case_id, version = said.pop("c", None), said.pop("v", None)
    if not (_is_count(case_id) and _is_count(version)):
        raise Invalid("no value of ours", {"value": "names no case"})
    if not all(_is_more(name, one) for name, one in said.items()):
        raise Invalid("no value of ours", {"value": "says more than it may"})
    return Value(case_id, version, said)


def _is_count(one: object) -> bool:
    return isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= _LARGEST


def _is_more(name: str, one: object) -> bool:
    if name in {"c", "v"} or not _NAME.fullmatch(name):
        return False
    if isinstance(one, str):
        return len(one) <= _LONGEST_WORD
    return isinstance(one, int) and not isinstance(one, bool) and -_LARGEST <= one <= _LARGEST
