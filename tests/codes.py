"""Codes as their readers find them in letters."""

import re
from typing import Final

_SAID: Final = re.compile(r"(?:確認コードは|Your code is) (\d{6})")


def code_in(text: str) -> str | None:
    """The code a letter tells, and none where six digits are of something else: an order, say."""
    found = _SAID.search(text)
    return found[1] if found else None
