"""A history of deliveries as a CSV file, for measuring forecasts; nothing of it is kept."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from oms_service.importing.report import Damaged, Problem
from oms_service.shipping.arrivals.journeys import Journey, Road

TIMES: Final = ("placed_at", "handed_over_at", "delivered_at", "promised_at")
PLACES: Final = ("origin", "destination", "carrier", "service")
COLUMNS: Final = (*TIMES, *PLACES)
#: Without these there is nothing to measure.
_NEEDED: Final = ("placed_at", "handed_over_at", "delivered_at")


def read_file(path: Path, zone: ZoneInfo) -> list[Journey]:
    """Every row of the file; any cell may be empty, other columns are passed over.

    Args:
        path: UTF-8, with a heading.
        zone: of times that name none.

    Raises:
        Damaged: each row that cannot be read, by its number; the heading is row 1.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, zone)
    except UnicodeError as error:
        raise Damaged([_at("the file", "", f"is not UTF-8: {error}")]) from None
    except csv.Error as error:
        raise Damaged([_at("the file", "", f"cannot be read: {error}")]) from None


def write_file(path: Path, journeys: Iterable[Journey]) -> int:
    """Write a history that ``read_file`` reads back; how many rows it has.

    Args:
        path: written anew.
        journeys: one a row, in this order; times in ISO form, UTC.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for one in journeys:
            count += 1
            times = (one.placed_at, one.handed_over_at, one.delivered_at, one.promised_at)
            road = one.road
            rows.writerow(
                [
                    *(at.astimezone(UTC).isoformat() if at else "" for at in times),
                    *(road.origin, road.destination, road.carrier, road.service),
                ]
            )
    return count


def _read(file: TextIO, zone: ZoneInfo) -> list[Journey]:
    rows = csv.DictReader(file, strict=True)
    _check_heading(rows.fieldnames)
    journeys: list[Journey] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=2):
        wrong = list(_wrong(number, row))
        problems += wrong
        if not wrong:
            journeys.append(_journey(row, zone))
    if problems:
        raise Damaged(problems)
    return journeys


def _check_heading(names: Sequence[str] | None) -> None:
    missing = [name for name in _NEEDED if name not in (names or ())]
    if missing:
        raise Damaged([_at("row 1", name, "is missing") for name in missing])


def _wrong(number: int, row: Mapping[str | None, object]) -> Iterator[Problem]:
    where = f"row {number}"
    if None in row:
        yield _at(where, "", "has more cells than headings")
    for name in TIMES:
        cell = row.get(name)
        if isinstance(cell, str) and cell.strip():
            try:
                datetime.fromisoformat(cell.strip())
            except ValueError:
                yield _at(where, name, "is no time such as 2026-04-01T09:30+09:00")


def _journey(row: Mapping[str, str | None], zone: ZoneInfo) -> Journey:
    placed, handed, delivered, promised = (_time(row.get(name), zone) for name in TIMES)
    return Journey(
        Road(*((row.get(name) or "").strip() for name in PLACES)),
        placed_at=placed,
        handed_over_at=handed,
        delivered_at=delivered,
        promised_at=promised,
    )


def _time(cell: str | None, zone: ZoneInfo) -> datetime | None:
    if cell is None or not cell.strip():
        return None
    found = datetime.fromisoformat(cell.strip())
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _at(where: str, column: str, says: str) -> Problem:
    return Problem(where=where, field=column, says=says)
