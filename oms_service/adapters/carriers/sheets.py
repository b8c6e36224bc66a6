"""Files of carriers' programs: CSV in code page 932 with CRLF, columns as data.

A sign that code page 932 lacks is written as its nearest that it has (``REPLACED``), else as
``〓``; both are told. Nothing is cut: what is too long for its column is a problem of its row.

These files get opened in spreadsheets too, where a cell that begins like a formula is one: a name
that somebody typed as ``=HYPERLINK(...)`` is written so that it stays a text (``FORMULA_SIGNS``).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oms_service.ports.labels import (
    HandoffFile,
    HandoffRow,
    Replaced,
    Results,
    RowProblem,
    Shipped,
    Unreadable,
    Unwritable,
)

ENCODING: Final = "cp932"
UNKNOWN: Final = "〓"
MOST_ROWS: Final = 2_000
MOST_BYTES: Final = 2 * 1024 * 1024
_LONGEST_NUMBER: Final = 60

#: Signs that Unicode has twice, or that old code pages lack, and what people write for them.
REPLACED: Final[Mapping[str, str]] = {
    "\u2014": "―",
    "\u2013": "-",
    "\u2012": "-",
    "\u2011": "-",
    "\u00a0": " ",
    "\u2009": " ",
    "\u200b": "",
    "\ufe0e": "",
    "\ufe0f": "",
    "\u00a6": "￤",
    "\u00a5": "￥",
    "\u2022": "・",
    "\U00020b9f": "叱",
    "\U00020bb7": "吉",
    "\u525d": "剥",
    "\u9830": "頬",
    "\u7e6b": "繋",
    "\u5c5b": "屏",
    "\u7626": "痩",
}
#: Signs that make a formula of what follows them, and what begins a cell in their place.
FORMULA_SIGNS: Final[Mapping[str, str]] = {
    "=": "・=",
    "＝": "・＝",
    "+": "・+",
    "＋": "・＋",
    "@": "・@",
    "＠": "・＠",
    "-": "‐",
    "－": "‐",
}
_SPACE: Final = re.compile(r"[\s\u3000]+")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, what is written, and how much fits.

    ``most`` counts half widths, so a full-width sign counts two; 0 is no limit of ours.
    """

    name: str
    value: Callable[[HandoffRow], str] = lambda _row: ""
    most: int = 0
    is_needed: bool = False


@dataclass(frozen=True, kw_only=True)
class SheetFormat:
    """A program that takes a CSV in and gives one out."""

    slug: str
    program: str
    columns: Sequence[Column]
    #: The names its results call our reference and the tracking number by.
    reference_names: Sequence[str]
    number_names: Sequence[str]
    has_head: bool = True
    #: Where the two stand in a result without a head, counted from 0; None: a head is needed.
    places: tuple[int, int] | None = None

    def write(self, rows: Sequence[HandoffRow]) -> HandoffFile:
        problems: list[RowProblem] = []
        replaced: list[Replaced] = []
        lines: list[list[str]] = []
        for place, row in enumerate(rows, start=1):
            cells: list[str] = []
            for column in self.columns:
                text, odd = encodable(_SPACE.sub(" ", column.value(row)).strip())
                cells.append(text)
                if odd:
                    replaced.append(
                        Replaced(row=place, reference=row.reference, column=column.name, signs=odd)
                    )
                code = _problem(text, column)
                if code:
                    problems.append(
                        RowProblem(
                            row=place,
                            reference=row.reference,
                            column=column.name,
                            code=code,
                            most=column.most // 2,
                        )
                    )
            lines.append(cells)
        if problems:
            raise Unwritable(problems)
        head = [[column.name for column in self.columns]] if self.has_head else []
        body = written([*head, *lines])
        day = min((row.ships_on for row in rows), default=None)
        name = f"{self.slug}-{day:%Y%m%d}.csv" if day else f"{self.slug}.csv"
        return HandoffFile(name=name, body=body, rows=len(rows), replaced=tuple(replaced))

    def read(self, body: bytes) -> Results:
        lines = _read(body)
        place, number_place, begin = self._places(lines)
        shipped: list[Shipped] = []
        problems: list[RowProblem] = []
        for index, cells in enumerate(lines[begin:], start=begin + 1):
            if not any(cell.strip() for cell in cells):
                continue
            reference = _cell(cells, place)
            number = _cell(cells, number_place)
            code, column = _flaw(reference, number)
            if code:
                name = (self.reference_names if column == "reference" else self.number_names)[0]
                problems.append(
                    RowProblem(row=index, reference=reference[:60], column=name, code=code)
                )
            else:
                shipped.append(Shipped(row=index, reference=reference, tracking_number=number))
        return Results(shipped=tuple(shipped), problems=tuple(problems))

    def _places(self, lines: Sequence[Sequence[str]]) -> tuple[int, int, int]:
        """Where the reference and the number stand, and the first row that has them."""
        head = [_plain(cell) for cell in lines[0]]
        found = [
            next((head.index(_plain(name)) for name in names if _plain(name) in head), None)
            for names in (self.reference_names, self.number_names)
        ]
        if found[0] is not None and found[1] is not None:
            return found[0], found[1], 1
        if self.places is None or any(of is not None for of in found):
            raise Unreadable("columns_missing")
        return *self.places, 0


def encodable(text: str) -> tuple[str, str]:
    """``text`` as a cell of code page 932 can say it, and the signs that had to be replaced."""
    said: list[str] = []
    odd: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        if _fits(sign):
            said.append(sign)
            continue
        odd.append(sign)
        near = REPLACED.get(sign)
        if near is None:
            plain = unicodedata.normalize("NFKD", sign)
            near = "".join(one for one in plain if _fits(one)) or UNKNOWN
        said.append(near)
    cell = "".join(said)
    if cell[:1] in FORMULA_SIGNS:
        odd.insert(0, cell[0])
        cell = FORMULA_SIGNS[cell[0]] + cell[1:]
    return cell, "".join(odd)


def width(text: str) -> int:
    """Half widths, as these programs count: bytes of code page 932."""
    return len(text.encode(ENCODING))


def written(lines: Sequence[Sequence[str]]) -> bytes:
    """CSV with every cell in quotes, so that leading zeros stay for whoever opens it."""
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
    return into.getvalue().encode(ENCODING)


def postal(code: str) -> str:
    """``160-0022``; another form as it is."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", code))
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == 7 else code  # noqa: PLR2004 - 7 digits


def phone(typed: str) -> str:
    """Digits and hyphens, a number of Japan without its country code."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    plain = re.sub(r"^\+81[-\s]*\(?0?\)?", "0", plain)
    return re.sub(r"[^0-9-]", "", plain)


def in_lines(text: str, most: int, count: int) -> list[str]:
    """``text`` over ``count`` columns of ``most`` half widths; what is left stays on the last."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < count - 1 and width(encodable(rest)[0]) > most:
        cut = len(rest)
        while width(encodable(rest[:cut])[0]) > most:
            cut -= 1
        lines.append(rest[:cut])
        rest = rest[cut:]
    return [*lines, rest, *[""] * count][:count]


def _fits(sign: str) -> bool:
    if not sign.isprintable():
        return False
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _problem(text: str, column: Column) -> str:
    if column.is_needed and not text:
        return "missing"
    return "too_long" if column.most and width(text) > column.most else ""


def _read(body: bytes) -> list[list[str]]:
    if len(body) > MOST_BYTES:
        raise Unreadable("too_large")
    try:
        text = body.decode("utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else ENCODING)
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable("not_csv") from None
    if not lines or "\0" in text:
        raise Unreadable("not_csv" if lines else "empty")
    if len(lines) > MOST_ROWS:
        raise Unreadable("too_many_rows")
    return lines


def _cell(cells: Sequence[str], place: int) -> str:
    """What stands there; spreadsheets write ``="0123"`` to keep zeros."""
    raw = cells[place].strip() if place < len(cells) else ""
    if raw.startswith('="') and raw.endswith('"'):
        raw = raw[2:-1]
    return unicodedata.normalize("NFKC", raw).strip()


def _flaw(reference: str, number: str) -> tuple[str, str]:
    if not reference:
        return "missing", "reference"
    if not number:
        return "missing", "number"
    if "E+" in number.upper():
        return "rounded_by_a_spreadsheet", "number"
    if len(number) > _LONGEST_NUMBER or not re.fullmatch(r"[0-9A-Za-z-]+", number):
        return "not_a_number", "number"
    return "", ""


def _plain(name: str) -> str:
    """A column's name without what differs between releases: spaces, dots, widths."""
    return re.sub(r"[\s.．・]", "", unicodedata.normalize("NFKC", name)).casefold()
