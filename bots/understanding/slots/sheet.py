"""A text of which pieces are taken one after the other, so that nothing is read twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: Stands in the place of what was taken: no letter, no figure, no space, and never typed.
TAKEN: Final = "\x01"


class What(StrEnum):
    """What a taken piece is."""

    ORDER = "order"
    MAIL = "mail"
    PHONE = "phone"
    POSTAL = "postal"
    CODE = "code"
    NAME = "name"
    ADDRESS = "address"
    AMOUNT = "amount"
    CARD = "card"
    DATE = "date"
    NUMBER = "number"
    """Figures that mean something else: a tracking number, a measure, a year."""


@dataclass(frozen=True)
class Piece:
    what: What
    start: int
    end: int


@dataclass
class Sheet:
    """``text`` stays as it is; in ``left`` every taken piece is blotted out, sign by sign."""

    text: str
    left: str = ""
    pieces: list[Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = self.text

    def take(self, what: What, span: tuple[int, int]) -> str:
        """The piece at ``span``, which nobody can take any more."""
        start, end = span
        self.pieces.append(Piece(what, start, end))
        self.left = f"{self.left[:start]}{TAKEN * (end - start)}{self.left[end:]}"
        return self.text[start:end]

    def found(
        self, what: What, pattern: re.Pattern[str], group: int | str = 0
    ) -> Iterator[re.Match[str]]:
        """Every match in what is left; its ``group`` is taken."""
        for match in list(pattern.finditer(self.left)):
            self.take(what, match.span(group))
            yield match

    def first(
        self, what: What, pattern: re.Pattern[str], group: int | str = 0
    ) -> re.Match[str] | None:
        """The first match in what is left; its ``group`` is taken."""
        match = pattern.search(self.left)
        if match:
            self.take(what, match.span(group))
        return match
