"""Ways to pay, as customers name them."""

import re
from typing import Final

from bots.understanding.slots.sheet import Sheet, What
from bots.understanding.values import ORIGINAL_PAYMENT, PaymentHeard

_CARD: Final = "card"
_BRANDS: Final = {
    "visa": r"\bvisa\b|ビザカード|VISA|ヴィザ",
    "mastercard": r"\bmaster ?card\b|マスターカード|マスターの?カード",
    "amex": r"\bamex\b|\bamerican express\b|アメックス|アメリカンエキスプレス",
    "jcb": r"\bjcb\b|ジェーシービー",
    "diners": r"\bdiners\b|ダイナース",
    "discover": r"\bdiscover card\b",
}
_KINDS: Final = {
    ORIGINAL_PAYMENT: r"\b(?:the )?original (?:payment|form of payment|method|card|way)\b"
    r"|\b(?:same|original) (?:payment )?(?:method|way|card)(?: (?:i|we) (?:paid|used))?\b"
    r"|\b(?:the way|what|how) (?:i|we) paid(?: with| by)?\b"
    r"|\bhow(?:ever)? i paid\b|\b(?:what|the (?:card|method|way|one)) i (?:paid with|used)\b"
    r"|元の(?:お?支払い?|決済|カード|方法)(?:方法|手段)?|(?:支払った|払った|購入時の?"
        r"|注文時の?)(?:ときの|時の)?"
    r"(?:お?支払い?方法|方法|カード|決済方法)|同じ(?:お?支払い?|決済)方法",
    "gift_card": r"\bgift ?(?:card|certificate|voucher)s?\b|\be-?gift\b|\bgc\b"
    r"|ギフト(?:カード|券)|商品券|プリペイドカード",
    "store_credit": r"\bstore[ -]credits?\b|\b(?:account|shop) credits?\b|\bcredit balance\b"
    r"|ストアクレジット|ショップクレジット|お?店の(?:残高|クレジット)|(?:お?買い?物)残高",
    "paypal": r"\bpay ?pal\b|ペイパル",
    "konbini": (
        r"\bkonbini\b|\bconvenience[ -]stores?\b|コンビニ|(?:セブン|ローソン|ファミマ"
        r"|ファミリーマート)(?:で|払い|支払い?)"
    ),
    "cash_on_delivery": r"\bcash on delivery\b|\bc\.?o\.?d\b|\bpay (?:on|at|upon) (?:delivery"
    r"|the door)\b"
    r"|代引き?|代金引換|着払い|商品と引き?換え",
    "bank_transfer": r"\bbank(?: account)? transfers?\b|\bwire(?: transfer)?s?\b|\b(?:to "
        r"|into )?my bank(?: account)?\b"
    r"|銀行(?:振り?込み?|口座|振込)|振り?込み?(?!まれ)|口座振替|(?:私の|自分の)?口座(?:に|へ)",
    "cash": r"\bcash\b(?! on delivery)|現金",
    _CARD: r"\b(?:credit|debit|bank) ?cards?\b|\bcards?\b(?=[^.;]{0,12}\b(?:ending"
        r"|end(?:s)? (?:in|with)))"
    r"|\b(?:my|the|other|another|different|new|old|this|that|first|second|by|with|master|on) card\b"
    r"|(?:クレジット|クレカ|デビット)(?:カード)?"
        r"|(?<!ギフト)(?<!マスター)(?<!ポイント)(?<!プリペイド)(?<!SD)カード",
}  # fmt: skip
#: A kind by one of its names; a brand alone is a card.
_MENTION: Final = re.compile(
    "|".join(
        [f"(?P<k_{kind}>{pattern})" for kind, pattern in _KINDS.items()]
        + [f"(?P<b_{brand}>{pattern})" for brand, pattern in _BRANDS.items()]
    ),
    re.IGNORECASE | re.ASCII,
)
_LAST4: Final = re.compile(
    r"(?:\b(?:ending|ends?|end|finish(?:ing|es)?)(?: (?:in|with"
    r"|on))?(?: the)?(?: number(?:s)?)?:? ?"
    r"|\blast (?:4|four)(?: digits?| numbers?| figures?)?(?: (?:are|is|of))?:? ?"
    r"|(?:末尾|下4桁|下四桁|下4けた|最後の?4桁|最後の四桁)(?:が|は|の)?(?:4桁)?(?:が|は)?:?「? ?"
    r"|(?<!\d)(?:[*x•.·]{2,4}[ -]?){1,4})(?P<last>\d{4})(?!\d)"
    r"|(?<![\d-])(?P<after>\d{4})で終わる",
    re.IGNORECASE | re.ASCII,
)
_WHOLE_NUMBER: Final = re.compile(
    r"(?<![\w-])\d{4}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{3,4})?(?![\w-])", re.ASCII
)
_OTHER: Final = re.compile(
    (
        r"(?:\bother\b|\banother\b|\bdifferent\b|別の|他の|ほかの|もう(?:一|1)(?:つ|枚)の"
        r"|違う)[^,.、。]{0,12}$"
    ),
    re.I | re.A,
)
_WANTED_BEFORE: Final = re.compile(
    r"\b(?:to|into|onto|on to|with|use|using|instead use|by|prefer|via)(?: (?:my|the"
    r"|a|an|your|our|their))?"
    r"(?: (?:other|another|new|different))?$",
    re.I | re.A,
)
_LEFT_BEFORE: Final = re.compile(
    r"\b(?:from|instead of|rather than|not|(?:paid|bought it|ordered|charged) (?:with|by|on|using))"
    r"(?: (?:my|the|a|an))?$",
    re.I | re.A,
)
_LEFT_AFTER: Final = re.compile(
    r"^(?:払い|決済|支払い?)?(?:から|ではなく|じゃなく|でなく|の代わり|をやめ"
    r"|で(?:払った|支払った|買った|購入した))"
)
_WANTED_AFTER: Final = re.compile(r"^(?:払い|決済|支払い?)?(?:に|へ|で(?!すか))")
_SHORTEST_NUMBER: Final = 14
_NEAR: Final = 40


def payments_in(sheet: Sheet) -> tuple[PaymentHeard, ...]:
    """Every way to pay that is named, the wanted one first; card figures are taken."""
    ends = _last_figures(sheet)
    mentions = _mentions(sheet.left)
    if not mentions and ends:
        return tuple(PaymentHeard(kind=_CARD, last4=figures) for _, figures in ends)
    heard = []
    for at, (match, kind, brand) in enumerate(mentions):
        until = mentions[at + 1][0].start() if at + 1 < len(mentions) else match.end() + _NEAR
        since = mentions[at - 1][0].end() if at else max(0, match.start() - _NEAR)
        last4 = next(
            (figures for place, figures in ends if match.end() <= place < until),
            next((figures for place, figures in ends if since <= place < match.start()), ""),
        )
        is_other = bool(_OTHER.search(sheet.text, max(0, match.start() - _NEAR), match.start()))
        is_other = is_other or bool(
            re.match(r"(?:other|another|different) ", match[0], re.I | re.A)
        )
        ranked = PaymentHeard(
            kind=kind, last4=last4 if kind == _CARD else "", brand=brand, is_other=is_other
        )
        heard.append((_rank(sheet.text, match), ranked))
    return tuple(one for _, one in heard) if len(heard) < 2 else _by_wish(heard)  # noqa: PLR2004 - one needs no order


def _by_wish(heard: list[tuple[int, PaymentHeard]]) -> tuple[PaymentHeard, ...]:
    return tuple(dict.fromkeys(one for _, one in sorted(heard, key=lambda pair: pair[0])))


def _mentions(text: str) -> list[tuple[re.Match[str], str, str]]:
    """Each name of a kind with its brand; ``my visa card`` is one."""
    found: list[tuple[re.Match[str], str, str]] = []
    for match in _MENTION.finditer(text):
        name = match.lastgroup or ""
        is_brand = name.startswith("b_")
        kind, brand = (_CARD, name[2:]) if is_brand else (name[2:], "")
        if found and kind == _CARD == found[-1][1] and match.start() - found[-1][0].end() <= 2:  # noqa: PLR2004 - a space or の
            before = found.pop()
            found.append((before[0], _CARD, before[2] or brand))
        else:
            found.append((match, kind, brand))
    return found


def _rank(text: str, match: re.Match[str]) -> int:
    """0 for what is wanted, 2 for what is left, 1 for what is only named."""
    before, after = (
        text[max(0, match.start() - _NEAR) : match.start()].rstrip(),
        text[match.end() :],
    )
    if _LEFT_BEFORE.search(before) or _LEFT_AFTER.match(after):
        return 2
    return 0 if _WANTED_BEFORE.search(before) or _WANTED_AFTER.match(after) else 1


def _last_figures(sheet: Sheet) -> list[tuple[int, str]]:
    found = [
        (match.start(), match["last"] or match["after"]) for match in sheet.found(What.CARD, _LAST4)
    ]
    for match in list(_WHOLE_NUMBER.finditer(sheet.left)):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) >= _SHORTEST_NUMBER and _is_card(digits):
            sheet.take(What.CARD, match.span())
            found.append((match.start(), digits[-4:]))
    return sorted(found)


def _is_card(digits: str) -> bool:
    """Whether the check figure is right, after Luhn."""
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0
