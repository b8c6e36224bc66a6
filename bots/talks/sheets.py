"""Figures of talks as a table of plain cells, for files."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final

from bots.talks.figures import Line
from bots.talks.states import Why
from oms_service.console.sheets import plain

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


def written(lines: Sequence[Line], head: str, name: Callable[[str], str]) -> bytes:
    """Lines as CSV, with a mark of its encoding so that Japanese opens well everywhere.

    Args:
        lines: each becomes a row.
        head: what they are split by; its codes stand first, what they are called second.
        name: what a key is called.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([head, "name", *COLUMNS, *(f"handed_over_{why}" for why in Why)])
    for line in lines:
        told = line.as_json()
        cells = ["" if told[column] is None else told[column] for column in COLUMNS]
        rows.writerow([plain(line.key), plain(name(line.key)), *cells, *told["why"].values()])
    return text.getvalue().encode("utf-8-sig")
