"""Addresses made from the rules of routes, and what pages behind them say."""

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


def as_said(page: str) -> str:
    """A page without what is another each time: the proof of origin, the request's reference."""
    page = re.sub(r'(csrf_token" value="|X-CSRF-Token": ")[^"]+', r"\1", page)
    return re.sub(r"<code>[0-9a-f-]{36}</code>", "", page)
