"""What parcels add to an order's past."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra.hot import among, named
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
    return [
        Entry(
            kind="parcel.handed_over",
            at=parcel.handed_over_at,
            actor=SYSTEM.ref,
            channel="shipping",
            order_id=parcel.order_id,
            facts={"carrier": parcel.carrier, "tracking_number": parcel.tracking_number},
            rank=HANDED_OVER,
        )
        for parcel in _HANDED_OVER.all(session, order_ids=list(subject.order_ids))
    ]


def _scans(session: Session, subject: Subject) -> list[Entry]:
    return [
        Entry(
            kind="parcel.scanned",
            at=scan.occurred_at,
            actor=Actor(ActorKind.CARRIER, scan.carrier).ref,
            channel="shipping",
            order_id=scan.order_id,
            facts={
                "carrier": scan.carrier,
                "tracking_number": scan.tracking_number,
                "status": str(scan.status),
                "place": scan.place,
                "reason": scan.reason,
            },
            rank=SCANNED,
        )
        for scan in _SCANS.all(session, order_ids=list(subject.order_ids))
    ]


def _promises(session: Session, subject: Subject) -> list[Entry]:
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
        for promise in _PROMISES.all(session, order_ids=list(subject.order_ids))
    ]


def _tellings(session: Session, subject: Subject) -> list[Entry]:
    """For colleagues alone: the customer knows what they were told, and where."""
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
        for telling in _TELLINGS.all(session, order_ids=list(subject.order_ids))
        for at in (telling.said_at, telling.again_at)
        if at is not None
    ]


_HANDED_OVER: Final = named(
    select(Parcel.handed_over_at, Parcel.carrier, Parcel.tracking_number, Shipment.order_id)
    .join(Shipment, Shipment.id == Parcel.shipment_id)
    .where(Shipment.order_id == among("order_ids"))
    .order_by(Parcel.id)
)
_SCANS: Final = named(
    select(
        Scan.occurred_at,
        Scan.status,
        Scan.place,
        Scan.reason,
        Parcel.carrier,
        Parcel.tracking_number,
        Shipment.order_id,
    )
    .join(Parcel, Parcel.id == Scan.parcel_id)
    .join(Shipment, Shipment.id == Parcel.shipment_id)
    .where(Shipment.order_id == among("order_ids"), Scan.event_key.not_like(f"{ESTIMATE_ONLY}%"))
    .order_by(Scan.occurred_at, Scan.id)
)
_PROMISES: Final = named(
    select(
        Promise.order_id,
        Promise.said_at,
        Promise.window_from,
        Promise.window_until,
        Promise.reason,
    )
    .where(Promise.order_id == among("order_ids"))
    .order_by(Promise.said_at, Promise.id)
)
_TELLINGS: Final = named(
    select(
        Telling.order_id,
        Telling.channel,
        Telling.said_at,
        Telling.again_at,
        Telling.window_from,
        Telling.window_until,
        Telling.reason,
    )
    .where(Telling.order_id == among("order_ids"))
    .order_by(Telling.said_at, Telling.id)
)
