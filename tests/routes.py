"""Addresses made from the rules of routes."""

import re
import uuid
from typing import Final

_GAP: Final = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>")
_NOBODYS: Final = uuid.UUID(int=1)


def filled(rule: str, value: str) -> str:
    """The path of a route with ``value`` in its gaps, or else what a gap takes at all."""

    def fitting(gap: "re.Match[str]") -> str:
        kind, choices = gap.groups()
        if kind == "any":
            return str(choices.split(",")[0])
        if kind == "uuid":
            return str(_NOBODYS)
        return "999999" if kind == "int" and not value.isdecimal() else value

    return _GAP.sub(fitting, rule)
