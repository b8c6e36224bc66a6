"""Text as cases are searched by: folded, and so that two characters of Japanese are enough.

PostgreSQL's trigrams need three signs in a row, and Japanese names and words are often two. So
each sign beyond ASCII stands twice: ``佐藤`` is ``佐佐藤藤``, which has trigrams of its own.
"""

from collections.abc import Iterable
from typing import Final

from oms_service.kernel.text import folded, order_key

#: Shorter words of ASCII have no trigram of their own: they are looked for where words begin.
_SHORT: Final = 3
#: So many words of what was typed count, and so much of each.
_MOST_WORDS: Final = 8
_LONGEST_WORD: Final = 60


def grams(text: str) -> str:
    """``text`` folded, with each sign beyond ASCII twice."""
    return "".join(sign if sign.isascii() else sign * 2 for sign in folded(text))


def tokens(said: Iterable[str]) -> str:
    """Names and numbers as one text, each between spaces, so that a whole one can be found."""
    found = dict.fromkeys(grams(one) for one in said)
    return f" {' '.join(one for one in found if one)} "


def words(typed: str) -> list[str]:
    """What was typed, word by word, folded and bounded; longer input is cut."""
    return [word[:_LONGEST_WORD] for word in folded(typed).split()[:_MOST_WORDS]]


def patterns(word: str) -> list[str]:
    """What a word is LIKE in a searched text: as typed, and without the dress of a number."""
    number = key(word)
    return [_pattern(one) for one in dict.fromkeys([word, number]) if one]


def key(typed: str) -> str:
    """A number without its dress, as a token; empty for what holds no digit."""
    bare = order_key(typed).lower()
    return bare if any(sign.isdigit() for sign in bare) else ""


def whole(token: str) -> str:
    """The pattern of a text that holds a token whole."""
    return f"% {_escaped(grams(token))} %"


def _pattern(word: str) -> str:
    is_short = len(word) < (_SHORT if word.isascii() else 2)
    return f"%{' ' if is_short else ''}{_escaped(grams(word))}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
