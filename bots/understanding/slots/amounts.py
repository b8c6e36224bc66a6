"""Amounts of money."""

import re
from typing import Final

from bots.understanding.slots.numerals import number_of
from bots.understanding.slots.sheet import Sheet, What
from oms_service.kernel.money import Money

_FIGURES: Final = (
    r"(?P<{name}>\d{{1,3}}(?:,\d{{3}}){{1,3}}(?:\.\d{{1,2}})?|\d{{1,10}}(?:\.\d{{1,2}})?)"
)
_SIGNS: Final = {
    "¥": "JPY", "円": "JPY", "yen": "JPY", "jpy": "JPY", "えん": "JPY",
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD",
    "bucks": "USD", "ドル": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP",
    "ポンド": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "ユーロ": "EUR",
    "元": "CNY", "ウォン": "KRW",
}  # fmt: skip
_BEFORE: Final = re.compile(
    r"(?P<sign>us\$|[¥$£€]|\b(?:usd|jpy|eur|gbp)) ?" + _FIGURES.format(name="figures") + r"(?!\d)",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?<![A-Za-z0-9.,-])" + _FIGURES.format(name="figures")
    + r" ?(?:(?P<sign>円|えん|ドル|ポンド|ユーロ|元|ウォン)"
    r"|(?P<word>yen|jpy|usd|dollars?|bucks?|gbp|euros?|eur)\b)",
    re.IGNORECASE,
)  # fmt: skip
_MYRIADS: Final = re.compile(
    r"(?<![\d.,])(?P<figures>[\d一二三四五六七八九十百千万]{0,7}[万千百十][\d一二三四"
    r"五六七八九十百千,]{0,7})円"
)


def amounts_in(sheet: Sheet) -> tuple[Money, ...]:
    """Every amount, in the order of the words; those finer than their currency are left out."""
    found: list[tuple[int, Money]] = []
    for match in sheet.found(What.AMOUNT, _MYRIADS):
        yen = number_of(match["figures"].replace(",", ""))
        if yen is not None:
            found.append((match.start(), Money(yen, "JPY")))
    for pattern in (_BEFORE, _AFTER):
        for match in sheet.found(What.AMOUNT, pattern):
            signs = match.groupdict()
            sign = signs.get("sign") or signs.get("word") or ""
            money = _money(match["figures"], _SIGNS[sign.casefold()])
            if money:
                found.append((match.start(), money))
    return tuple(money for _, money in sorted(found, key=lambda one: one[0]))


def _money(figures: str, currency: str) -> Money | None:
    try:
        return Money.parse(figures.replace(",", ""), currency)
    except ValueError:
        return None
