"""Figures over time, ready for a page: what its table, its sentences and its drawing say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

#: One point alone makes no line.
_LEAST: Final = 2
#: A table of so few rows stands open beside its drawing.
_SHORT: Final = 7


class Unit(StrEnum):
    """What the values are."""

    NUMBER = "number"
    #: From 0 to 1; said in percent.
    SHARE = "share"


class Pace(StrEnum):
    """What lies between two points."""

    DAY = "day"
    #: Weeks are named by their Monday.
    WEEK = "week"
    #: Moments of one day.
    TIME = "time"


@dataclass(frozen=True)
class Point:
    """One value of a series, and when it was."""

    at: date | datetime
    value: float


@dataclass(frozen=True)
class Series:
    """One line: what it is called, and a value for each time; None where nothing is known."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Course:
    """How one series went: its first and last known point, and its highest, the first of equals."""

    label: str
    first: Point
    last: Point
    highest: Point

    @property
    def change(self) -> float:
        """From the first to the last."""
        return self.last.value - self.first.value


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Some series over the same times, evenly apart.

    ``name`` is unique on its page; ``aim`` a value that is striven for; ``steps``: a value holds
    until the next one instead of growing towards it.
    """

    name: str
    title: str
    unit: Unit
    pace: Pace
    times: Sequence[date | datetime]
    series: Sequence[Series]
    aim: float | None = None
    steps: bool = False

    @property
    def is_worth_drawing(self) -> bool:
        """Whether some series has two points, and anything is above nothing."""
        known = [[value for value in one.values if value is not None] for one in self.series]
        return any(map(any, known)) and max(map(len, known), default=0) >= _LEAST

    @property
    def is_short(self) -> bool:
        return len(self.times) <= _SHORT

    @property
    def rows(self) -> Iterator[tuple[date | datetime, tuple[float | None, ...]]]:
        """Each time with a value of each series: the table."""
        columns = zip(*(one.values for one in self.series), strict=True)
        return zip(self.times, columns, strict=True)

    @property
    def courses(self) -> Iterator[Course]:
        """How each series went that is known at all."""
        for one in self.series:
            points = [
                Point(at, value)
                for at, value in zip(self.times, one.values, strict=True)
                if value is not None
            ]
            if points:
                highest = max(points, key=lambda point: point.value)
                yield Course(one.label, points[0], points[-1], highest)
