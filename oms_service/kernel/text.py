"""Text as people type it, brought to one form before it is compared."""

import re
import unicodedata
from typing import Final

_NOT_KEY: Final = re.compile(r"[^A-Z0-9]")
_SPACES: Final = re.compile(r"\s+")
_NOT_DIGIT: Final = re.compile(r"\D")
_KATAKANA_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def folded(text: str) -> str:
    """For search and comparison: NFKC, lower case, katakana as hiragana, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_KATAKANA_TO_HIRAGANA)
    return _SPACES.sub(" ", plain).strip()


def order_key(number: str) -> str:
    """An order number without its dress: ``＃Ｗ２６１ 1340`` and ``#W2611340`` are ``W2611340``."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKC", number).upper())


def digits_key(number: str) -> str:
    """Only the digits of an order number, for people who leave out the prefix."""
    return _NOT_DIGIT.sub("", order_key(number))


def guess_key(number: str) -> str:
    """What guesses at an order are counted under: its digits, whatever stands before them."""
    return digits_key(number) or order_key(number)


def mail_key(address: str) -> str:
    """A mail address as one compares it: NFKC, no spaces around, lower case."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def phone_key(phone: str) -> str:
    """A phone number as digits, a Japanese national number with its country code: ``8190…``."""
    plain = unicodedata.normalize("NFKC", phone)
    digits = _NOT_DIGIT.sub("", plain)
    if plain.strip().startswith("+"):
        return digits
    if digits.startswith("0") and not digits.startswith("00"):
        return "81" + digits[1:]
    return digits.removeprefix("00")


def postal_key(code: str) -> str:
    """A postal code without hyphens, signs and spaces, upper case: ``1600022``."""
    return _NOT_KEY.sub("", unicodedata.normalize("NFKC", code).upper())
