"""Lists of parcels: by where they stand and when they are due; each page costs the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, true, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid
from oms_service.kernel.pages import Page
from oms_service.ports.carrier import ESTIMATE_ONLY, CarrierStatus
from oms_service.shipping.models import Parcel, Scan, Shipment
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.queries import ScanView
from oms_service.shipping.states import FINAL, Cause, Jeopardy
from oms_service.shipping.windows import Window

Reader = Session | Connection

#: Parcels in these are under way, or wait to be.
OPEN: Final = frozenset(CarrierStatus) - FINAL
#: Only open parcels are counted, and of them only so many.
MOST_COUNTED: Final = 5_000


class Sort(StrEnum):
    """What stands first; the parcels of which that is not known come last."""

    #: Booked last.
    NEWEST = "newest"
    #: Promised soonest.
    PROMISED = "promised"
    #: Expected soonest.
    EXPECTED = "expected"
    #: Not heard of for longest.
    QUIET = "quiet"


class Day(StrEnum):
    """Which days of a parcel are asked for."""

    PROMISED = "promised"
    EXPECTED = "expected"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which parcels; what is empty or None does not matter.

    ``days_from`` and ``days_until``, the first moment after, bound what ``day`` names; a window
    fits when a part of it lies within. ``location_ids`` are those it was sent from, and ``among``
    those of whoever looks: what comes from none is then not theirs either.

    ``typed`` is a tracking number or the number of a shipment; parcels of ``order_ids`` fit it as
    well.
    """

    statuses: Collection[CarrierStatus] = ()
    jeopardies: Collection[Jeopardy] = ()
    carrier: str = ""
    location_ids: Collection[int] = ()
    among: Collection[int] = ()
    day: Day = Day.PROMISED
    days_from: datetime | None = None
    days_until: datetime | None = None
    typed: str = ""
    order_ids: Collection[int] = ()


@dataclass(frozen=True)
class ListedParcel:
    """One parcel as a list says it; what is None or empty is not known.

    ``zone`` names the time zone of its days, empty for the shop's.
    """

    id: int
    order_id: int
    shipment_number: str
    location_id: int | None
    carrier: str
    tracking_number: str
    status: CarrierStatus
    handed_over_at: datetime | None
    delivered_at: datetime | None
    zone: str
    promised: Window | None
    estimated: Window | None
    jeopardy: Jeopardy
    cause: Cause
    last_scan: ScanView | None


def page(
    reader: Reader,
    wanted: Wanted,
    *,
    sort: Sort = Sort.NEWEST,
    cursor: str = "",
    limit: int = 50,
) -> Page[ListedParcel]:
    """One page of the parcels that fit, in the order of ``sort``; two queries at most.

    Raises:
        Invalid: a cursor of another list, or of another order of this one.
    """
    moment, last = _position(cursor, sort)
    conditions = list(_conditions(wanted))
    by = _BY.get(sort)
    rows: list[Any] = []
    if by is None:
        if last is not None:
            conditions.append(Parcel.id < last)
        rows += reader.execute(_first(conditions, (Parcel.id.desc(),), limit + 1))
    else:
        if not cursor or moment is not None:
            timed = [*conditions, by.is_not(None)]
            if moment is not None:
                timed.append(tuple_(by, Parcel.id) > tuple_(moment, last))
            rows += reader.execute(_first(timed, (by.asc(), Parcel.id.asc()), limit + 1))
        if len(rows) <= limit:
            untimed = [*conditions, by.is_(None)]
            if moment is None and last is not None:
                untimed.append(Parcel.id > last)
            rest = limit + 1 - len(rows)
            rows += reader.execute(_first(untimed, (Parcel.id.asc(),), rest))
    return pages.cut(rows, limit, shown=_view, key=lambda row: _key(row, sort))


def open_counts(
    reader: Reader, *, among: Collection[int] = ()
) -> Mapping[tuple[CarrierStatus, Jeopardy], int]:
    """How many open parcels stand where, ``among`` these locations or all.

    Of very many, the ``MOST_COUNTED`` promised soonest are counted.
    """
    soonest = (
        select(Parcel.status, Parcel.jeopardy)
        .where(Parcel.status.not_in(FINAL))
        .order_by(Parcel.promised_until)
        .limit(MOST_COUNTED)
    )
    if among:
        soonest = soonest.join(Shipment, Shipment.id == Parcel.shipment_id).where(
            Shipment.location_id.in_(among)
        )
    counted = soonest.subquery()
    states = (counted.c.status, counted.c.jeopardy)
    rows = reader.execute(select(*states, func.count().label("parcels")).group_by(*states))
    return {(row.status, row.jeopardy): row.parcels for row in rows}


_BY: Final[Mapping[Sort, InstrumentedAttribute[datetime | None]]] = {
    Sort.PROMISED: Parcel.promised_until,
    Sort.EXPECTED: Parcel.estimated_until,
    Sort.QUIET: Parcel.status_at,
}
_WINDOWS: Final = {
    Day.PROMISED: (Parcel.promised_from, Parcel.promised_until),
    Day.EXPECTED: (Parcel.estimated_from, Parcel.estimated_until),
}
_MOMENTS: Final = {
    Day.HANDED_OVER: Parcel.handed_over_at,
    Day.DELIVERED: Parcel.delivered_at,
}


def _position(cursor: str, sort: Sort) -> tuple[datetime | None, int | None]:
    if not cursor:
        return None, None
    of, said, last = pages.read(cursor, str, str, int)
    try:
        moment = datetime.fromisoformat(str(said)) if said else None
    except ValueError:
        of = ""
        moment = None
    is_timed = moment is None or (sort in _BY and moment.tzinfo is not None)
    if of != sort or not is_timed:
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return moment, int(last)


def _key(row: Any, sort: Sort) -> list[int | str]:
    by = _BY.get(sort)
    moment = getattr(row, by.key) if by is not None else None
    return [str(sort), moment.isoformat() if moment else "", row.id]


def _first(
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """The first parcels that fit; the newest scan is looked for beside these alone."""
    ids = (
        select(Parcel.id)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .scalar_subquery()
    )
    newest = (
        select(
            Scan.status.label("scan_status"),
            Scan.occurred_at.label("scan_at"),
            Scan.place.label("scan_place"),
            Scan.reason.label("scan_reason"),
            Scan.carrier_words.label("scan_words"),
        )
        .where(Scan.parcel_id == Parcel.id, Scan.event_key.not_like(f"{ESTIMATE_ONLY}%"))
        .order_by(Scan.occurred_at.desc(), Scan.id.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(
            Parcel.id,
            Shipment.order_id,
            Shipment.number,
            Shipment.location_id,
            Parcel.carrier,
            Parcel.tracking_number,
            Parcel.status,
            Parcel.status_at,
            Parcel.handed_over_at,
            Parcel.delivered_at,
            Parcel.zone,
            Parcel.promised_from,
            Parcel.promised_until,
            Parcel.estimated_from,
            Parcel.estimated_until,
            Parcel.jeopardy,
            Parcel.cause,
            *newest.c,
        )
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .outerjoin(newest, true())
        .where(Parcel.id.in_(ids))
        .order_by(*order)
    )


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses:
        yield _statuses(frozenset(wanted.statuses))
    if wanted.jeopardies:
        yield Parcel.jeopardy.in_(wanted.jeopardies)
    if wanted.carrier:
        yield Parcel.carrier == wanted.carrier
    if wanted.location_ids:
        yield Shipment.location_id.in_(wanted.location_ids)
    if wanted.among:
        yield Shipment.location_id.in_(wanted.among)
    yield from _days(wanted)
    if wanted.typed.strip():
        yield Parcel.id.in_(_typed(wanted))


def _statuses(wanted: frozenset[CarrierStatus]) -> ColumnElement[bool]:
    """The states asked for; open parcels are few, and have an index."""
    among = Parcel.status.in_(wanted)
    if wanted == OPEN:
        return Parcel.status.not_in(FINAL)
    return and_(Parcel.status.not_in(FINAL), among) if wanted <= OPEN else among


def _days(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    moment = _MOMENTS.get(wanted.day)
    begins, ends = (moment, moment) if moment is not None else _WINDOWS[wanted.day]
    if wanted.days_from is not None:
        after = wanted.days_from
        yield ends >= after if moment is not None else ends > after
    if wanted.days_until is not None:
        yield begins < wanted.days_until


def _typed(wanted: Wanted) -> Select[tuple[int]]:
    """Ids of the parcels of one of these numbers: each way has its own index."""
    number = wanted.typed.strip()
    of = select(Parcel.id).join(Shipment, Shipment.id == Parcel.shipment_id)
    ways = [of.where(Shipment.number.in_({number, number.upper()}))]
    key = tracking_key(number)
    if key:
        ways.append(select(Parcel.id).where(Parcel.tracking_key == key))
    if wanted.order_ids:
        ways.append(of.where(Shipment.order_id.in_(wanted.order_ids)))
    found = union(*ways).subquery("found")
    return select(found.c.id)


def _view(row: Any) -> ListedParcel:
    scan = None
    if row.scan_status is not None:
        scan = ScanView(
            row.scan_status, row.scan_at, row.scan_place, row.scan_reason, row.scan_words
        )
    return ListedParcel(
        id=row.id,
        order_id=row.order_id,
        shipment_number=row.number,
        location_id=row.location_id,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        status=row.status,
        handed_over_at=row.handed_over_at,
        delivered_at=row.delivered_at,
        zone=row.zone,
        promised=Window.between(row.promised_from, row.promised_until),
        estimated=Window.between(row.estimated_from, row.estimated_until),
        jeopardy=row.jeopardy,
        cause=row.cause,
        last_scan=scan,
    )
