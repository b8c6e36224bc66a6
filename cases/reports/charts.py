"""Small line charts as points of an SVG drawing of 400 by 160."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Final

from cases.reports.figures import Count, Figure, Line, Share

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 388, 12, 130
#: One day alone makes no line.
_LEAST: Final = 2
#: Marks of the scale, from nothing to the top.
_STEPS: Final = 2


@dataclass(frozen=True)
class Mark:
    """One day or week of one line; ``value`` is what it says."""

    x: float
    y: float
    day: date
    value: float


@dataclass(frozen=True)
class Chart:
    """Lines over the same days, by figure; ``top`` is the value at the top of the scale."""

    lines: Mapping[Figure, tuple[Mark, ...]]
    first: date
    last: date
    top: float
    scale: tuple[tuple[float, float], ...]

    @staticmethod
    def path(marks: Sequence[Mark]) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{one.x:g},{one.y:g}" for one in marks)


def chart(
    found: Sequence[Line], days: Sequence[date], figures: Sequence[Figure], *, fills: bool
) -> Chart | None:
    """Figures over the days in order; None of fewer than two points of any.

    ``fills``: a day of which nothing is told was one of nothing; else it has no point.
    """
    told = {date.fromisoformat(one.key): one.figures for one in found}
    values: dict[Figure, list[tuple[date, float]]] = {}
    for name in figures:
        for day in days:
            one = told.get(day, {}).get(name)
            if isinstance(one, Share):
                values.setdefault(name, []).append((day, one.share))
            elif isinstance(one, Count) or fills:
                count = one.count if isinstance(one, Count) else 0
                values.setdefault(name, []).append((day, float(count)))
    every = [value for some in values.values() for _day, value in some]
    if not any(every) or max(len(some) for some in values.values()) < _LEAST:
        return None
    top = float(ceil(max(every) / _STEPS) * _STEPS) if fills else 1.0
    whole = max(1, (days[-1] - days[0]).days)

    def height(value: float) -> float:
        return round(_TOP + (1 - value / top) * (_BOTTOM - _TOP), 1)

    def across(day: date) -> float:
        return round(_LEFT + (day - days[0]).days / whole * (_RIGHT - _LEFT), 1)

    return Chart(
        lines={
            name: tuple(Mark(across(day), height(value), day, value) for day, value in some)
            for name, some in values.items()
        },
        first=days[0],
        last=days[-1],
        top=top,
        scale=tuple(
            (top * step / _STEPS, height(top * step / _STEPS)) for step in range(_STEPS + 1)
        ),
    )
