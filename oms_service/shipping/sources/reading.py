"""Scans out of a file or a body by the rules of a mapping, row by row; a bad row stops no other."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from oms_service.kernel.text import order_key
from oms_service.ports.carrier import (
    CarrierStatus,
    ScanFact,
    Unreadable,
    Wordings,
    fingerprint,
    is_storable,
    meaning,
    named_in,
    plain_words,
)
from oms_service.shipping.sources.rules import USUAL_FORMATS, Rules
from oms_service.shipping.sources.states import Form

MOST_ROWS: Final = 20_000
_LONGEST_CELL: Final = 20_000
_LONGEST_NUMBER: Final = 60
_LONGEST_TEXT: Final = 200
_YEARS: Final = range(2000, 2100)
_MOST_DIGITS: Final = 40

Known = Callable[[str], Wordings | None]
"""The wordings of a carrier by its code, where it has any."""


@dataclass(frozen=True)
class Row:
    """One row or item: ``number`` counts as a person counts, a CSV heading being row 1."""

    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class RowWrong:
    """Why a row was not read: a code, the mapping's field, and the column or path it names."""

    row: int
    field: str
    why: str
    path: str = ""


@dataclass(frozen=True)
class Read:
    """What a file says: scans, each with the row it stood in, and the rows that say none."""

    scans: tuple[tuple[int, ScanFact], ...]
    wrong: tuple[RowWrong, ...]

    @property
    def facts(self) -> list[ScanFact]:
        return [fact for _, fact in self.scans]


class NotSuchAFile(Unreadable):
    """Nothing of it can be read; ``code`` says why, ``about`` names a row or columns."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code}: {about}" if about else code)
        self.code, self.about = code, about


class _Wrong(Exception):
    def __init__(self, field: str, why: str, path: str) -> None:
        super().__init__(why)
        self.field, self.why, self.path = field, why, path


def read(rules: Rules, body: bytes, known: Known) -> Read:
    """Every scan of a body, and every row that could not be read.

    Args:
        rules: the mapping.
        body: at most as long as the edge lets in.
        known: the house's own wordings, asked for what the mapping has no word for.

    Raises:
        Unreadable: it is no such file at all.
    """
    rows = _csv_rows(rules, body) if rules.form is Form.CSV else _json_rows(rules, body)
    scans: list[tuple[int, ScanFact]] = []
    wrong: list[RowWrong] = []
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            raise NotSuchAFile("too_many_rows", str(MOST_ROWS))
        try:
            scans.append((row.number, _fact(rules, row, known)))
        except _Wrong as problem:
            wrong.append(RowWrong(row.number, problem.field, problem.why, problem.path))
    return Read(tuple(scans), tuple(wrong))


def _csv_rows(rules: Rules, body: bytes) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(_decoded(rules, body), newline=""), delimiter=rules.delimiter)
    try:
        heading = next(reader, None)
        if not heading:
            raise NotSuchAFile("empty")
        names = [cell.strip() for cell in heading]
        _check_heading(rules, names)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(reader.line_num, dict(zip(names, cells, strict=False)))
    except csv.Error:
        raise NotSuchAFile("not_csv", str(reader.line_num)) from None


def _decoded(rules: Rules, body: bytes) -> str:
    tried = ("utf-8-sig", "cp932") if rules.encoding == "auto" else (rules.encoding,)
    for encoding in tried:
        try:
            return body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
    raise NotSuchAFile("wrong_encoding", rules.encoding)


def _check_heading(rules: Rules, names: list[str]) -> None:
    needed = [rules.number, rules.status, *rules.time, rules.carrier_from]
    missing = [name for name in needed if name and name not in names]
    if missing:
        raise NotSuchAFile("no_column", ", ".join(missing))


def _json_rows(rules: Rules, body: bytes) -> Iterator[Row]:
    try:
        data = json.loads(body, parse_int=_whole, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise NotSuchAFile("not_json") from None
    items = _at(data, rules.items) if rules.items else data
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise NotSuchAFile("no_list", rules.items)
    for number, item in enumerate(items, start=1):
        yield Row(number, item if isinstance(item, dict) else {})


def _whole(digits: str) -> str:
    """Numbers stay as they are written: a tracking number has leading zeros, a huge one no end."""
    return digits[:_MOST_DIGITS]


def _at(data: object, path: str) -> object:
    """What stands at a dotted path; None where nothing does. Numbers count list items from 0."""
    for part in path.split("."):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isascii() and part.isdigit() and len(part) <= 4:  # noqa: PLR2004 - no list is longer
            data = data[int(part)] if int(part) < len(data) else None
        else:
            return None
    return data


def _fact(rules: Rules, row: Row, known: Known) -> ScanFact:
    number = _text(rules, row, "number", rules.number, needed=True)
    if len(number) > _LONGEST_NUMBER or not order_key(number):
        raise _Wrong("number", "not_a_tracking_number", rules.number)
    words = _text(rules, row, "status", rules.status, needed=True)
    said = " ".join(_text(rules, row, "time", part, needed=True) for part in rules.time)
    occurred_at = _moment(rules, said)
    place = _text(rules, row, "place", rules.place)
    reason = _text(rules, row, "reason", rules.reason)
    carrier = _carrier(rules, row)
    start, until = _estimate(rules, row)
    wordings = known(carrier)
    return ScanFact(
        carrier=carrier,
        tracking_number=number,
        event_key=_text(rules, row, "event", rules.event)
        or fingerprint(number, words, occurred_at, place),
        status=_status(rules, words, wordings),
        occurred_at=occurred_at,
        place=place,
        reason=_reason(rules, f"{reason} {words}", wordings),
        carrier_words=f"{words} {reason}".strip()[:_LONGEST_TEXT],
        estimate_from=start,
        estimate_until=until,
    )


def _text(rules: Rules, row: Row, field: str, path: str, *, needed: bool = False) -> str:
    if not path:
        return ""
    given = row.cells.get(path) if rules.form is Form.CSV else _at(row.cells, path)
    if given is None or given == "":
        if needed:
            raise _Wrong(field, "is_empty", path)
        return ""
    if not isinstance(given, str) or not is_storable(given):
        raise _Wrong(field, "not_text", path)
    text = given.strip()[:_LONGEST_TEXT]
    if needed and not text:
        raise _Wrong(field, "is_empty", path)
    return text


def _carrier(rules: Rules, row: Row) -> str:
    if rules.carrier:
        return rules.carrier
    said = _text(rules, row, "carrier", rules.carrier_from, needed=True)
    plain = plain_words(said)
    if plain in rules.carrier_names:
        return rules.carrier_names[plain]
    if rules.carrier_names:
        raise _Wrong("carrier", "carrier_not_named", rules.carrier_from)
    return plain.replace(" ", "_")[:60]


def _status(rules: Rules, words: str, wordings: Wordings | None) -> CarrierStatus:
    own = meaning(words, rules.statuses)
    if own is not None:
        return own
    return wordings.status_of(words) if wordings else CarrierStatus.UNKNOWN


def _reason(rules: Rules, words: str, wordings: Wordings | None) -> str:
    return named_in(words, rules.reasons) or (wordings.reason_of(words) if wordings else "")


def _estimate(rules: Rules, row: Row) -> tuple[datetime, datetime] | tuple[None, None]:
    """A day stands for all of it, a moment for the hour it begins."""
    said = _text(rules, row, "estimate", rules.estimate)
    if not said:
        return None, None
    day = _day(said)
    if day is not None:
        start = datetime.combine(day, time(), rules.zone)
        until = datetime.combine(day + timedelta(days=1), time(), rules.zone)
        return start.astimezone(UTC), until.astimezone(UTC)
    start = _moment(rules, said, field="estimate")
    return start, start + timedelta(hours=1)


def _day(said: str) -> date | None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"):
        try:
            found = datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return found if found.year in _YEARS else None
    return None


def _moment(rules: Rules, said: str, *, field: str = "time") -> datetime:
    found = _parsed(rules, said)
    if found is None or found.year not in _YEARS:
        path = rules.estimate if field == "estimate" else ", ".join(rules.time)
        raise _Wrong(field, "not_a_time", path)
    aware = found if found.tzinfo is not None else found.replace(tzinfo=rules.zone)
    return aware.astimezone(UTC)


def _parsed(rules: Rules, said: str) -> datetime | None:
    if not rules.time_format:
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            pass
    for form in (rules.time_format,) if rules.time_format else USUAL_FORMATS:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 - the mapping's zone follows
        except (ValueError, IndexError):
            continue
    return None
