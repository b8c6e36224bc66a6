"""Figures that are spelled out: ``one oh double five``, 一〇四二三, ``いちまるよんにーさん``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bots.understanding.slots.sheet import TAKEN

_ENGLISH: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_WORDS: Final = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_TIMES: Final = {"double": 2, "triple": 3}
_ENGLISH_DIGIT: Final = rf"(?:(?:double|triple)[ -])?(?:{_WORDS}|\d)"
_ENGLISH_RUN: Final = re.compile(
    rf"\b{_ENGLISH_DIGIT}(?:(?: ?[,-] ?| |\.{{3}} ?){_ENGLISH_DIGIT}){{2,13}}(?!\d)\b",
    re.IGNORECASE,
)
_ENGLISH_PARTS: Final = re.compile(rf"(?:(double|triple)[ -])?({_WORDS}|\d)", re.IGNORECASE)
_KANJI_DIGITS: Final = dict(zip("〇零○一二三四五六七八九", "000123456789", strict=True))
_KANJI_RUN: Final = re.compile(r"[〇零○一二三四五六七八九]{4,14}")
_KANA: Final = {
    "ぜろ": "0", "れい": "0", "まる": "0", "いち": "1", "にい": "2", "にー": "2", "に": "2",
    "さん": "3", "よん": "4", "ごー": "5", "ごう": "5", "ご": "5", "ろく": "6", "なな": "7",
    "しち": "7", "はち": "8", "きゅう": "9", "きゅー": "9",
    "ゼロ": "0", "マル": "0", "イチ": "1", "ニー": "2", "サン": "3", "ヨン": "4", "ゴー": "5",
    "ロク": "6", "ナナ": "7", "ハチ": "8", "キュー": "9", "キュウ": "9",
}  # fmt: skip
_KANA_DIGIT: Final = "|".join(sorted(_KANA, key=len, reverse=True))
_KANA_RUN: Final = re.compile(rf"(?:(?:{_KANA_DIGIT})[、,・ ]?){{4,14}}")
_KANA_PARTS: Final = re.compile(_KANA_DIGIT)
#: Fewer spelled figures than this are a quantity, or chance.
_FEWEST: Final = 4
#: Letters as Japanese says them, for what stands before an order's figures.
LETTERS: Final = {
    "エー": "A", "えー": "A", "ビー": "B", "シー": "C", "ディー": "D", "イー": "E", "エフ": "F",
    "ジー": "G", "エイチ": "H", "ジェー": "J", "ケー": "K", "エル": "L", "エム": "M", "エヌ": "N",
    "オー": "O", "ピー": "P", "キュー": "Q", "アール": "R", "エス": "S", "ティー": "T", "ユー": "U",
    "ブイ": "V", "ダブリュー": "W", "ダブル": "W", "エックス": "X", "ワイ": "Y", "ゼット": "Z",
}  # fmt: skip
LETTER: Final = "|".join(sorted(LETTERS, key=len, reverse=True))


@dataclass(frozen=True)
class Spoken:
    """Figures that stand at ``start`` to ``end`` of a text."""

    start: int
    end: int
    digits: str


def spoken_in(text: str) -> Iterator[Spoken]:
    """Every run of at least four spelled figures."""
    for match in _ENGLISH_RUN.finditer(text):
        if not any(sign.isalpha() for sign in match[0]) or TAKEN in match[0]:
            continue
        digits = "".join(
            _ENGLISH.get(word.lower(), word) * _TIMES.get(times.lower(), 1)
            for times, word in _ENGLISH_PARTS.findall(match[0])
        )
        if len(digits) >= _FEWEST:
            yield Spoken(match.start(), match.end(), digits)
    for match in _KANJI_RUN.finditer(text):
        yield Spoken(*match.span(), "".join(_KANJI_DIGITS[sign] for sign in match[0]))
    for match in _KANA_RUN.finditer(text):
        digits = "".join(_KANA[part] for part in _KANA_PARTS.findall(match[0]))
        yield Spoken(match.start(), match.end(), digits)
