"""Text as it arrives, brought to a form that rules can read, and the language it is in."""

import re
import unicodedata
from typing import Final

from bots.understanding.lexicon import lexicon
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded

#: Longer messages are understood by their beginning; people say first what they want.
LONGEST: Final = 2_000

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DASHES: Final = re.compile(r"[‐‑‒–—―−﹣]")
#: Between figures the long vowel of a Japanese keyboard means a dash: ``０９０ー１２３４``.
_LONG_VOWEL: Final = re.compile(r"(?<=[0-9])ー(?=[0-9])")
_JAPANESE: Final = re.compile(r"[ぁ-ゖァ-ヺ々一-鿿]")
_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー]")
_LATIN_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_NOT_WORDS: Final = re.compile(
    r"[!-?A-~]+@[!-~]+|https?://[!-~]+|\b[a-z]*[-#]?\d[\w-]*", re.IGNORECASE
)
_ADDRESSES: Final = re.compile(r"[!-?A-~]+@[!-~]+|https?://[!-~]+")
_APOSTROPHES: Final = re.compile(r"['’`´]")
_PUNCTUATION: Final = re.compile(r"[^\w\s.+#-]|_|(?<!\w)[.-]|[.-](?!\w)")


def tidy(text: str) -> str:
    """NFKC, one kind of dash, no control or direction characters, no edges, at most ``LONGEST``."""
    plain = unicodedata.normalize("NFKC", text[: LONGEST * 2])
    plain = _LONG_VOWEL.sub("-", _DASHES.sub("-", _CONTROL.sub(" ", plain)))
    return " ".join(plain.split())[:LONGEST].strip()


def matchable(text: str) -> str:
    """The form rules are matched against: folded, without addresses and punctuation."""
    bare = _APOSTROPHES.sub("", folded(_ADDRESSES.sub(" ", text)))
    return " ".join(_PUNCTUATION.sub(" ", bare).split())


def language_of(text: str, hint: Language) -> tuple[Language, bool]:
    """The language of ``text`` and whether its words show it; neutral text keeps the hint."""
    words = _NOT_WORDS.sub(" ", text)
    if _JAPANESE.search(words):
        mixed = len(_LATIN_WORD.findall(words)) > 2 * len(_JAPANESE.findall(words))
        if not mixed or _KANA.search(words):
            return Language.JAPANESE, True
    known = lexicon(Language.ENGLISH).telling
    latin = [word.lower().replace("'", "") for word in _LATIN_WORD.findall(words)]
    if any(word in known for word in latin):
        return Language.ENGLISH, True
    return hint, False
