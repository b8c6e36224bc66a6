"""A history of deliveries with its scans, out of two CSV files, for measuring warnings."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.importing import journeys
from oms_service.importing.report import Damaged, Problem
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.arrivals.journeys import Journey
from oms_service.shipping.arrivals.scanned import Scanned, Word

PARCEL: Final = "parcel"
FIRST_SIGN: Final = "first_sign_at"
OCCURRED, HEARD, STATUS = "occurred_at", "heard_at", "status"
#: A date without a time of day is so long.
_DATE: Final = len("2026-04-01")

Row = Mapping[str | None, object]


@dataclass(frozen=True)
class History:
    """Parcels in the order of the file, what each is called there, and when delays first showed.

    ``first_signs`` is None where the file does not say, else by place in the file.
    """

    parcels: tuple[Scanned, ...]
    names: tuple[str, ...]
    first_signs: Mapping[int, datetime] | None


class _Wrong(Exception):
    def __init__(self, field: str, says: str) -> None:
        self.field, self.says = field, says


def read_files(file: Path, scans: Path, zone: ZoneInfo) -> History:
    """Both files together.

    Args:
        file: as for ``journeys.read_file``; its column ``parcel`` names each, else its number
            does, from 1; a promised day without a time ends with that day. A column
            ``first_sign_at`` says when a delay first showed.
        scans: ``parcel``, ``occurred_at``, ``status``, and, if known, ``heard_at``, ``place``
            and ``reason``.
        zone: of times that name none.

    Raises:
        Damaged: each row that cannot be read, by its number; the heading is row 1.
    """
    found = journeys.read_file(file, zone)
    rows, columns = _rows(file)
    problems: list[Problem] = []
    places: dict[str, int] = {}
    signs: dict[int, datetime] = {}
    for place, row in enumerate(rows):
        name = _cell(row, PARCEL) or str(place + 1)
        if places.setdefault(name, place) != place:
            problems.append(_problem(file, place + 2, PARCEL, f"names {name!r} a second time"))
        try:
            at = _time(row, FIRST_SIGN, zone)
        except _Wrong as wrong:
            problems.append(_problem(file, place + 2, wrong.field, wrong.says))
        else:
            signs.update({place: at} if at else {})
    words = _words(scans, places, zone, problems)
    if problems:
        raise Damaged(problems)
    parcels = [
        Scanned(_to_the_end_of_day(one, _cell(row, "promised_at")), tuple(words.get(place, ())))
        for place, (one, row) in enumerate(zip(found, rows, strict=True))
    ]
    return History(tuple(parcels), tuple(places), signs if FIRST_SIGN in columns else None)


def _words(
    path: Path, places: Mapping[str, int], zone: ZoneInfo, problems: list[Problem]
) -> dict[int, list[Word]]:
    rows, columns = _rows(path)
    missing = [name for name in (PARCEL, OCCURRED, STATUS) if name not in columns]
    if missing:
        raise Damaged([_problem(path, 1, name, "is missing") for name in missing])
    found: dict[int, list[Word]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            place, word = _word(row, places, zone)
        except _Wrong as wrong:
            problems.append(_problem(path, number, wrong.field, wrong.says))
        else:
            found.setdefault(place, []).append(word)
    return found


def _word(row: Row, places: Mapping[str, int], zone: ZoneInfo) -> tuple[int, Word]:
    place = places.get(_cell(row, PARCEL))
    if place is None:
        raise _Wrong(PARCEL, "is no parcel of the history")
    said = _cell(row, STATUS)
    if said not in set(CarrierStatus):
        raise _Wrong(STATUS, f"is none of {', '.join(CarrierStatus)}")
    occurred_at = _time(row, OCCURRED, zone)
    if occurred_at is None:
        raise _Wrong(OCCURRED, "is empty")
    heard_at = _time(row, HEARD, zone) or occurred_at
    status = CarrierStatus(said)
    where, why = _cell(row, "place"), _cell(row, "reason")
    return place, Word(occurred_at, max(occurred_at, heard_at), status, where, why)


def _to_the_end_of_day(journey: Journey, promised: str) -> Journey:
    if journey.promised_at is None or len(promised) > _DATE:
        return journey
    return replace(journey, promised_at=journey.promised_at + timedelta(days=1))


def _rows(path: Path) -> tuple[list[Row], Sequence[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            return list(rows), rows.fieldnames or ()
    except (UnicodeError, csv.Error) as error:
        raise Damaged([_problem(path, 1, "", f"cannot be read: {error}")]) from None


def _cell(row: Row, name: str) -> str:
    said = row.get(name)
    return said.strip() if isinstance(said, str) else ""


def _time(row: Row, name: str, zone: ZoneInfo) -> datetime | None:
    cell = _cell(row, name)
    if not cell:
        return None
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise _Wrong(name, "is no time such as 2026-04-01T09:30+09:00") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _problem(path: Path, row: int, column: str, says: str) -> Problem:
    return Problem(where=f"{path.name}, row {row}", field=column, says=says)
