"""Reads the rules of a policy from data, and names every wrong key; nothing is guessed at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

from oms_service.kernel.errors import Invalid

E = TypeVar("E", bound=StrEnum)

#: More than any amount, count or number of days that a rule may name.
MOST: Final = 1_000_000_000_000


@dataclass
class RuleReader:
    """One table of rules. Ask for every key it may have, then ``finish``."""

    rules: Mapping[str, Any]
    path: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def whole(
        self, key: str, default: int | None = None, *, least: int = 0, most: int = MOST
    ) -> int | None:
        """A whole number from ``least`` to ``most``."""
        value = self._value(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self._refuse(key, f"must be a whole number, {least} or more")
            return default
        if value > most:
            self._refuse(key, f"must be at most {most}")
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value(key)
        if value is not None and not isinstance(value, bool):
            self._refuse(key, "must be true or false")
            return default
        return default if value is None else value

    def texts(self, key: str) -> frozenset[str]:
        value = self._value(key)
        if value is None:
            return frozenset()
        if not isinstance(value, list) or not all(_is_code(one) for one in value):
            self._refuse(key, "must be a list of codes")
            return frozenset()
        return frozenset(value)

    def one_of(self, kind: type[E], key: str, default: E) -> E:
        return self.maybe_one_of(kind, key) or default

    def maybe_one_of(self, kind: type[E], key: str) -> E | None:
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in set(kind):
            self._refuse(key, f"must be one of {', '.join(kind)}")
            return None
        return kind(value)

    def some_of(self, kind: type[E], key: str) -> frozenset[E] | None:
        """Members of an enum; None where the key is not there."""
        if self._value(key) is None:
            return None
        found = self.texts(key)
        if not found <= set(kind):
            self._refuse(key, f"may name {', '.join(kind)}")
            return None
        return frozenset(kind(one) for one in found)

    def tables(self, kind: type[E], key: str, *, word: str) -> "dict[E, RuleReader]":
        """A table for each of some members of an enum, such as reasons."""
        value = self._value(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._refuse(key, f"must be a table of {word}s")
            return {}
        found = {}
        for name, rules in value.items():
            path = self._path(f"{key}.{name}")
            if name not in set(kind):
                self.wrong[path] = f"is not a {word}; there are {', '.join(kind)}"
            elif not isinstance(rules, Mapping):
                self.wrong[path] = "must be a table"
            else:
                found[kind(name)] = RuleReader(rules, f"{path}.", self.wrong)
        return found

    def table(self, key: str) -> "RuleReader | None":
        """A table of its own under a key; None where the key is not there."""
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self._refuse(key, "must be a table of rules")
            return None
        return RuleReader(value, f"{self._path(key)}.", self.wrong)

    def rows(self, key: str) -> "list[RuleReader]":
        """A list of at least one table, each read on its own and then closed."""
        value = self._value(key)
        if not isinstance(value, list) or not value:
            self._refuse(key, "must be a list of at least one")
            return []
        found = []
        for index, row in enumerate(value):
            path = self._path(f"{key}[{index}]")
            if isinstance(row, Mapping):
                found.append(RuleReader(row, f"{path}.", self.wrong))
            else:
                self.wrong[path] = "must be a table"
        return found

    def needs(self, key: str) -> None:
        """Refuse the table where the key is not there, or an empty list."""
        if self._value(key) in (None, []):
            self._refuse(key, "is missing")

    def close(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in set(self.rules) - self.asked:
            self._refuse(str(key), "is not a rule")

    def finish(self, what: str) -> None:
        """Say what is wrong, if anything is.

        Raises:
            Invalid: ``fields`` names each wrong key, such as ``reasons.damaged.waives``.
        """
        self.close()
        if self.wrong:
            raise Invalid(f"this {what} cannot be read", self.wrong)

    def _value(self, key: str) -> Any:
        self.asked.add(key)
        return self.rules.get(key)

    def _path(self, key: str) -> str:
        return f"{self.path}{key}"

    def _refuse(self, key: str, why: str) -> None:
        self.wrong[self._path(key)] = why


def _is_code(value: object) -> bool:
    """Whether it is a word that a column can hold and a page can show."""
    return isinstance(value, str) and value.isprintable()
