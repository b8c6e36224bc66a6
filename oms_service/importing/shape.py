"""Reading foreign JSON with a place for every complaint: ``orders["#W1"].items[2].price``."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, TypeVar

from oms_service.importing.report import Problem
from oms_service.kernel.money import Money

T = TypeVar("T")
_MISSING: Final = object()
#: The largest amount a row can hold with room to add a million of them.
_LARGEST_MINOR: Final = 10**12


class Wrong(Exception):
    """A value that is not what it should be."""

    def __init__(self, where: str, field: str, says: str) -> None:
        super().__init__(says)
        self.problem = Problem(where=where, field=field, says=says)


class Spot:
    """A value of the file and where it stands."""

    def __init__(self, value: object, path: str = "", field: str = "") -> None:
        self.value = value
        self.path = path
        self._field = field

    def wrong(self, says: str) -> Wrong:
        return Wrong(self.path or "the file", self._field, says)

    def at(self, name: str) -> "Spot":
        """A member that must be there."""
        found = self.find(name)
        if found.value is _MISSING:
            raise found.wrong("is missing")
        return found

    def find(self, name: str) -> "Spot":
        """A member that may be missing; ask ``is_there``."""
        members = self._members()
        return Spot(members.get(name, _MISSING), f"{self.path}.{name}".lstrip("."), name)

    @property
    def is_there(self) -> bool:
        return self.value is not _MISSING and self.value is not None

    def named(self) -> Iterator[tuple[str, "Spot"]]:
        """The members of a table of rows, each by its name."""
        for name, value in self._members().items():
            yield name, Spot(value, f'{self.path}["{name}"]', "")

    def each(self) -> Iterator["Spot"]:
        if not isinstance(self.value, list):
            raise self.wrong("should be a list")
        for index, value in enumerate(self.value):
            yield Spot(value, f"{self.path}[{index}]", self._field)

    def text(self, *, longest: int, may_be_empty: bool = False) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("should be a text")
        if "\x00" in self.value:
            raise self.wrong("contains a NUL character")
        found = self.value.strip()
        if not found and not may_be_empty:
            raise self.wrong("is empty")
        if len(found) > longest:
            raise self.wrong(f"is longer than {longest} characters")
        return found

    def words(self, *, longest: int) -> dict[str, str]:
        """A flat table of texts, such as the options of a variant."""
        return {
            name: spot.text(longest=longest, may_be_empty=True)
            for name, spot in (
                (name, Spot(value, f"{self.path}.{name}", name))
                for name, value in self._members().items()
            )
        }

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("should be true or false")
        return self.value

    def money(self, currency: str, *, at_least: int = 0) -> int:
        """An amount in minor units, exact or refused."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            raise self.wrong("should be a number")
        try:
            minor = Money.parse(Decimal(self.value), currency).minor
        except (ValueError, OverflowError):
            raise self.wrong(f"{self.value} is not an amount in {currency}") from None
        if minor < at_least:
            raise self.wrong("is negative" if minor < 0 else "should be more than nothing")
        if minor > _LARGEST_MINOR:
            raise self.wrong("is too large")
        return minor

    def one_of(self, choices: Callable[[str], T | None], *, known: str) -> T:
        """One of the words that ``choices`` knows; ``known`` lists them for the complaint."""
        found = choices(self.text(longest=80))
        if found is None:
            raise self.wrong(f"{self.value!r} is none of {known}")
        return found

    def _members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("should be an object")
        return self.value
