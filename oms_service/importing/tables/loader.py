"""What every table's loader is given, and what it must do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from oms_service.importing.report import Problem, Report
from oms_service.importing.tables.reading import Row, at
from oms_service.infra.uow import UnitOfWork
from oms_service.sales.queries import ChannelView

Group = tuple[Row, ...]
"""Rows that stand or fall together: the lines of one order, else a single row."""


@dataclass(frozen=True)
class Work:
    """One load under way."""

    uow: UnitOfWork
    channel: ChannelView
    report: Report


class Loader(Protocol):
    def take(self, groups: Sequence[Group]) -> list[Problem]:
        """Write what is right and new; return what is wrong. A group that is wrong is left out."""
        ...

    def finish(self) -> None:
        """After the last rows."""
        ...


def sift(groups: Sequence[Group], problems: Sequence[Problem]) -> list[Group]:
    """The groups none of whose rows has a problem."""
    wrong = {problem.where for problem in problems}
    return [group for group in groups if not any(f"row {row.number}" in wrong for row in group)]


def twice(groups: Sequence[Group], names: Sequence[str], seen: set[str]) -> list[Problem]:
    """Problems of groups whose first row repeats a key of an earlier row of the file."""
    problems = []
    for group in groups:
        row = group[0]
        key = "\x1f".join(str(row.values[name]) for name in names)
        if key in seen:
            problems.append(at(row.number, names[0], f"{row.values[names[0]]!r} stood before"))
        seen.add(key)
    return problems
