"""Words without what is personal in them, and without figures that mean nothing by themselves."""

import re
from typing import Final

from bots.understanding import text as texts
from bots.understanding.slots.contact import mail_in
from bots.understanding.slots.gather import read_all
from bots.understanding.slots.sheet import Sheet, What

#: What stands for each kind of piece; one word, in no language.
PLACEHOLDERS: Final = {
    What.ORDER: "<order>",
    What.MAIL: "<mail>",
    What.PHONE: "<phone>",
    What.POSTAL: "<postal>",
    What.CODE: "<code>",
    What.NAME: "<name>",
    What.ADDRESS: "<address>",
    What.AMOUNT: "<amount>",
    What.CARD: "<card>",
    What.DATE: "<date>",
    What.NUMBER: "<number>",
}

#: Long texts are read in passages that end with a sentence or at least with a word.
_PASSAGES: Final = re.compile(r".{1,400}(?:[.。!?！？\n ]|$)|.{1,400}", re.DOTALL)


def masked(text: str) -> str:
    """``text`` in its tidy form, every recognised piece replaced by its placeholder.

    Names, mail, phone numbers, addresses, card figures, order numbers, amounts, days and hours.
    The language does not matter, and masked text stays as it is. What lies beyond the first 2,000
    characters is left out.
    """
    whole = Sheet(texts.tidy(text))
    mail_in(whole)  # before the passages are cut: an address has no place to cut at
    return "".join(_without(read_all(part)) for part in _PASSAGES.findall(_without(whole)))


def _without(sheet: Sheet) -> str:
    parts, at = [], 0
    for piece in sorted(sheet.pieces, key=lambda one: one.start):
        parts += [sheet.text[at : piece.start], PLACEHOLDERS[piece.what]]
        at = piece.end
    return "".join([*parts, sheet.text[at:]])
