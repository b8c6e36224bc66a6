"""Where the words that were searched for stand in a text, whatever script they were typed in."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from oms_service.kernel.text import folded

#: So many signs are shown before the first hit, and in all.
_BEFORE: Final = 24
_SHOWN: Final = 120


@dataclass(frozen=True)
class Part:
    """A piece of a text; ``is_hit``: one of the words stands here."""

    text: str
    is_hit: bool


def parts(text: str, words: Iterable[str]) -> list[Part]:
    """``text`` cut where the folded ``words`` begin and end; its signs stay as they are."""
    plain, origin = _aligned(text)
    hits = [False] * len(text)
    for word in words:
        start = plain.find(word) if word else -1
        while start >= 0:
            for first, end in origin[start : start + len(word)]:
                hits[first:end] = [True] * (end - first)
            start = plain.find(word, start + len(word))
    found: list[Part] = []
    for sign, is_hit in zip(text, hits, strict=True):
        if found and found[-1].is_hit is is_hit:
            found[-1] = Part(found[-1].text + sign, is_hit)
        else:
            found.append(Part(sign, is_hit))
    return found


def around(texts: Iterable[str], words: Sequence[str]) -> list[Part]:
    """A line of the first text that holds a word, with the words marked; of none, nothing."""
    for text in texts:
        line = " ".join(text.split())
        found = parts(line, words)
        if not any(one.is_hit for one in found):
            continue
        if len(line) > _SHOWN and not found[0].is_hit and len(found[0].text) > _BEFORE:
            found[0] = Part(f"…{found[0].text[-_BEFORE:]}", is_hit=False)
        return _short(found)
    return []


def _short(found: Sequence[Part]) -> list[Part]:
    left, kept = _SHOWN, list[Part]()
    for one in found:
        if len(one.text) > left:
            kept.append(Part(f"{one.text[:left]}…", one.is_hit))
            break
        kept.append(one)
        left -= len(one.text)
    return kept


def _aligned(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` folded sign by sign, and from where to where in it each folded one came from."""
    plain: list[str] = []
    origin: list[tuple[int, int]] = []
    place = 0
    while place < len(text):
        end = place + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        said = text[place:end]
        made = " " if said.isspace() else folded(said)
        plain.append(made)
        origin += [(place, end)] * len(made)
        place = end
    return "".join(plain), origin


def _joins(sign: str) -> bool:
    """Whether a sign makes one with that before it, such as the dots of half-width kana."""
    return sign in "\uff9e\uff9f" or unicodedata.combining(sign) > 0
