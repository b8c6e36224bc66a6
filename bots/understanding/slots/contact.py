"""Mail addresses and phone numbers."""

import re
from typing import Final

from bots.understanding.slots.sheet import Sheet, What

_MAIL: Final = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64} ?@ ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII
)
_PHONE: Final = re.compile(
    r"(?<![\w+-])(?:"
    r"\+\d{1,3}[ .-]?(?:\(0?\d{0,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{2,6}){1,4}"  # +81 90 1234 5678
    r"|\(?0\d{1,4}\)?[ .-]?\d{1,4}[ .-]\d{3,4}"  # 090-1234-5678, (03) 1234-5678
    r"|0\d{1,4}\(\d{1,4}\)\d{4}"  # 03(1234)5678
    r"|0\d{3,4}[ -]\d{6,7}|0\d{3,4} \d{3} \d{3,4}"  # 07911 123456
    r"|0\d{9,10}"
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"  # (212) 555-0100
    r")(?![\w-])",
    re.ASCII,
)
#: Figures alone are a phone number when the words before them say so.
_TOLD_PHONE: Final = re.compile(
    r"(?:phone|mobile|cell|tel|telephone|call me|text me|電話|携帯|けいたい|連絡先|でんわ)"
    r"[^\d\x01+(]{0,18}(\(?\+?\d[\d ()-]{7,18}\d)(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_FEWEST_DIGITS: Final = 9
_MOST_DIGITS: Final = 15


def mail_in(sheet: Sheet) -> str | None:
    """The first mail address, in small letters."""
    found = [match[0] for match in sheet.found(What.MAIL, _MAIL)]
    return found[0].replace(" ", "").casefold() if found else None


def told_phone(sheet: Sheet) -> str | None:
    """A number that the words call a phone number, however it is written."""
    told = _TOLD_PHONE.search(sheet.left)
    if not told or not _FEWEST_DIGITS <= len(as_phone(told[1]).lstrip("+")) <= _MOST_DIGITS:
        return None
    sheet.take(What.PHONE, told.span(1))
    return as_phone(told[1])


def phone_in(sheet: Sheet) -> str | None:
    """The first phone number as digits, with a leading ``+`` when international."""
    numbers = []
    for match in list(_PHONE.finditer(sheet.left)):
        number = as_phone(match[0])
        if len(number) >= _FEWEST_DIGITS:
            sheet.take(What.PHONE, match.span())
            numbers.append(number)
    return numbers[0] if numbers else None


def as_phone(typed: str) -> str:
    digits = re.sub(r"\D", "", typed.replace("(0)", ""))
    return f"+{digits}" if typed.strip().startswith("+") else digits
