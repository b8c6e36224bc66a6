"""Slack's way of writing, as people read it."""

import re
from typing import Final

_CHANNEL: Final = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")
_SPECIAL: Final = re.compile(r"<!([a-z]+)(?:\^[^|>]*)?(?:\|([^>]*))?>")
_LINK: Final = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")


def plain(text: str) -> str:
    """What somebody wrote, as people read it: no ids, no marks, addresses as they are."""
    said = _LINK.sub(lambda one: _link(one[1], one[2]), text)
    said = _CHANNEL.sub(lambda one: f"#{one[1] or ''}", said)
    said = _SPECIAL.sub(lambda one: one[2] or f"@{one[1]}", said)
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _link(url: str, label: str | None) -> str:
    shown = url.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({shown})" if label and label != shown else shown
