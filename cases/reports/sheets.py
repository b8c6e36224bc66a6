"""Figures as a table of plain cells, for files."""

from collections.abc import Callable, Iterator, Sequence

from cases.reports.figures import Figure, Line, Measured

_SPREAD = ("count", "median_s", "p90_s", "business_median_s", "business_p90_s")
#: The columns that each figure fills, in the order of a file.
COLUMNS = {
    Figure.OPENED: ("count",),
    Figure.SETTLED: ("count",),
    Figure.FIRST_RESPONSE: _SPREAD,
    Figure.NEXT_RESPONSE: _SPREAD,
    Figure.RESOLUTION: _SPREAD,
    Figure.TO_SETTLING: _SPREAD[:3],
    Figure.IN_TIME: ("part", "whole", "share"),
    Figure.BACKLOG: _SPREAD[:3],
    Figure.REOPENED: ("part", "whole", "share"),
    Figure.ONE_TOUCH: ("part", "whole", "share"),
    Figure.SATISFACTION: ("part", "whole", "share", "mean"),
    Figure.CONTACT_RATE: ("contacts", "orders", "per_100"),
    Figure.REFUND_CYCLE: _SPREAD[:3],
    Figure.PROMISE_SLIP: _SPREAD[:3],
    Figure.CONTAINMENT: ("part", "whole", "share"),
    Figure.ROUTING: _SPREAD[:3],
}


def rows(
    lines: Sequence[Line], head: str, name: Callable[[str], str]
) -> Iterator[Sequence[object]]:
    """Lines as rows of a file, the heads first.

    Args:
        lines: each becomes a row.
        head: what they are split by; its codes stand first, what they are called second.
        name: what a key is called.
    """
    yield [head, "name", *_heads()]
    for line in lines:
        yield [line.key, name(line.key), *_cells(line)]


def _heads() -> Iterator[str]:
    for name, columns in COLUMNS.items():
        yield from (f"{name}_{column}" for column in columns)


def _cells(line: Line) -> Iterator[object]:
    for name, columns in COLUMNS.items():
        found: Measured | None = line.figures.get(name)
        told = {} if found is None else found.as_json()
        yield from ("" if told.get(column) is None else told[column] for column in columns)
