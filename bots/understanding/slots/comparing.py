"""The cheaper, the bigger, one size up: options against each other."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from bots.understanding.heard import Option
from oms_service.kernel.text import folded

_CHEAPEST: Final = re.compile(
    r"\b(?:cheapest|least expensive|lowest price)\b|(?:一番|いちばん|最も|もっとも)(?:安|やす)|最安"
)
_DEAREST: Final = re.compile(
    r"\b(?:most expensive|priciest|dearest|highest price)\b|(?:一番|いちばん|最も"
    r"|もっとも)(?:高(?!さ)|たか)|最高額"
)
_CHEAPER: Final = re.compile(
    r"\b(?:cheaper|less expensive|lower priced?)\b|(?:安|やす)い(?:ほう|方|の|やつ)|より安"
)
_DEARER: Final = re.compile(
    r"\b(?:more expensive|pricier|dearer|higher priced?)\b|(?:値段"
    r"|価格)?(?:が)?高い(?:ほう|方|の|やつ)|より高"
)
_BIGGEST: Final = re.compile(r"\b(?:biggest|largest)\b|(?:一番|いちばん|最も)(?:大き|おおき)|最大")
_SMALLEST: Final = re.compile(r"\b(?:smallest)\b|(?:一番|いちばん|最も)(?:小さ|ちいさ)|最小")
_BIGGER: Final = re.compile(
    r"\b(?:bigger|larger)\b|(?:大き|おおき)い(?:ほう|方|の|やつ|さいず)|(?:もっと|より)大き"
)
_SMALLER: Final = re.compile(
    r"\b(?:smaller)\b|(?:小さ|ちいさ)い(?:ほう|方|の|やつ|さいず)|(?:もっと|より)小さ"
)
_NEXT_UP: Final = re.compile(
    r"\b(?:one|a|1) size (?:up|bigger|larger)\b|\bnext size up\b|(?:わん|1つ"
    r"|一つ)さいず(?:上|大き)|(?:1つ|一つ|ひとつ)(?:上|大き[ない])の?さいず"
)
_NEXT_DOWN: Final = re.compile(
    r"\b(?:one|a|1) size (?:down|smaller)\b|\bnext size down\b|(?:わん|1つ"
    r"|一つ)さいず(?:下|小さ)|(?:1つ|一つ|ひとつ)(?:下|小さ[ない])の?さいず"
)
_LETTERS: Final = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")
_NAMES: Final = {"small": "s", "medium": "m", "large": "l", "小": "s", "中": "m", "大": "l"}
_LETTER: Final = re.compile(
    r"(?<![a-z0-9])(x{1,3}[sl]|[sml])(?![a-z0-9])|(small|medium|large)"
    r"|(?<![一-鿿])([大中小])(?![一-鿿])"
)
_MEASURE: Final = re.compile(
    r"(\d{1,5}(?:\.\d)?) ?-?(cm|mm|inch|g|kg|ml|l|gb|tb|piece|pieces|mah|ft|liters?|m"
    r"|w|号)(?![a-z])"
)
_NUMBER: Final = re.compile(r"(?:size|さいず) ?(\d{1,2}(?:\.5)?)")

Rank = Callable[[Option], float | None]


def compared(text: str, options: Sequence[Option], *, current: Option | None) -> str | None:
    """The option that a comparison means, where it means exactly one.

    ``cheaper`` and ``bigger`` are read against the ``current`` option where there is one, else
    between two.
    """
    for up, down, most, least, rank in (
        (_DEARER, _CHEAPER, _DEAREST, _CHEAPEST, _price),
        (_BIGGER, _SMALLER, _BIGGEST, _SMALLEST, _size),
    ):
        for sign, next_, extreme in ((1, up, most), (-1, down, least)):
            if extreme.search(text):
                return _extreme(options, rank, sign)
            if next_.search(text):
                return _beyond(options, rank, sign, current)
    for sign, pattern in ((1, _NEXT_UP), (-1, _NEXT_DOWN)):
        if pattern.search(text):
            return _nearest(options, sign, current)
    return None


def _extreme(options: Sequence[Option], rank: Rank, sign: int) -> str | None:
    ranked = [(sign * value, option) for option in options if (value := rank(option)) is not None]
    if len(ranked) < len(options):
        return None
    best = max(value for value, _ in ranked)
    nearest = [option.value for value, option in ranked if value == best]
    return nearest[0] if len(nearest) == 1 else None


def _beyond(options: Sequence[Option], rank: Rank, sign: int, current: Option | None) -> str | None:
    against = rank(current) if current else None
    if against is None:
        return _extreme(options, rank, sign) if len(options) == 2 else None  # noqa: PLR2004 - of two
    beyond = [
        option.value
        for option in options
        if (value := rank(option)) is not None and sign * value > sign * against
    ]
    return beyond[0] if len(beyond) == 1 else None


def _nearest(options: Sequence[Option], sign: int, current: Option | None) -> str | None:
    against = _size(current) if current else None
    if against is None:
        return None
    beyond = [
        (sign * value, option.value)
        for option in options
        if (value := _size(option)) is not None and sign * value > sign * against
    ]
    best = min((value for value, _ in beyond), default=None)
    nearest = [option for value, option in beyond if value == best]
    return nearest[0] if len(nearest) == 1 else None


def _price(option: Option) -> float | None:
    return option.price_minor


def _size(option: Option) -> float | None:
    """A rank among options of one kind: by letters, by a measure, or by a numbered size."""
    text = folded(option.words)
    letter = _LETTER.search(text)
    if letter:
        sign = letter[1] or _NAMES[letter[2] or letter[3]]
        return float(_LETTERS.index(sign))
    measure = _MEASURE.search(text) or _NUMBER.search(text)
    return float(measure[1]) if measure else None
