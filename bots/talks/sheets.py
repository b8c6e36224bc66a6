"""Figures of talks as a table of plain cells, for files."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bots.talks.figures import Line
from bots.talks.states import Why

COLUMNS: Final = (
    "talks",
    "contained",
    "containment",
    "handed_over",
    "given_up",
    "open",
    "turns",
    "missed",
    "clarified",
    "shown",
    "confirmed",
    "dropped",
    "scored",
    "satisfied",
)


def rows(
    lines: Sequence[Line], head: str, name: Callable[[str], str]
) -> Iterator[Sequence[object]]:
    """Lines as rows of a file, the heads first.

    Args:
        lines: each becomes a row.
        head: what they are split by; its codes stand first, what they are called second.
        name: what a key is called.
    """
    yield [head, "name", *COLUMNS, *(f"handed_over_{why}" for why in Why)]
    for line in lines:
        told = line.as_json()
        cells = ["" if told[column] is None else told[column] for column in COLUMNS]
        yield [line.key, name(line.key), *cells, *told["why"].values()]
