"""What parcels add to an order's past."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.ports.carrier import ESTIMATE_ONLY
from oms_service.ports.timeline import Entry, Subject
from oms_service.shipping.models import Parcel, Promise, Scan, Shipment, Telling

#: Natural places of facts without a time, among those of other packages.
HANDED_OVER, SCANNED, PROMISED, TOLD = 50, 60, 65, 66


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Handing over, scans, promises and what was told of them; four queries."""
    if not subject.order_ids:
        return ()
    return [
        *_handed_over(session, subject),
        *_scans(session, subject),
        *_promises(session, subject),
        *_tellings(session, subject),
    ]


def _handed_over(session: Session, subject: Subject) -> list[Entry]:
    query = (
        select(Parcel, Shipment.order_id)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Shipment.order_id.in_(subject.order_ids))
        .order_by(Parcel.id)
    )
    return [
        Entry(
            kind="parcel.handed_over",
            at=parcel.handed_over_at,
            actor=SYSTEM.ref,
            channel="shipping",
            order_id=order_id,
            facts={"carrier": parcel.carrier, "tracking_number": parcel.tracking_number},
            rank=HANDED_OVER,
        )
        for parcel, order_id in session.execute(query)
    ]


def _scans(session: Session, subject: Subject) -> list[Entry]:
    query = (
        select(Scan, Parcel.carrier, Parcel.tracking_number, Shipment.order_id)
        .join(Parcel, Parcel.id == Scan.parcel_id)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(
            Shipment.order_id.in_(subject.order_ids),
            Scan.event_key.not_like(f"{ESTIMATE_ONLY}%"),
        )
        .order_by(Scan.occurred_at, Scan.id)
    )
    return [
        Entry(
            kind="parcel.scanned",
            at=scan.occurred_at,
            actor=Actor(ActorKind.CARRIER, carrier).ref,
            channel="shipping",
            order_id=order_id,
            facts={
                "carrier": carrier,
                "tracking_number": tracking_number,
                "status": str(scan.status),
                "place": scan.place,
                "reason": scan.reason,
            },
            rank=SCANNED,
        )
        for scan, carrier, tracking_number, order_id in session.execute(query)
    ]


def _promises(session: Session, subject: Subject) -> list[Entry]:
    query = (
        select(Promise)
        .where(Promise.order_id.in_(subject.order_ids))
        .order_by(Promise.said_at, Promise.id)
    )
    return [
        Entry(
            kind="parcel.promised",
            at=promise.said_at,
            actor=SYSTEM.ref,
            channel="shipping",
            order_id=promise.order_id,
            facts={
                "from": promise.window_from.isoformat(),
                "until": promise.window_until.isoformat(),
                "reason": promise.reason,
            },
            rank=PROMISED,
        )
        for promise in session.scalars(query)
    ]


def _tellings(session: Session, subject: Subject) -> list[Entry]:
    """For colleagues alone: the customer knows what they were told, and where."""
    query = (
        select(Telling)
        .where(Telling.order_id.in_(subject.order_ids))
        .order_by(Telling.said_at, Telling.id)
    )
    return [
        Entry(
            kind="parcel.told",
            at=at,
            actor=SYSTEM.ref,
            channel=telling.channel,
            order_id=telling.order_id,
            facts={
                "from": telling.window_from.isoformat(),
                "until": telling.window_until.isoformat(),
                "reason": telling.reason,
            },
            is_public=False,
            rank=TOLD,
        )
        for telling in session.scalars(query)
        for at in (telling.said_at, telling.again_at)
        if at is not None
    ]
