"""Parcels as they travelled, for learning: read in pages, in a number of queries that is fixed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from oms_service.shipping.arrivals.journeys import Road
from oms_service.shipping.arrivals.queries import Reader
from oms_service.shipping.heard import heard
from oms_service.shipping.models import Parcel, Scan, Shipment
from oms_service.shipping.standing import Said


@dataclass(frozen=True, slots=True)
class Travelled:
    """One parcel that was handed over; ``delivered_at`` is None while it has not arrived."""

    parcel_id: int
    order_id: int
    location_id: int | None
    road: Road
    handed_over_at: datetime
    delivered_at: datetime | None
    promised_until: datetime | None
    heard: tuple[Said, ...]


def start(reader: Reader, *, since: datetime, most: int) -> int:
    """The id after which the newest ``most`` parcels begin, of those handed over ``since``."""
    query = _handed_over(since).order_by(Parcel.id.desc()).offset(most).limit(1)
    return reader.execute(query).scalar() or 0


def page(reader: Reader, *, since: datetime, after_id: int, limit: int) -> tuple[Travelled, ...]:
    """The next parcels by id, of those handed over ``since``, with all their scans."""
    columns = (
        Parcel.carrier,
        Parcel.service,
        Parcel.handed_over_at,
        Parcel.delivered_at,
        Parcel.promised_until,
        Shipment.order_id,
        Shipment.location_id,
        Shipment.origin_region,
        Shipment.destination_region,
    )
    query = (
        _handed_over(since)
        .add_columns(*columns)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.id > after_id)
        .order_by(Parcel.id)
        .limit(limit)
    )
    rows = reader.execute(query).all()
    if not rows:
        return ()
    said = heard(reader, Scan.parcel_id.between(rows[0].id, rows[-1].id))
    return tuple(
        Travelled(
            row.id,
            row.order_id,
            row.location_id,
            Road(row.origin_region, row.destination_region, row.carrier, row.service),
            row.handed_over_at,
            row.delivered_at,
            row.promised_until,
            tuple(said.get(row.id, ())),
        )
        for row in rows
    )


def _handed_over(since: datetime) -> Select[int]:
    return select(Parcel.id).where(Parcel.handed_over_at >= since)
