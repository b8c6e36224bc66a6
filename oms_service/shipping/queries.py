"""Parcels as others may see them: frozen views, in a number of queries that does not grow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, Select, any_, bindparam, func, select, true
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, among
from oms_service.infra.once import once
from oms_service.ports.carrier import ESTIMATE_ONLY, CarrierStatus
from oms_service.shipping.because import Because
from oms_service.shipping.models import OrderOutlook, Parcel, ParcelLine, Scan, Shipment
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion
from oms_service.shipping.windows import Window


@dataclass(frozen=True)
class ScanView:
    """One word of a carrier; ``reason`` is a code, ``words`` the carrier's own."""

    status: CarrierStatus
    occurred_at: datetime
    place: str
    reason: str
    words: str


@dataclass(frozen=True)
class ParcelView:
    """One parcel; what is None or empty is not known. ``lines``: quantity by order line.

    ``estimated`` is the window, ``estimated_at`` the median in it, ``because`` what led to them.
    """

    id: int
    order_id: int
    shipment_number: str
    carrier: str
    tracking_number: str
    status: CarrierStatus
    status_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    promised: Window | None
    estimated: Window | None
    estimated_at: datetime | None
    estimate_reason: str
    because: Because | None
    jeopardy: Jeopardy
    cause: Cause
    suggestion: Suggestion
    last_scan: ScanView | None
    lines: Mapping[int, int]


@once
def parcels_of(reader: Session | Connection, order_ids: Sequence[int]) -> list[ParcelView]:
    """The parcels of some orders with their newest scans, oldest parcel first; one query."""
    return [_view(row) for row in _PARCELS.all(reader, order_ids=list(order_ids))]


def tracking_numbers(
    reader: Session | Connection, order_ids: Collection[int]
) -> dict[int, list[str]]:
    """The tracking numbers of some orders by order, oldest parcel first; one query."""
    rows = reader.execute(
        select(Shipment.order_id, Parcel.tracking_number)
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .where(Shipment.order_id.in_(order_ids))
        .order_by(Parcel.id)
    )
    found: dict[int, list[str]] = {}
    for order_id, number in rows:
        found.setdefault(order_id, []).append(number)
    return found


def scans_of_parcels(
    reader: Session | Connection, parcel_ids: Collection[int]
) -> dict[int, list[ScanView]]:
    """Every scan of some parcels by parcel, newest first by its own time; one query."""
    found: dict[int, list[ScanView]] = {}
    for parcel_id, scan in _SCANS.all(reader, parcel_ids=list(parcel_ids)):
        found.setdefault(parcel_id, []).append(scan)
    return found


_SCANS: Final[Hot[tuple[int, ScanView]]] = Hot(
    select(
        Scan.parcel_id, Scan.status, Scan.occurred_at, Scan.place, Scan.reason, Scan.carrier_words
    )
    .where(Scan.parcel_id == among("parcel_ids"), Scan.event_key.not_like(f"{ESTIMATE_ONLY}%"))
    .order_by(Scan.occurred_at.desc(), Scan.id.desc()),
    lambda parcel_id, *scan: (parcel_id, ScanView(*scan)),
)


def order_of(reader: Session | Connection, parcel_id: int) -> int | None:
    """The order a parcel belongs to."""
    query = (
        select(Shipment.order_id)
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .where(Parcel.id == parcel_id)
    )
    return reader.execute(query).scalar()


class _ParcelRow(NamedTuple):
    id: int
    order_id: int
    number: str
    carrier: str
    tracking_number: str
    status: CarrierStatus
    status_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    promised_from: datetime | None
    promised_until: datetime | None
    estimated_from: datetime | None
    estimated_until: datetime | None
    estimated_at: datetime | None
    estimate_reason: str
    because: dict[str, Any]
    jeopardy: Jeopardy
    cause: Cause
    suggestion: Suggestion
    scan_status: CarrierStatus | None
    scan_at: datetime
    scan_place: str
    scan_reason: str
    scan_words: str
    lines: dict[str, int] | None


def _parcels() -> Select[*tuple[Any, ...]]:
    newest = (
        select(
            Scan.status.label("scan_status"),
            Scan.occurred_at.label("scan_at"),
            Scan.place.label("scan_place"),
            Scan.reason.label("scan_reason"),
            Scan.carrier_words.label("scan_words"),
        )
        .where(Scan.parcel_id == Parcel.id)
        .order_by(Scan.occurred_at.desc(), Scan.id.desc())
        .limit(1)
        .lateral("newest")
    )
    lines = (
        select(func.jsonb_object_agg(ParcelLine.order_line_id, ParcelLine.quantity))
        .where(ParcelLine.parcel_id == Parcel.id)
        .scalar_subquery()
    )
    return (
        select(
            Parcel.id,
            Shipment.order_id,
            Shipment.number,
            Parcel.carrier,
            Parcel.tracking_number,
            Parcel.status,
            Parcel.status_at,
            Parcel.handed_over_at,
            Parcel.delivered_at,
            Parcel.promised_from,
            Parcel.promised_until,
            Parcel.estimated_from,
            Parcel.estimated_until,
            Parcel.estimated_at,
            Parcel.estimate_reason,
            Parcel.because,
            Parcel.jeopardy,
            Parcel.cause,
            Parcel.suggestion,
            *newest.c,
            lines.label("lines"),
        )
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .outerjoin(newest, true())
        .where(Shipment.order_id == any_(bindparam("order_ids", type_=ARRAY(BigInteger))))
        .order_by(Shipment.order_id, Parcel.id)
    )


_PARCELS: Final = Hot(_parcels(), _ParcelRow)


def _view(row: _ParcelRow) -> ParcelView:
    scan = None
    if row.scan_status is not None:
        scan = ScanView(
            row.scan_status, row.scan_at, row.scan_place, row.scan_reason, row.scan_words
        )
    return ParcelView(
        id=row.id,
        order_id=row.order_id,
        shipment_number=row.number,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        status=row.status,
        status_at=row.status_at,
        handed_over_at=row.handed_over_at,
        delivered_at=row.delivered_at,
        promised=Window.between(row.promised_from, row.promised_until),
        estimated=Window.between(row.estimated_from, row.estimated_until),
        estimated_at=row.estimated_at,
        estimate_reason=row.estimate_reason,
        because=Because.of_json(row.because),
        jeopardy=row.jeopardy,
        cause=row.cause,
        suggestion=row.suggestion,
        last_scan=scan,
        lines={int(line): quantity for line, quantity in (row.lines or {}).items()},
    )


@dataclass(frozen=True)
class Part:
    """One part of an order: a parcel, or what has not left a location yet.

    Both ids are empty for what waits for stock. ``chance_late`` is the chance of coming after
    the promise, from 0 to 1; None where nothing is known.
    """

    stage: Stage
    parcel_id: int | None
    location_id: int | None
    window: Window | None
    median: datetime | None
    jeopardy: Jeopardy
    cause: Cause
    suggestion: Suggestion
    chance_late: float | None = None


@dataclass(frozen=True)
class Outlook:
    """What is believed of the arrival of a whole order.

    ``promised`` is the original promise, ``told`` the window the customer holds now,
    ``estimated`` what is believed now with its ``median``; each None where nothing is known.
    ``because`` explains it; ``shipping.explaining`` has the sentence. ``change`` is the number of
    the newest change of its jeopardy, 0 before the first.
    """

    order_id: int
    stage: Stage
    is_open: bool
    promised: Window | None
    promised_at: datetime | None
    told: Window | None
    estimated: Window | None
    median: datetime | None
    because: Because | None
    jeopardy: Jeopardy
    cause: Cause
    suggestion: Suggestion
    parcel_id: int | None
    parts: tuple[Part, ...]
    change: int
    assessed_at: datetime
    due_at: datetime
    version: int


@once
def outlooks_of(reader: Session | Connection, order_ids: Collection[int]) -> dict[int, Outlook]:
    """The outlooks of some orders by order; one query. An order without one is left out."""
    if not order_ids:
        return {}
    return {one.order_id: one for one in _OUTLOOKS.all(reader, order_ids=list(order_ids))}


#: What ``outlook_view`` reads; for the queries of this package.
OUTLOOK: Final = tuple(OrderOutlook.__table__.c)


def outlook_view(row: Any) -> Outlook:
    """The view of a row of ``OUTLOOK``."""
    return Outlook(
        order_id=row.order_id,
        stage=Stage(row.stage),
        is_open=row.is_open,
        promised=Window.between(row.promised_from, row.promised_until),
        promised_at=row.promised_at,
        told=Window.between(row.told_from, row.told_until),
        estimated=Window.between(row.estimated_from, row.estimated_until),
        median=row.estimated_at,
        because=Because.of_json(row.because),
        jeopardy=Jeopardy(row.jeopardy),
        cause=Cause(row.cause),
        suggestion=Suggestion(row.suggestion),
        parcel_id=row.parcel_id,
        parts=tuple(part_of(one) for one in row.parts.get("parts", ())),
        change=row.changes,
        assessed_at=row.assessed_at,
        due_at=row.due_at,
        version=row.version,
    )


def _outlook_of(*columns: Any) -> Outlook:
    return outlook_view(SimpleNamespace(**dict(zip(_OUTLOOK_NAMES, columns, strict=True))))


_OUTLOOK_NAMES: Final = tuple(column.key for column in OUTLOOK)
_OUTLOOKS: Final = Hot(
    select(*OUTLOOK).where(
        OrderOutlook.order_id == any_(bindparam("order_ids", type_=ARRAY(BigInteger)))
    ),
    _outlook_of,
)


@dataclass(frozen=True)
class Standing:
    """As much of an outlook as an answer needs; ``because`` as it is stored, read when said."""

    order_id: int
    promised: Window | None
    estimated: Window | None
    median: datetime | None
    because: Mapping[str, Any]
    jeopardy: Jeopardy


@once
def standings_of(reader: Session | Connection, order_ids: Collection[int]) -> dict[int, Standing]:
    """How some orders stand, by order; one small query, for those who ask often."""
    return {one.order_id: one for one in _STANDINGS.all(reader, order_ids=list(order_ids))}


def _standing(  # noqa: PLR0913, PLR0917 - the columns of a row
    order_id: int,
    promised_from: datetime | None,
    promised_until: datetime | None,
    estimated_from: datetime | None,
    estimated_until: datetime | None,
    estimated_at: datetime | None,
    because: Mapping[str, Any],
    jeopardy: Jeopardy,
) -> Standing:
    return Standing(
        order_id,
        Window.between(promised_from, promised_until),
        Window.between(estimated_from, estimated_until),
        estimated_at,
        because,
        jeopardy,
    )


_STANDINGS: Final = Hot(
    select(
        OrderOutlook.order_id,
        OrderOutlook.promised_from,
        OrderOutlook.promised_until,
        OrderOutlook.estimated_from,
        OrderOutlook.estimated_until,
        OrderOutlook.estimated_at,
        OrderOutlook.because,
        OrderOutlook.jeopardy,
    ).where(OrderOutlook.order_id == any_(bindparam("order_ids", type_=ARRAY(BigInteger)))),
    _standing,
)


def part_of(stored: Mapping[str, Any]) -> Part:
    """A part as its order's outlook stores it."""

    def moment(key: str) -> datetime | None:
        return datetime.fromisoformat(stored[key]) if stored[key] else None

    return Part(
        stage=Stage(stored["stage"]),
        parcel_id=stored["parcel_id"],
        location_id=stored["location_id"],
        window=Window.between(moment("from"), moment("until")),
        median=moment("median"),
        jeopardy=Jeopardy(stored["jeopardy"]),
        cause=Cause(stored["cause"]),
        suggestion=Suggestion(stored["suggestion"]),
        chance_late=stored["chance_late"],
    )
