"""Which options a few words name: by the words of their names, whole or in part."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bots.understanding.heard import NAMES, Option
from bots.understanding.slots.synonyms import meant_by, spelled
from oms_service.kernel.text import folded

_WORD: Final = re.compile(r"[a-z0-9]+|[ぁ-ん一-鿿々ー]+")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_UNIMPORTANT_LIST: Final = (
    "the a an of and or in with for to is it one ones my i this that me on by at "
    "from as please set size color colour type "
    "no not none yes の と"
)
_UNIMPORTANT: Final = frozenset(_UNIMPORTANT_LIST.split())
#: Words that people write in one as well: ``t-shirt``, ``e-reader``.
_JOINED: Final = re.compile(r"(?<![a-z])[a-z]-[a-z]+")
#: Words of one sign that mean something in an option: sizes.
_SIZE_SIGNS: Final = frozenset("sml")
_NUMBER_SAID: Final = (
    r"(?:size|さいず|number) ?{0}(?!\d)|(?<!\d){0}(?:号|さいず|inch|cm|mm|g|kg|ml|l)"
)
_KANJI: Final = re.compile(r"[一-鿿々]")
_SHORTEST_PIECE: Final = 2
_SHORTEST_KANA: Final = 3
_SHORTEST_PLURAL: Final = 5
_LONGEST: Final = 400


@dataclass(frozen=True)
class Names:
    """An option's names, taken apart once."""

    option: Option
    bare: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True)
class Fit:
    """How well words name an option."""

    option: Option
    used: frozenset[str]
    is_whole: bool
    is_plural: bool


def names_of(options: Iterable[Option]) -> list[Names]:
    return [_names(option) for option in options]


def named(text: str, known: Sequence[Names]) -> list[Fit]:
    """The options that use every word which any of them uses; of these the wholly named ones.

    Several only where nothing in ``text`` tells them apart.
    """
    said = _Said(spelled(text[:_LONGEST]))
    fits = [fit for one in known if (fit := said.fit(one)).used]
    told: frozenset[str] = frozenset().union(*(fit.used for fit in fits))
    best = [fit for fit in fits if told <= fit.used]
    whole = [fit for fit in best if fit.is_whole]
    return whole or best


class _Said:
    """The words of a customer, ready to be compared."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.bare = _NOT_WORD.sub("", text)
        self.words = frozenset(_WORD.findall(text))
        self.stems = frozenset(map(_stem, self.words))
        self.meant = meant_by(text)

    def fit(self, names: Names) -> Fit:
        used = {word for word in names.words if self.uses(word)}
        is_whole = False
        for name in names.bare:
            if len(name) > 1 and (name in self.bare or _singular(name) in self.bare):
                is_whole = True
                used |= {word for word in names.words if word in name}
        pieces = {piece for word in names.words - used if (piece := self.piece(word))}
        is_plural = any(word + "s" in self.words or word + "es" in self.words for word in used)
        return Fit(names.option, frozenset(used | pieces), is_whole, is_plural)

    def uses(self, word: str) -> bool:
        if word in self.meant:
            return True
        if not word.isascii():
            return word in self.text
        if word.isdigit() and len(word) == 1:
            return bool(re.search(_NUMBER_SAID.format(word), self.text))
        return word in self.words or _stem(word) in self.stems

    def piece(self, word: str) -> str:
        """The longest part of a Japanese ``word`` that was said: ``こーひー`` of a kind of it."""
        if word.isascii():
            return ""
        for length in range(len(word) - 1, _SHORTEST_PIECE - 1, -1):
            for start in range(len(word) - length + 1):
                part = word[start : start + length]
                if part in self.text and (_KANJI.search(part) or length >= _SHORTEST_KANA):
                    return part
        return ""


def _names(option: Option) -> Names:
    names = [spelled(folded(name)) for name in option.words.split(NAMES)]
    words = {word for name in names for word in _WORD.findall(name) if _counts(word)}
    words |= {_NOT_WORD.sub("", joined) for name in names for joined in _JOINED.findall(name)}
    return Names(
        option,
        tuple(dict.fromkeys(_NOT_WORD.sub("", name) for name in names)),
        frozenset(words),
    )


def _counts(word: str) -> bool:
    if word in _UNIMPORTANT:
        return False
    return len(word) > 1 or not word.isascii() or word in _SIZE_SIGNS or word.isdigit()


def _singular(name: str) -> str:
    """A whole name without the ending of its plural; short ones are too like other words."""
    return _stem(name) if len(name) > _SHORTEST_PLURAL else name


def _stem(word: str) -> str:
    """An English word without the ending of its plural."""
    if not word.isascii() or len(word) < 4 or word.endswith("ss"):  # noqa: PLR2004 - gas, bus
        return word
    if word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    return word.removesuffix("s")
