"""Numbers in figures, in Japanese characters and in words."""

import re
from typing import Final

_KANJI: Final = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
}
_TENS: Final = {"十": 10, "百": 100, "千": 1_000}
_PARTS: Final = re.compile(r"([\d〇一二三四五六七八九零○]*)([十百千]?)")
_ENGLISH_LIST: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_ENGLISH: Final = tuple(_ENGLISH_LIST.split())
ENGLISH: Final = {word: value for value, word in enumerate(_ENGLISH)} | {"a": 1, "an": 1}


def number_of(text: str) -> int | None:
    """The number in figures or Japanese characters, with places or sign by sign.

    ``25``, ``二十五``, ``1万5千``, ``一〇四二三``; None for anything else.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or not set(text) <= set(_KANJI) | set(_TENS) | set("万0123456789"):
        return None
    whole = 0
    parts = text.split("万")
    for at, part in enumerate(parts):
        value = _below_myriad(part) if part else (1 if at < len(parts) - 1 else 0)
        whole = whole * 10_000 + value
    return whole


def _below_myriad(text: str) -> int:
    total = 0
    for digits, place in _PARTS.findall(text):
        if digits or place:
            value = int("".join(str(_KANJI.get(sign, sign)) for sign in digits)) if digits else 1
            total += value * _TENS.get(place, 1)
    return total
