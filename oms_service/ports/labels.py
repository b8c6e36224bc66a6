"""What brings tracking numbers: providers that sell labels, files for carriers' programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from oms_service.kernel.money import Money

#: The kinds under which adapters are registered, each by the carrier's code.
PROVIDERS: Final = "labels"
FILES: Final = "handoff"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Somebody to send to or from. Personal where it is a customer."""

    name: str
    country: str = "JP"
    postal_code: str = ""
    region: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    phone: str = ""

    @property
    def street(self) -> str:
        """All but the building, as one writes it in Japan."""
        return f"{self.region}{self.city}{self.line1}"


@dataclass(frozen=True, kw_only=True)
class WantedLabel:
    """A label to be bought: grams and millimetres, outside measures.

    ``reference`` is ours, the same in every try: a provider is asked for it before it is asked
    for another label.
    """

    reference: str
    carrier: str
    service: str
    sender: Address
    recipient: Address
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, kw_only=True)
class BoughtLabel:
    """What the provider sold; ``cost`` is None where it did not say."""

    provider_ref: str
    tracking_number: str
    file: bytes
    media_type: str
    cost: Money | None


class LabelRefused(Exception):
    """The provider will not sell this label; ``code`` says why, in a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LabelProvider(Protocol):
    """Sells labels of one or several carriers."""

    def buy(self, wanted: WantedLabel) -> BoughtLabel:
        """Buy a label; asked again with the same reference, the one that was bought.

        Raises:
            LabelRefused: it will not be sold; nothing was paid.
        """
        ...

    def void(self, reference: str) -> None:
        """Give a label back; one that was never bought, or is given back, is no error.

        Raises:
            LabelRefused: the provider keeps the money.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class HandoffRow:
    """One box for a carrier's program; ``sides_mm`` is length, width and height together.

    ``reference`` is the box's number; it comes back beside the tracking number.
    ``cash_minor`` is what the driver collects, tax included, in yen; None where nothing.
    ``deliver_on`` is the wished day, ``window`` the carrier's own code for the wished hours.
    """

    reference: str
    ships_on: date
    sender: Address
    recipient: Address
    contents: str
    service: str = ""
    weight_g: int = 0
    sides_mm: int = 0
    cash_minor: int | None = None
    cash_tax_minor: int | None = None
    deliver_on: date | None = None
    window: str = ""


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """Why a row cannot be written or read: ``row`` counts from 1, ``code`` is a word of ours."""

    row: int
    reference: str
    column: str
    code: str
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """Signs that the file's encoding lacks, and what was written for them."""

    row: int
    reference: str
    column: str
    signs: str


@dataclass(frozen=True, kw_only=True)
class HandoffFile:
    """A file for a carrier's program."""

    name: str
    body: bytes
    rows: int
    replaced: Sequence[Replaced] = ()


class Unwritable(Exception):
    """Some rows do not fit the carrier's columns; no file is made."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One row of a result: the tracking number that a box got."""

    row: int
    reference: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a carrier's program answered, and the rows that could not be read."""

    shipped: Sequence[Shipped]
    problems: Sequence[RowProblem] = field(default=())


class Unreadable(ValueError):
    """A file no result can be read from; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HandoffFormat(Protocol):
    """The columns of one carrier's program."""

    @property
    def slug(self) -> str: ...

    @property
    def program(self) -> str:
        """The program's name, as its users know it."""
        ...

    def write(self, rows: Sequence[HandoffRow]) -> HandoffFile:
        """The file the program takes in.

        Raises:
            Unwritable: some rows do not fit; all of their problems are named.
        """
        ...

    def read(self, body: bytes) -> Results:
        """The tracking numbers in a file that the program wrote.

        Raises:
            Unreadable: it is no such file.
        """
        ...
