"""Postal codes of Japan, the United States, Britain and Canada."""

import re
from typing import Final

from bots.understanding.slots.sheet import TAKEN, Sheet, What
from oms_service.kernel.text import postal_key

#: The letters that the last part of a British code is made of.
_INWARD: Final = "[ABD-HJLNP-UW-Z]{2}"
BRITISH: Final = rf"[A-Z]{{1,2}}\d[A-Z\d]? ?\d{_INWARD}"
CANADIAN: Final = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d"

_STATE_LIST: Final = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
STATES: Final = tuple(_STATE_LIST.split())
_CODE: Final = (
    rf"(?P<code>\d{{3}}[- ]?\d{{4}}|\d{{3}}の\d{{4}}|\d{{5}}(?:-\d{{4}})?|{BRITISH}|{CANADIAN})"
)
_END: Final = r"(?![\w-])"
#: Words that make figures a postal code, whatever else they could be.
_TOLD: Final = re.compile(
    r"(?:〒\s?|〶\s?|\b(?:zip(?: ?code)?|post(?:al)? ?code|postcode)s?\b[^\d\x01]{0,16}?"
    rf"|(?:郵便番号|ゆうびんばんごう|郵便)[^\d\x01]{{0,8}}?){_CODE}{_END}",
    re.IGNORECASE | re.ASCII,
)
_HYPHENED: Final = re.compile(
    r"(?<![\w-])(?P<code>\d{3}-\d{4}|\d{3}の\d{4}|\d{5}-\d{4})(?![\w-])", re.ASCII
)
_LETTERED: Final = re.compile(rf"(?<![\w-])(?P<code>{BRITISH}|(?i:{CANADIAN}))(?![\w-])", re.ASCII)
_LETTERED_ALONE: Final = re.compile(rf"(?P<code>{BRITISH})", re.IGNORECASE | re.ASCII)
#: A place before five figures: ``IL 62704``, ``in 19122``, ``living in Denver, 80279``.
_PLACED: Final = re.compile(
    rf"(?:\b(?:{'|'.join(STATES)}),? "
    r"|\b(?:in|near|around|at|from)(?: [A-Z][a-z]+(?: [A-Z][a-z]+)?,?(?: [A-Z]{2},?)?)? )"
    r"(?P<code>\d{5}(?:-\d{4})?)(?![\w-])",
    re.ASCII,
)


def postal_in(sheet: Sheet, *, is_asked: bool) -> str | None:
    """The first postal code that looks like one, as ``postal_key`` has it.

    Figures without hyphen and without a word for them are left: they may be an order number.
    ``is_asked`` lets a British code stand in small letters.
    """
    found = [
        match["code"]
        for pattern in (_TOLD, _LETTERED, _HYPHENED, _PLACED)
        for match in sheet.found(What.POSTAL, pattern, "code")
    ]
    if not found and is_asked:
        whole = _LETTERED_ALONE.fullmatch(sheet.left.strip(f"{TAKEN} .,"))
        if whole:
            at = sheet.left.index(whole["code"])
            found = [sheet.take(What.POSTAL, (at, at + len(whole["code"])))]
    return postal_key(found[0].replace("の", "")) if found else None
