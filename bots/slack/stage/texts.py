"""Texts in Block Kit: their kinds and lengths, and how Slack words what is wrong with them."""

from collections.abc import Iterator
from typing import Any, Final

TEXT_TYPES: Final = frozenset({"plain_text", "mrkdwn"})


class Trouble:
    """Sentences as Slack writes them into ``response_metadata.messages``."""

    @staticmethod
    def say(what: str, at: str) -> str:
        return f"[ERROR] {what} [json-pointer:{at}]"

    @staticmethod
    def missing(name: str, at: str) -> str:
        return f"[ERROR] missing required field: {name} [json-pointer:{at}]"

    @staticmethod
    def count(least: int, most: int, at: str) -> str:
        return f"[ERROR] must have {least} to {most} items [json-pointer:{at}]"


def wrong_text(value: Any, at: str, *, most: int, least: int = 1) -> Iterator[str]:
    """What is wrong with a plain string."""
    if not isinstance(value, str):
        yield Trouble.say("must be a string", at)
    elif len(value) < least:
        yield Trouble.say(f"must be more than {least - 1} characters", at)
    elif len(value) > most:
        yield Trouble.say(f"must be less than {most + 1} characters", at)


def text_trouble(text: Any, at: str, *, most: int, is_plain: bool = False) -> Iterator[str]:
    """What is wrong with a text object; ``is_plain`` where no formatting is allowed."""
    if not isinstance(text, dict):
        yield Trouble.missing(at.rpartition("/")[2], at)
        return
    kind = text.get("type")
    if kind not in TEXT_TYPES or (is_plain and kind != "plain_text"):
        yield Trouble.say(f"unsupported type: {kind}", f"{at}/type")
        return
    yield from wrong_text(text.get("text"), f"{at}/text", most=most)
    known = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
    for name in sorted(set(text) - known[kind]):
        yield Trouble.say(f"additional field: {name}", at)
