"""Rows out of a CSV or JSON Lines file, one after another, never the whole file at once."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TextIO

from oms_service.importing.report import Damaged, Problem
from oms_service.importing.tables.columns import CellWrong, Context, Table

_LONGEST_CELL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it stands in the file; the first row of a CSV file is its heading, row 1."""

    number: int
    cells: Mapping[str, str]
    #: What is wrong with the row as a whole.
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, read: None where a cell is empty."""

    number: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]


def count_rows(path: Path) -> int:
    """About how many rows there are, for a progress bar."""
    with path.open("rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))


def rows(path: Path, table: Table, *, encoding: str) -> Iterator[Raw]:
    """Every row of the file.

    Raises:
        Damaged: the file cannot be read at all, or its heading is not one of this table.
    """
    is_lines = path.suffix.lower() in {".jsonl", ".ndjson"}
    try:
        with path.open(encoding=_signed(encoding), newline="") as file:
            yield from _json_rows(file, table) if is_lines else _csv_rows(file, table)
    except UnicodeError as error:
        raise Damaged([_whole(f"is not {encoding}: {error}")]) from None
    except LookupError:
        raise Damaged([_whole(f"there is no encoding {encoding!r}")]) from None


def read(raw: Raw, table: Table, context: Context) -> tuple[Row | None, list[Problem]]:
    """A row with its cells read, or what is wrong with them."""
    if raw.wrong:
        return None, [at(raw.number, "", raw.wrong)]
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for column in table.columns:
        cell = raw.cells.get(column.name, "").strip()
        if not cell:
            values[column.name] = None
            if column.is_needed:
                problems.append(at(raw.number, column.name, "is empty"))
            continue
        try:
            values[column.name] = column.read(cell, context)
        except CellWrong as wrong:
            problems.append(at(raw.number, column.name, str(wrong)))
    if table.prefix:
        values["options"] = {
            name.removeprefix(table.prefix): cell.strip()
            for name, cell in raw.cells.items()
            if name.startswith(table.prefix) and cell.strip()
        }
    return (None, problems) if problems else (Row(raw.number, values, raw.cells), [])


def at(number: int, column: str, says: str) -> Problem:
    return Problem(where=f"row {number}", field=column, says=says)


def _csv_rows(file: TextIO, table: Table) -> Iterator[Raw]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(file, strict=True)
    number = 1
    try:
        heading = next(reader, None)
        names = _heading(heading, table)
        for cells in reader:
            number += 1
            if not any(cells):
                continue
            if len(cells) == len(names):
                wrong = _unstorable(cells)
            else:
                wrong = f"has {len(cells)} cells under {len(names)} headings"
            yield Raw(number, dict(zip(names, cells, strict=False)), wrong)
    except csv.Error as error:
        raise Damaged([at(number + 1, "", f"cannot be read: {error}")]) from None


def _heading(cells: Sequence[str] | None, table: Table) -> list[str]:
    if not cells:
        raise Damaged([_whole("is empty")])
    names = [cell.strip() for cell in cells]
    problems = [
        at(1, name, f"is no column of {table.name}") for name in names if not _belongs(name, table)
    ]
    problems += [
        at(1, name, "stands twice") for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    problems += [
        at(1, column.name, "is missing")
        for column in table.columns
        if column.is_needed and column.name not in names
    ]
    if problems:
        raise Damaged(problems)
    return names


def _belongs(name: str, table: Table) -> bool:
    return name in table.by_name or bool(table.prefix and name.startswith(table.prefix))


def _json_rows(file: TextIO, table: Table) -> Iterator[Raw]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield _json_row(number, line, table)


def _json_row(number: int, line: str, table: Table) -> Raw:
    try:
        found = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError):
        return Raw(number, {}, "is no JSON")
    if not isinstance(found, dict):
        return Raw(number, {}, "should be an object")
    strange = [name for name in found if not _belongs(name, table)]
    if strange:
        return Raw(number, {}, f"{strange[0]!r} is no column of {table.name}")
    cells = {name: _cell(value) for name, value in found.items()}
    odd = [name for name, cell in cells.items() if cell is None]
    if odd:
        return Raw(number, {}, f"{odd[0]} should be a text, a number, true, false or null")
    plain = {name: cell for name, cell in cells.items() if cell is not None}
    return Raw(number, plain, _unstorable(plain.values()))


def _cell(value: object) -> str | None:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | Decimal():
            return str(value)
        case _:
            return None


def _unstorable(cells: Any) -> str:
    """PostgreSQL keeps no NUL, and no half of a surrogate pair."""
    for cell in cells:
        if "\x00" in cell or (
            not cell.isprintable() and any("\ud800" <= c <= "\udfff" for c in cell)
        ):
            return "contains a character that no text has"
    return ""


def _whole(says: str) -> Problem:
    return Problem(where="the file", field="", says=says)


def _signed(encoding: str) -> str:
    """UTF-8 may begin with a byte order mark; Excel's Shift_JIS is Microsoft's."""
    plain = encoding.lower().replace("_", "-")
    if plain in {"utf-8", "utf8"}:
        return "utf-8-sig"
    return "cp932" if plain in {"shift-jis", "sjis", "shiftjis"} else encoding
