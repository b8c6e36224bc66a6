"""Registration numbers of issuers of qualified invoices in Japan: ``T`` and thirteen digits."""

import re
import unicodedata
from typing import Final

_FORM: Final = re.compile(r"T[1-9]\d{12}")


def registration_number(typed: str) -> str:
    """The number as it stands on an invoice, ``T7000012050002``; empty stays empty.

    The first of the thirteen digits is a check digit over the other twelve: nine less the
    remainder by nine of their sum, every second one from the right counted twice. Source:
    ordinance of the Ministry of Finance on corporate numbers (法人番号省令), article 2.

    Raises:
        ValueError: of another form, or a digit is wrong.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    number = re.sub(r"[\s-]", "", plain)
    if not number:
        return ""
    if not _FORM.fullmatch(number):
        raise ValueError("must be T and 13 digits")
    if int(number[1]) != check_digit(number[2:]):
        raise ValueError("has a wrong digit: the check digit does not fit")
    return number


def check_digit(twelve: str) -> int:
    """The digit that stands before these twelve."""
    weighed = sum(
        int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(twelve))
    )
    return 9 - weighed % 9
