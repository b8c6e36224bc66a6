"""What stands in the place of personal data for whoever need not see them, and in logs.

Numbers of orders, cases, returns and the like stay: by them people work.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

MASK: Final = "●●●"

#: What a number of ours looks like: some letters, then digits, or a hyphen and a random code.
_NUMBER: Final = re.compile(
    r"(?<![\w@.-])#?[A-Z]{1,3}(?:-?[0-9]{4,12}|-(?=[A-Z]*[0-9])[0-9A-Z]{8})(?![\w@.-])", re.ASCII
)
_MAIL: Final = re.compile(r"[^\s@<>()\[\]\"',;:=&/?]{1,64}(?:@|%40)[^\s@<>()\[\]\"',;:=&/?]{1,255}")
#: As people write them; bare digits only where they are a Japanese mobile phone's.
_PHONE: Final = re.compile(
    r"(?<![\w.:-])(?:(?:\+|%2B)\d(?:[- ]?\d){7,13}|0\d{1,4}-\d{1,4}-\d{3,4}|0[5789]0\d{8})"
    r"(?![\w:-])",
    re.ASCII,
)
#: What was asked after an address of ours, and what only the holder of a link knows.
_QUERY: Final = re.compile(r"(/[^\s?\"']*)\?[^\s\"']+")
_LINK: Final = re.compile(r"/(?=[\w.-]*\d)[\w.-]{32,}(?=[\s/\"']|$)", re.ASCII)
_POSTAL: Final = re.compile(r"〒\s?\d{3}-?\d{4}|(?<![\w-])\d{3}-\d{4}(?![\w-])", re.ASCII)


class Kind(StrEnum):
    """What kind of personal data a value is."""

    NAME = "name"
    MAIL = "mail"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    #: A number by which somebody is known or pays.
    NUMBER = "number"
    #: What somebody wrote in words of their own.
    WORDS = "words"


def masked(value: str, kind: Kind = Kind.WORDS) -> str:
    """What is shown instead of ``value``; nothing stays nothing."""
    return _MASKS[kind](value) if value.strip() else value


def without_traces(text: str) -> str:
    """A text of ours, such as a line of a log, without addresses and numbers of people."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = _LINK.sub(rf"/{MASK}", _QUERY.sub(rf"\1?{MASK}", plain))
    for traces in (_MAIL, _PHONE, _POSTAL):
        found = traces.sub(MASK, found)
    return text if found == plain else found


def _words(value: str) -> str:
    """Only the numbers of ours that stand in it."""
    numbers = dict.fromkeys(_NUMBER.findall(unicodedata.normalize("NFKC", value)))
    return " ".join([MASK, *(part for one in numbers for part in (one, MASK))])


_MASKS: Final[Mapping[Kind, Callable[[str], str]]] = {
    Kind.NAME: lambda _value: MASK,
    Kind.MAIL: lambda _value: f"{MASK}@{MASK}",
    Kind.PHONE: lambda _value: f"{MASK}-{MASK}",
    Kind.POSTAL_CODE: lambda _value: f"{MASK}-{MASK}",
    Kind.ADDRESS: lambda _value: MASK,
    Kind.NUMBER: lambda _value: MASK,
    Kind.WORDS: _words,
}
