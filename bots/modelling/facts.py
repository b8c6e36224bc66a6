"""Whether a text in other words says the very same: what a rephrased reply is held to.

Two conditions, both stricter than need be, for a refused wording costs nothing: ours is sent.

1. **The same facts, in the same order**: figures (full-width, in kanji or in words alike), units,
   dates, ids, links, and every word that decides what is said: states, negations, conditions,
   times. In the same order, so that two days cannot change places.
2. **No word from elsewhere**: what carries meaning stands in the original, or is one of the
   courtesies listed here (``courtesies.toml``). So there is no room for a name, a promise or a
   product of the model's own.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

from oms_service.kernel.languages import Language

#: A value of ours that was held back stands as ``[[3]]``.
MARK: Final = re.compile(r"\[\[(\d{1,2})\]\]")
#: So much longer than the original it may be.
_LONGER: Final = 2
_AND_SIGNS: Final = 80

_LINK: Final = r"https?://[!-~]+[\w/]"
_MAIL: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
#: Letters and figures in one: what things are called by.
_ID: Final = r"(?<![a-z0-9])(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*(?![a-z0-9])"
_ORDINAL: Final = r"(?<![\w.])\d{1,3}(?:st|nd|rd|th)(?![a-z])"
_FIGURE: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_KANJI_FIGURE: Final = r"[〇一二三四五六七八九十百千万]+"
_KANJI_DIGITS: Final = {sign: at for at, sign in enumerate("〇一二三四五六七八九")}
_KANJI_UNITS: Final = {"十": 10, "百": 100, "千": 1_000}
_ORDINARY: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_RUNS: Final = re.compile(r"[一-鿿々〆]+|[ァ-ヺー]+|[ぁ-ゖゝー]+|[a-z]+(?:'[a-z]+)?")
#: What a text may bring along besides letters and figures: no markup, no pictures.
_SIGNS: Final = re.compile(r"[\s、。,.!?:;'\"()「」『』・…~〜/%&+#@_=¥$€£\[\]-]")
_LETTERS: Final = re.compile(r"[0-9a-zぁ-ゖゝァ-ヺー一-鿿々〆〇〒]+")
_DASHES: Final = re.compile(r"[‐‑‒–—―−﹣]")
#: Short forms, and what they stand for.
_SHORT_FORMS: Final = (
    (re.compile(r"\bcan't\b"), "cannot"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"(?<=[a-z])n't\b"), " not"),
    (re.compile(r"\b(it|that|there|here|what)'s\b"), r"\1 is"),
    (re.compile(r"(?<=[a-z])'re\b"), " are"),
    (re.compile(r"(?<=[a-z])'ll\b"), " will"),
    (re.compile(r"(?<=[a-z])'ve\b"), " have"),
    (re.compile(r"\bi'm\b"), "i am"),
)
#: A figure of at most so many signs is a number; a longer one is what something is called by.
_SHORT: Final = 2


@dataclass(frozen=True)
class _Words:
    """The courtesies and the telling words of one language."""

    courtesies: frozenset[str]
    #: Polite wholes that look like a telling word and are none: 申し訳ございません.
    empty: frozenset[str]
    numbers: Mapping[str, str]
    #: What decides what is said; each counts as it is written.
    telling: tuple[str, ...]
    #: Telling words that are the same: 本日 and 今日.
    alike: Mapping[str, str]

    def told(self, word: str) -> tuple[str, ...]:
        """What a word that is none of the courtesies tells."""
        if word in self.empty:
            return ()
        if word in self.numbers:
            return (f"n:{self.numbers[word]}",)
        return (f"t:{self.alike.get(word, word)}",)


def is_faithful(said: str, original: str, language: Language) -> bool:
    """Whether ``said`` tells nothing else, nothing more and nothing less than ``original``."""
    plain, ours = _plain(said), _plain(original)
    if not plain or len(plain) > len(ours) * _LONGER + _AND_SIGNS:
        return False
    if set(_SIGNS.sub("", _LETTERS.sub("", plain))) - set(ours):
        return False
    if facts(said, language) != facts(original, language):
        return False
    return not strangers(said, original, language)


def facts(text: str, language: Language) -> tuple[str, ...]:
    """Everything in ``text`` that must not change, in its order, each in one way of writing it."""
    return tuple(_facts(_plain(text), language))


def strangers(said: str, original: str, language: Language) -> tuple[str, ...]:
    """The words of ``said`` that stand neither in ``original`` nor among the courtesies."""
    words, ours = _words(language), _plain(original)
    # Facts are compared as such: five is as good as 5.
    known = {*_runs_beside_facts(ours, language), *_ORDINARY.findall(ours), *words.courtesies}
    return tuple(
        run
        for run in _runs_beside_facts(_plain(said), language)
        if run not in known and not _is_made_of(run, ours, words.courtesies)
    )


def _runs_beside_facts(plain: str, language: Language) -> list[str]:
    return _RUNS.findall(_pattern(language).sub(" ", plain))


def _is_made_of(run: str, ours: str, courtesies: frozenset[str]) -> bool:
    """Whether a run of Japanese signs is courtesies and pieces of the original, end to end.

    A piece has two signs at least: of single ones anything could be made.
    """
    if run.isascii():
        return False
    reached = [True] + [False] * len(run)
    for start in range(len(run)):
        if not reached[start]:
            continue
        for end in range(start + 1, len(run) + 1):
            piece = run[start:end]
            if piece in courtesies or (end - start > 1 and piece in ours):
                reached[end] = True
    return reached[-1]


def _facts(plain: str, language: Language) -> Iterator[str]:
    words = _words(language)
    for found in _pattern(language).finditer(plain):
        yield from _READ[found.lastgroup or ""](found.group(), words)


def _plain(text: str) -> str:
    """One form for what is written in several."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("`", "'")
    for short, whole in _SHORT_FORMS:
        plain = short.sub(whole, plain)
    return " ".join(_DASHES.sub("-", plain).split())


def _figure(text: str) -> str:
    bare = text.replace(",", "")
    whole, _, part = bare.partition(".")
    return f"n:{int(whole) if len(whole) <= _SHORT else whole}" + (f".{part}" if part else "")


def _kanji_figure(text: str) -> str:
    """二十三 is 23, and so is 二三; a million and more is left as it is written."""
    if not any(sign in "十百千万" for sign in text):
        return _figure("".join(str(_KANJI_DIGITS[sign]) for sign in text))
    thousands, _, rest = text.partition("万") if "万" in text else ("", "", text)
    if "万" in rest:
        return f"n:{text}"
    total = (_below(thousands) or 1) * 10_000 if "万" in text else 0
    return _figure(str(total + _below(rest)))


def _below(text: str) -> int:
    total, digit = 0, 0
    for sign in text:
        if sign in _KANJI_UNITS:
            total, digit = total + (digit or 1) * _KANJI_UNITS[sign], 0
        else:
            digit = digit * 10 + _KANJI_DIGITS[sign]
    return total + digit


_Read = Callable[[str, _Words], Sequence[str]]
_READ: Final[Mapping[str, _Read]] = {
    "mark": lambda text, _words: (f"m:{text}",),
    "link": lambda text, _words: (f"a:{text}",),
    "mail": lambda text, _words: (f"a:{text}",),
    "ordinal": lambda text, _words: (_figure(text[:-2]),),
    "id": lambda text, _words: (f"i:{text}",),
    "figure": lambda text, _words: (_figure(text),),
    "kanji": lambda text, _words: (_kanji_figure(text),),
    "sign": lambda text, _words: (f"s:{text}",),
    "word": lambda text, words: words.told(text),
}


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    words = _words(language)
    edge, end = (r"(?<![a-z])", r"(?![a-z])") if language is Language.ENGLISH else ("", "")
    parts = {
        "mark": MARK.pattern.replace("(", "(?:"),
        "link": _LINK,
        "mail": _MAIL,
        "ordinal": _ORDINAL,
        "id": _ID,
        "figure": _FIGURE,
        "word": edge + _either((*words.empty, *words.telling, *words.numbers)) + end,
        "sign": "[¥$€£%〒#&+=×→]",
    }
    if language is Language.JAPANESE:
        parts["kanji"] = _KANJI_FIGURE
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in parts.items()))


def _either(words: Sequence[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(re.escape(word) for word in longest_first)})"


@cache
def _words(language: Language) -> _Words:
    source = resources.files("bots.modelling").joinpath("courtesies.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))[str(language)]
    alike = {word: group[0] for group in table.get("alike", ()) for word in group}
    return _Words(
        frozenset(table["courtesies"].split()),
        frozenset(table["empty"]),
        {word: str(value) for word, value in table.get("numbers", {}).items()},
        tuple({*table["telling"].split(), *alike}),
        alike,
    )


def has_all_marks(said: str, count: int) -> bool:
    """Whether every value that was held back stands in ``said`` once, in its order."""
    places = [int(found) for found in MARK.findall(said)]
    return places == list(range(1, count + 1)) and all(a < b for a, b in pairwise(places))


def filled(said: str, values: Sequence[str]) -> str:
    """``said`` with the values that were held back in their places."""
    return MARK.sub(lambda found: values[int(found[1]) - 1], said)
