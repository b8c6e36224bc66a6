"""What shipping keeps of people: carriers' words, which may name them, and the raw bodies."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from oms_service.infra import inbound
from oms_service.infra.privacy import Moved, Person, listing, shown
from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.models import Parcel, Scan, Shipment


def waiting(session: Session, person: Person) -> Sequence[str]:
    if inbound.is_unread(session, _numbers(session, person)):
        return ["a carrier's message about a parcel is being read; try again in a minute"]
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    parcels = _parcels(person).subquery()
    sent = select(*shown(Parcel, "tracking_key")).where(Parcel.id.in_(select(parcels.c.id)))
    said = (
        select(Parcel.tracking_number.label("parcel"), *shown(Scan, "event_key"))
        .join(Parcel, Parcel.id == Scan.parcel_id)
        .where(Parcel.id.in_(select(parcels.c.id)))
        .order_by(Parcel.id, Scan.occurred_at, Scan.id)
    )
    return {
        "parcels": listing(session, sent.order_by(Parcel.id)),
        "scans": listing(session, said),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Statuses and times stay; places and words go, and the bodies they were read from."""
    session = uow.session
    of_person = Scan.parcel_id.in_(_parcels(person))
    read_from = session.scalars(
        select(Scan.inbound_id).where(of_person, Scan.inbound_id.is_not(None)).distinct()
    )
    bodies = [one for one in read_from if one is not None]
    inbound.empty(uow, bodies, naming=_numbers(session, person))
    session.execute(
        update(Scan)
        .where(of_person)
        .values(place="", carrier_words="")
        .execution_options(synchronize_session=False)
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's signature
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved: parcels go where their orders go."""


def _parcels(person: Person) -> Select[int]:
    return (
        select(Parcel.id)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Shipment.order_id.in_(person.order_ids))
    )


def _numbers(session: Session, person: Person) -> list[str]:
    query = select(Parcel.tracking_number).where(Parcel.id.in_(_parcels(person)))
    return sorted(set(session.scalars(query)))
