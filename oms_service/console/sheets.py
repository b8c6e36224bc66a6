"""Lists as CSV files: written piece by piece, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Response, stream_with_context

from oms_service.access.guard import actor
from oms_service.console.events import ExportMade
from oms_service.runtime import runtime

#: What a spreadsheet would take for the beginning of a formula, full-width signs among it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Says how the file is encoded, so that Japanese opens well everywhere.
_MARK: Final = "\ufeff"


def streamed(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """An answer that writes ``rows`` as they come; only a few of them are held at once.

    Who took it out is written down.

    Args:
        name: what the file is called, without its ending.
        rows: the heads first; texts are made harmless, numbers are written as they are.
    """
    note(name)
    answer = Response(stream_with_context(_written(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def note(name: str) -> None:
    """Write down that whoever asks takes out the file of that name."""
    with runtime().unit_of_work(actor()) as uow:
        uow.emit(ExportMade(export_id=name))


def plain(cell: str) -> str:
    """The cell as a text that never becomes a formula in the program that opens the file."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _written(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _MARK
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow([plain(cell) if isinstance(cell, str) else cell for cell in row])
        yield text.getvalue()
