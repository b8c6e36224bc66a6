"""Texts that people write, and worse: for all that is shown of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.unit.bots.slack.limits import texts as texts_of

SAMPLES: Final = (
    "",
    " ",
    "\n\n\n",
    "\x00\x07\x1b",
    "\ud800",
    "<!channel> <!here> <!everyone> <!subteam^S1>",
    "<@U012ABC> <#C012ABC|general> @channel @here",
    "<https://evil.example|your invoice> https://evil.example evil.example",
    "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "*bold* _italic_ ~gone~ `code` ```block```",
    "> quoted\n>>> all of it",
    ":smile: :100: :+1: at 10:00:00",
    "\u202e\u2066gnp.exe\u2069 \u200f\u200eאבג",
    "👨‍👩‍👧‍👦" * 100,
    "🇯🇵" * 200,
    "が" * 1600,
    "長い名前" * 300,
    "e\u0301" * 400,
    "a" * 3500,
    "%(name)s %s {0} {name}",
)
anything = st.text(st.characters(exclude_categories=[]), max_size=300) | st.sampled_from(SAMPLES)
#: What stands in a case: PostgreSQL keeps neither halves of characters nor nothing at all.
written = st.text(st.characters(exclude_categories=["Cs"]), max_size=120) | st.sampled_from(
    [one for one in SAMPLES if "\ud800" not in one]
)
#: Links, mentions, dates: whatever Slack reads between angle brackets.
_MARKED: Final = re.compile(r"<([^<>]*)>")
_BARE: Final = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")
_CALLS: Final = re.compile(r"<[!@#]")
_HIDDEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ud800-\udfff\x00-\x08]")


def dangers(blocks: Any, *, own: Sequence[str] = ("https://shop.example/",)) -> list[str]:
    """What in blocks could call somebody, lead somewhere that is not ours, or hide something."""
    found = []
    for text in texts_of(blocks):
        found += _of(text, own)
    found += [f"a hidden sign in {one!r}" for one in _all(blocks) if _HIDDEN.search(one)]
    return found


def calls(text: str) -> list[str]:
    """What in the text that stands for blocks could call somebody or lead anywhere."""
    return [f"a mark {one!r}" for one in _CALLS.findall(text)]


def _of(text: Mapping[str, Any], own: Sequence[str]) -> list[str]:
    said = str(text["text"])
    if text["type"] == "plain_text":
        calls = _CALLS.search(said) is not None
        return [f"a call in {said!r}"] if calls or text.get("emoji") is not False else []
    found = [] if text.get("verbatim") is True else [f"Slack would link in {said!r}"]
    rest = said
    for mark in _MARKED.findall(said):
        if not mark.startswith(tuple(own)):
            found.append(f"a mark {mark!r}")
        rest = rest.replace(f"<{mark}>", "")
    return found + ([f"unescaped: {rest!r}"] if _BARE.search(rest) else [])


def _all(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [text for one in node.values() for text in _all(one)]
    return [text for one in node for text in _all(one)] if isinstance(node, list) else []
