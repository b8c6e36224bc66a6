"""A fitted model: everything learned up to a moment, as plain numbers that can be kept and read.

The bytes are JSON, compressed, in one canonical order: the same history gives the same bytes.
Days are kept as whole minutes, weights as tenths.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from oms_service.shipping.arrivals.journeys import Road
from oms_service.shipping.arrivals.pooling import GRID
from oms_service.shipping.arrivals.signs import Key, Record
from oms_service.shipping.arrivals.silences import (
    Spans,
    is_of_the_place,
    silence_keys,
    stay_keys,
)

#: Bytes of another form are not read.
FORM: Final = 1
_MINUTES: Final = 1440
_FULL_KEY: Final = 4
_TENTHS: Final = 10
_THOUSANDTHS: Final = 1000
#: No quiet time of less than this is worth a word.
LEAST_QUIET: Final = timedelta(days=1)


class Unreadable(ValueError):
    """Bytes that no fitted model of this form was written to."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One group: how much it has seen, and its distribution at ``GRID`` even ranks, in days."""

    weight: float
    days: tuple[float, ...]


Cells = Mapping[Key, Cell]


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How one carrier's parcels are foretold.

    Attributes:
        by_hours: time passes for it around the clock; else it delivers by days.
        early: the rank at which an honest window begins.
        late: the rank at which it ends.
        behind_days: how much later than usual its parcels came when the model was fitted.
        closed: weekdays on which it was never seen to deliver; Monday is 0.
    """

    by_hours: bool
    early: float
    late: float
    behind_days: float
    closed: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What is learned of lanes, houses, scans and carriers' words; keys as ``signs`` has them.

    Attributes:
        version: of its row; 0 where it was never kept.
        as_of: the last moment of the history, UTC; None where nothing is learned.
        days: days of delivery after the midnight of hand-over, by lane, from () to weekdays.
        hours: time from hand-over, in days, by lane.
        indoors: working days and time of day from a step in the house to hand-over.
        scans: days of delivery and time of day from a scan to the delivery.
        records: how carriers' words have proved, by carrier and service.
        manners: by carrier.
        shut: weekdays on which nothing leaves, by origin.
        silences: how long a parcel is silent in nineteen of twenty cases, by status and road.
        stays: likewise how long goods stay at a step in the house, by step and location.
    """

    version: int = field(default=0, compare=False)
    as_of: datetime | None = None
    days: Cells = field(default_factory=dict)
    hours: Cells = field(default_factory=dict)
    indoors: Cells = field(default_factory=dict)
    scans: Cells = field(default_factory=dict)
    records: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    manners: Mapping[str, Manner] = field(default_factory=dict)
    shut: Mapping[str, frozenset[int]] = field(default_factory=dict)
    silences: Spans = field(default_factory=dict)
    stays: Spans = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.version, self.as_of))

    def to_bytes(self) -> bytes:
        """What a row keeps."""
        return zlib.compress(self._text, 9)

    @cached_property
    def digest(self) -> str:
        """Tells two models apart: 64 hexadecimal digits."""
        return hashlib.sha256(self._text).hexdigest()

    def silence_p95(self, road: Road, status: str) -> timedelta | None:
        """How long nothing is heard at most in nineteen of twenty cases, as far as is known.

        Returns:
            Open time, which stands still on the carrier's closed days; a day at least. None where
            too little was seen of the status on any road.
        """
        return _longest(self.silences, silence_keys(status, road))

    def has_heard_of(self, road: Road, status: str) -> bool:
        """Whether such silences were seen of parcels to the same place, with the same carrier."""
        keys = silence_keys(status, road)
        return any(is_of_the_place(key) and key in self.silences for key in keys)

    def stage_p95(self, location_id: int | None, stage: str) -> timedelta | None:
        """How long goods stay at a step in the house at most, in nineteen of twenty cases.

        Args:
            location_id: where; None: anywhere.
            stage: a ``HouseStage``.

        Returns:
            Open time, which stands still while nothing leaves the house; a day at least. None
            where too little was seen of it.
        """
        anywhere, there = stay_keys(stage, str(location_id))
        return _longest(self.stays, [anywhere if location_id is None else there])

    def likely(self, road: Road) -> Road:
        """The road with whoever mostly goes there, where the carrier or the service is open."""
        if (road.origin, road.destination, road.carrier, road.service) in self.days:
            return road
        for origin in (road.origin, ""):
            way = self._mostly.get((origin, road.destination, road.carrier))
            if way is not None:
                return Road(road.origin, road.destination, *way)
        return road

    @cached_property
    def _mostly(self) -> Mapping[tuple[str, ...], tuple[str, str]]:
        """Carrier and service most seen, by origin, destination and carrier; each may be open."""
        seen: dict[tuple[str, ...], dict[tuple[str, str], float]] = {}
        for key, cell in self.days.items():
            if len(key) != _FULL_KEY:
                continue
            origin, destination, carrier, service = (str(part) for part in key)
            for start in (origin, ""):
                for whose in (carrier, ""):
                    counts = seen.setdefault((start, destination, whose), {})
                    way = (carrier, service)
                    counts[way] = counts.get(way, 0.0) + cell.weight
        return {
            asked: min(counts, key=lambda way: (-counts[way], way))
            for asked, counts in seen.items()
        }

    @classmethod
    def of_bytes(cls, kept: bytes, *, version: int = 0) -> "Fitted":
        """What ``to_bytes`` made.

        Raises:
            Unreadable: the bytes are damaged, or of another form.
        """
        try:
            found = json.loads(zlib.decompress(kept))
            if found["form"] != FORM:
                raise Unreadable("a model of another form")
            return cls(
                version=version,
                as_of=datetime.fromisoformat(found["as_of"]) if found["as_of"] else None,
                days=_cells_of(found["days"]),
                hours=_cells_of(found["hours"]),
                indoors=_cells_of(found["indoors"]),
                scans=_cells_of(found["scans"]),
                records={tuple(key): _record_of(*rest) for key, *rest in found["records"]},
                manners={name: _manner_of(*rest) for name, *rest in found["manners"]},
                shut={name: frozenset(days) for name, days in found["shut"]},
                silences=_spans_of(found.get("silences", ())),
                stays=_spans_of(found.get("stays", ())),
            )
        except (zlib.error, KeyError, TypeError, ValueError) as error:
            raise Unreadable(str(error)) from None

    @cached_property
    def _text(self) -> bytes:
        plain: dict[str, Any] = {
            "form": FORM,
            "as_of": self.as_of.astimezone(UTC).isoformat() if self.as_of else None,
            "days": _plain_cells(self.days),
            "hours": _plain_cells(self.hours),
            "indoors": _plain_cells(self.indoors),
            "scans": _plain_cells(self.scans),
            "records": [
                [list(key), *_plain_record(one)] for key, one in sorted(self.records.items())
            ],
            "manners": [[name, *_plain_manner(one)] for name, one in sorted(self.manners.items())],
            "shut": [[name, sorted(days)] for name, days in sorted(self.shut.items())],
        }
        # Older models know of neither, and keep their bytes.
        for name, spans in (("silences", self.silences), ("stays", self.stays)):
            if spans:
                plain[name] = _plain_spans(spans)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


#: Before anything was learned.
NOTHING: Final = Fitted()


def rounded(weight: float, days: Iterable[float]) -> Cell:
    """A cell as its bytes would give it back, so that a fresh model equals the one that is read."""
    return Cell(
        round(weight * _TENTHS) / _TENTHS,
        tuple(round(one * _MINUTES) / _MINUTES for one in days),
    )


def rounded_record(record: Record) -> Record:
    """Likewise for a record."""
    return _record_of(*_plain_record(record))


def rounded_manner(manner: Manner) -> Manner:
    """Likewise for a manner."""
    return _manner_of(*_plain_manner(manner))


def rounded_spans(spans: Spans) -> Spans:
    """Likewise for spans."""
    return _spans_of(_plain_spans(spans))


def _longest(spans: Spans, keys: Sequence[tuple[str, ...]]) -> timedelta | None:
    found = next((spans[key] for key in reversed(keys) if key in spans), None)
    return None if found is None else max(LEAST_QUIET, timedelta(days=found))


def _plain_spans(spans: Spans) -> list[Any]:
    return [[*key, round(days * _MINUTES)] for key, days in sorted(spans.items())]


def _spans_of(rows: Iterable[Any]) -> Spans:
    return {tuple(key): minutes / _MINUTES for *key, minutes in rows}


def _plain_cells(cells: Cells) -> list[Any]:
    rows = [
        [list(key), round(one.weight * _TENTHS), [round(day * _MINUTES) for day in one.days]]
        for key, one in cells.items()
    ]
    return sorted(rows, key=lambda row: (len(row[0]), json.dumps(row[0])))


def _cells_of(rows: Iterable[Any]) -> Cells:
    found = {}
    for key, weight, days in rows:
        if len(days) != GRID:
            raise Unreadable("a cell of another grid")
        found[tuple(key)] = Cell(weight / _TENTHS, tuple(day / _MINUTES for day in days))
    return found


def _plain_record(one: Record) -> list[Any]:
    numbers = (one.seen, one.off_days, one.ours_off_days, one.inside)
    return [*(round(number * _THOUSANDTHS) for number in numbers), [int(day) for day in one.errors]]


def _record_of(seen: int, off: int, ours: int, inside: int, errors: Iterable[int]) -> Record:
    return Record(
        seen=seen / _THOUSANDTHS,
        off_days=off / _THOUSANDTHS,
        ours_off_days=ours / _THOUSANDTHS,
        inside=inside / _THOUSANDTHS,
        errors=tuple(float(day) for day in errors),
    )


def _plain_manner(one: Manner) -> list[Any]:
    numbers = (one.early, one.late, one.behind_days)
    return [
        one.by_hours,
        *(round(number * _THOUSANDTHS) for number in numbers),
        sorted(one.closed),
    ]


def _manner_of(by_hours: bool, early: int, late: int, behind: int, closed: Iterable[int]) -> Manner:  # noqa: FBT001 - as rows have it
    return Manner(
        by_hours=by_hours,
        early=early / _THOUSANDTHS,
        late=late / _THOUSANDTHS,
        behind_days=behind / _THOUSANDTHS,
        closed=frozenset(closed),
    )
