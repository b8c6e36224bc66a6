"""A parcel with all that decisions about it need, read in four queries for any number."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from oms_service.shipping import lanes
from oms_service.shipping.arrivals.queries import current
from oms_service.shipping.calendars.queries import calendars
from oms_service.shipping.eta import Known, Sent
from oms_service.shipping.heard import heard
from oms_service.shipping.lanes import Lane
from oms_service.shipping.models import LeadTime, Parcel, Promise, Scan, Shipment
from oms_service.shipping.standing import Said, in_order
from oms_service.shipping.windows import Window

#: A reason the carrier gave explains a slip for so long.
REASON_KEPT: Final = timedelta(days=3)
#: Why a promise is made that no delay brought.
_FIRM: Final = frozenset({"placed", "date_known", "sent_again", "handed_over", "recovered"})

Road = tuple[str, str, str]
"""Carrier, origin, destination."""


@dataclass(frozen=True)
class Entry:
    """One parcel, its order, its road, every scan, and what the customer was told last.

    ``put_off_at`` is when they were told so where that was another delay.
    """

    parcel: Parcel
    order_id: int
    sent: Sent
    said: tuple[Said, ...]
    told: Window | None
    put_off_at: datetime | None = None

    def is_silent_since_put_off(self) -> bool:
        """Whether a delay was told last, and its carrier has said nothing since."""
        at = self.put_off_at
        return at is not None and all(one.occurred_at <= at for one in self.said)

    def cause(self, now: datetime) -> str:
        """The newest reason a carrier gave, while it is fresh; empty when there is none."""
        given = [
            one.reason
            for one in in_order(self.said)
            if one.reason and now - one.occurred_at <= REASON_KEPT
        ]
        return given[-1] if given else ""


def entries_of(session: Session, parcel_ids: Sequence[int]) -> list[Entry]:
    """The entries of parcels this transaction has locked or made, by id."""
    session.flush()
    query = (
        select(Parcel, Shipment)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.id.in_(parcel_ids))
        .order_by(Parcel.id)
        .execution_options(populate_existing=True)
    )
    rows = [(parcel, shipment) for parcel, shipment in session.execute(query)]
    said = heard(session, Scan.parcel_id.in_(parcel_ids))
    told = _told(session, parcel_ids)
    roads = _roads(session, [(parcel.carrier, shipment) for parcel, shipment in rows])
    return [
        Entry(
            parcel,
            shipment.order_id,
            _sent(parcel, shipment, roads),
            tuple(said.get(parcel.id, ())),
            *told.get(parcel.id, (None, None)),
        )
        for parcel, shipment in rows
    ]


def _sent(parcel: Parcel, shipment: Shipment, roads: Mapping[Road, Lane | None]) -> Sent:
    return Sent(
        handed_over_at=parcel.handed_over_at,
        lane=roads[parcel.carrier, shipment.origin_region, shipment.destination_region],
        origin_region=shipment.origin_region,
        destination_region=shipment.destination_region,
        carrier=parcel.carrier,
        service=parcel.service,
        extra_days=parcel.extra_days,
        wished=Window.between(parcel.wished_from, parcel.wished_until),
    )


def _told(session: Session, parcel_ids: Sequence[int]) -> dict[int, tuple[Window, datetime | None]]:
    query = (
        select(
            Promise.parcel_id,
            Promise.window_from,
            Promise.window_until,
            Promise.said_at,
            Promise.reason,
        )
        .where(Promise.parcel_id.in_(parcel_ids))
        .ext(distinct_on(Promise.parcel_id))
        .order_by(Promise.parcel_id, Promise.id.desc())
    )
    return {
        row.parcel_id: (
            Window(row.window_from, row.window_until),
            None if row.reason in _FIRM else row.said_at,
        )
        for row in session.execute(query)
        if row.parcel_id
    }


def _roads(session: Session, wanted: Sequence[tuple[str, Shipment]]) -> dict[Road, Lane | None]:
    """The lane of each (carrier, origin, destination): as configured, else the usual one."""
    return lanes_of(session, {(c, s.origin_region, s.destination_region) for c, s in wanted})


def known(session: Session, zone: ZoneInfo) -> Known:
    """What estimates are made of apart from the parcel, as it holds now."""
    return Known(zone, calendars(session, zone), current(session))


def lanes_of(session: Session, roads: Collection[Road]) -> dict[Road, Lane | None]:
    """The lane of each (carrier, origin, destination); one query."""
    if not roads:
        return {}
    query = select(LeadTime).where(
        LeadTime.carrier.in_({"", *(road[0] for road in roads)}),
        or_(
            LeadTime.destination_region == "",
            LeadTime.destination_region.in_({road[2] for road in roads}),
        ),
    )
    rows = session.scalars(query).all()
    return {road: _configured(road, rows) or lanes.usual(road[1], road[2]) for road in roads}


def _configured(road: Road, rows: Sequence[LeadTime]) -> Lane | None:
    """The row that names most of the road; the destination weighs most, the carrier least."""

    def named(row: LeadTime) -> tuple[bool, bool, bool]:
        return bool(row.destination_region), bool(row.origin_region), bool(row.carrier)

    fitting = [
        row
        for row in rows
        if row.carrier in {"", road[0]}
        and row.origin_region in {"", road[1]}
        and row.destination_region in {"", road[2]}
    ]
    best = max(fitting, key=named, default=None)
    return Lane(best.usual_days, best.late_days) if best else None
