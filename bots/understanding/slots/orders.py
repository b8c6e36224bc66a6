"""Order numbers in every shape that people type."""

import re
from dataclasses import dataclass, field
from typing import Final

from bots.understanding.heard import Kind
from bots.understanding.slots.sheet import TAKEN, Sheet, What
from bots.understanding.slots.spoken import LETTER, LETTERS, Spoken, spoken_in
from oms_service.kernel.text import order_key

#: Figures in one piece, in groups of three or four, joined by hyphens, or one by one.
_FIGURES: Final = (
    r"(?:\d{3,4}(?: \d{3,4}){1,2}(?!\d)|\d{2}(?: \d{2,4}){2,4}(?!\d)|\d{2,8}(?:-\d{2,8}){1,3}"
    r"|\d{3,14}|\d(?: \d){3,13})(?!\d)"
)
#: A sign or letters before the figures: ``#W2611340``, ``# W 261 1340``, ``ORD 55012``.
_DRESSED: Final = re.compile(
    r"(?<![\w@])(?:# ?[A-Za-z]{0,4}"
    r"|[A-Za-z]{1,4}[-ー]"
    r"|[Ww]|[A-Za-z]{2,4}(?=\d)|[A-Z](?=\d)|[a-z](?=\d{4})"
    r"|(?:ORD|[WA])(?= ))"
    rf"[ -]?(?:-\s)?{_FIGURES}",
    re.ASCII,
)
#: ``10423`` after ``order number``: nothing but an order, whatever its length.
_TOLD: Final = re.compile(
    r"(?:\b(?:order|purchase)(?:s|'s)?(?: ?(?:number|numbers|no\.?|nr\.?|num|id|code|#))?"
    r"(?:(?: is| was| ?[:=#])+)?|\b(?:no|nr|num)\.|№"
    r"|(?:注文|オーダー|ご注文|受注)(?:番号|No\.?|ナンバー|ID)?(?:は|が|の|:|「|\(|【)?)"
    rf"\s?(?P<figures>[A-Za-z]{{0,4}}[ -]?{_FIGURES})",
    re.ASCII | re.IGNORECASE,
)
#: Words right before spelled figures that make them an order number.
_ORDER_BEFORE: Final = re.compile(
    (
        r"(?:\border(?: (?:number|no\.?|id))?(?: is|:)?|(?:注文|オーダー"
        r"|受注)(?:番号)?(?:は|が|の|:)?) ?$"
    ),
    re.IGNORECASE | re.ASCII,
)
_NEAR: Final = 24
_AFTERWARDS: Final = re.compile(
    rf"(?<![\w.-])(?P<figures>{_FIGURES}) ?(?:番の(?:ご?注文|オーダー|件)|の(?:ご?注文|オーダー))",
    re.ASCII,
)
_SAID_LETTER: Final = re.compile(
    rf"(?P<letter>{LETTER})(?:ユー)?(?:の|、?(?:ハイフン|マイナス|ダッシュ|棒)(?:の|、)?|-| )?"
    rf"(?P<figures>{_FIGURES})",
    re.ASCII,
)
_LETTER_BEFORE: Final = re.compile(
    r"(?:(?<![A-Za-z'])(?P<latin>[A-Za-z]|double[- ]?u|double[- ]?you)"
    rf"|(?P<kana>{LETTER}|ダブリュー)(?:ユー)?)"
    r"(?:の|[ -]|、?(?:ハイフン|マイナス|ダッシュ|棒)(?:の|、)?| (?:dash|hyphen|minus"
    r"|as in \w{2,10}) )?$",
    re.IGNORECASE,
)
#: Figures that are something else, by the word before or the measure behind them.
_OTHERS: Final = re.compile(
    r"(?:tracking(?: (?:number|no\.?|code|id))?|pin ?code"
    r"|(?:伝票|追跡|問い?合わせ|送り状|お荷物)番号)"
    r"[^\d\x01]{0,8}(?P<figures>\d[\d -]{4,19}\d)"
    r"|(?<![\w.-])(?P<measure>\d{4,6})(?= ?-?(?:mah|ml|m?g|kg|[kmgt]b|[cm]m|watts?|w\b|piece|pcs"
    r"|px|ピース|枚|ページ|個入|ミリ|グラム|年))",
    re.ASCII | re.IGNORECASE,
)
_TOLD_CODE: Final = re.compile(
    r"(?:\b(?:verification|security|one-time|login|access)? ?(?:code|otp|passcode|pin(?! ?code))\b"
    r"|コード|認証番号|確認番号|認証)[^\d\x01]{0,10}(\d{3} ?\d{3})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_ASKED_BARE: Final = re.compile(r"(?<![\w.])\d(?:[\s-]?\d){3,13}(?!\w|\.\d)", re.ASCII)
_BARE: Final = re.compile(r"(?<![A-Za-z0-9.])\d{4,14}(?![A-Za-z0-9])")
_BARE_HYPHENED: Final = re.compile(r"(?<![\w.-])\d{2,8}-\d{4,8}(?![\w-])", re.ASCII)
_BARE_GROUPED: Final = re.compile(r"(?<![\w.-])\d{3} \d{4}(?![\w-])", re.ASCII)
#: Fewer figures alone are no order number.
SHORTEST_ORDER: Final = 4


@dataclass
class Numbers:
    """Order numbers, and figures that nothing but the question can tell apart."""

    order_keys: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    code: str | None = None


def take_others(sheet: Sheet) -> None:
    """Figures that are surely no order number: of tracking, measures, years."""
    for match in list(_OTHERS.finditer(sheet.left)):
        name = "figures" if match["figures"] else "measure"
        sheet.take(What.NUMBER, match.span(name))


def told_orders(sheet: Sheet) -> list[str]:
    """Order numbers that cannot be anything else, by their dress or by the words around them."""
    found = [
        (match.start(), LETTERS[match["letter"]] + match["figures"])
        for match in sheet.found(What.ORDER, _SAID_LETTER)
    ]
    found += [(match.start(), match[0]) for match in sheet.found(What.ORDER, _DRESSED)]
    for pattern in (_TOLD, _AFTERWARDS):
        found += [
            (match.start("figures"), match["figures"])
            for match in sheet.found(What.ORDER, pattern, "figures")
        ]
    return [order_key(number) for _, number in sorted(found)]


def spoken_numbers(sheet: Sheet) -> Numbers:
    """Spelled figures; with a letter before them they are an order number."""
    numbers = Numbers()
    for spoken in list(spoken_in(sheet.left)):
        if TAKEN in sheet.left[spoken.start : spoken.end]:
            continue
        letter, start = _letter_before(sheet.left, spoken)
        sheet.take(What.ORDER, (start, spoken.end))
        if letter or _ORDER_BEFORE.search(sheet.left, max(0, start - _NEAR), start):
            numbers.order_keys.append(letter + spoken.digits)
        else:
            numbers.bare.append(spoken.digits)
    return numbers


def bare_numbers(sheet: Sheet, kind: Kind | None, *, is_order_told: bool) -> Numbers:
    """Figures alone. They may be grouped where a question was asked."""
    told = sheet.first(What.CODE, _TOLD_CODE, 1)
    is_asked = kind is not None and not is_order_told
    numbers = Numbers(code=told[1].replace(" ", "") if told else None)
    for pattern in (_ASKED_BARE,) if is_asked else (_BARE_HYPHENED, _BARE, _BARE_GROUPED):
        numbers.bare += [re.sub(r"\D", "", match[0]) for match in sheet.found(What.ORDER, pattern)]
    return numbers


def _letter_before(text: str, spoken: Spoken) -> tuple[str, int]:
    match = _LETTER_BEFORE.search(text, max(0, spoken.start - _NEAR), spoken.start)
    if not match:
        return "", spoken.start
    if match["kana"]:
        return LETTERS.get(match["kana"], "W"), match.start()
    return ("W" if len(match["latin"]) > 1 else match["latin"].upper()), match.start()
