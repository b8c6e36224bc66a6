"""What a load says afterwards: what is new, what is wrong and where, what to know."""

from dataclasses import dataclass, field
from typing import Any, Final

from oms_service.kernel.actors import Actor, ActorKind

#: In whose name files are loaded.
IMPORTER: Final = Actor(ActorKind.INTEGRATION, "import")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in a file. ``where`` is a row number or a JSON path."""

    where: str
    field: str
    says: str

    def __str__(self) -> str:
        is_told = self.field in self.where.rpartition(".")[2]
        place = self.where if is_told else f"{self.where}, {self.field}"
        return f"{place}: {self.says}"


class Damaged(Exception):
    """The file cannot be loaded as it is; nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems, the first: {problems[0]}")
        self.problems = problems


@dataclass
class Report:
    """The outcome of one load."""

    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def count(self, what: str, *, new: int = 0, changed: int = 0, unchanged: int = 0) -> None:
        for column, amount in (
            (self.new, new),
            (self.changed, changed),
            (self.unchanged, unchanged),
        ):
            column[what] = column.get(what, 0) + amount

    @property
    def total_new(self) -> int:
        return sum(self.new.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "problems": [
                {"where": one.where, "field": one.field, "says": one.says} for one in self.problems
            ],
            "warnings": self.warnings,
            "notes": self.notes,
        }

    def as_lines(self) -> list[str]:
        """For a terminal: one line a thing, then the warnings."""
        lines = [f"{self.total_new:,} new"]
        for what in self.new:
            parts = [f"{self.new[what]:,} new"]
            if self.changed.get(what):
                parts.append(f"{self.changed[what]:,} changed")
            if self.unchanged.get(what):
                parts.append(f"{self.unchanged[what]:,} there already")
            lines.append(f"  {what}: {', '.join(parts)}")
        lines += [f"  {name}: {value}" for name, value in self.notes.items()]
        lines += [f"Note: {warning}" for warning in self.warnings]
        return lines
