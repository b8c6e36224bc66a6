"""Writing what comes back: parcels as announced and scanned, receipts as booked in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.kernel.text import order_key
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns.models import Receipt, ReceiptUnits, ReturnLine, ReturnParcel
from oms_service.returns.states import Disposition, Finding, ParcelState

#: What a carrier's words mean for a parcel that comes to us.
_MEANS: Final = {
    CarrierStatus.IN_TRANSIT: ParcelState.IN_TRANSIT,
    CarrierStatus.OUT_FOR_DELIVERY: ParcelState.IN_TRANSIT,
    CarrierStatus.ATTEMPTED: ParcelState.IN_TRANSIT,
    CarrierStatus.AVAILABLE_FOR_PICKUP: ParcelState.IN_TRANSIT,
    CarrierStatus.DELAYED: ParcelState.IN_TRANSIT,
    CarrierStatus.CUSTOMS_HOLD: ParcelState.IN_TRANSIT,
    CarrierStatus.DELIVERED: ParcelState.ARRIVED,
}
_ORDER: Final = tuple(ParcelState)


class TrackingNumberTaken(DomainError):
    """Another return has that parcel."""

    code: ClassVar[str] = "tracking-number-taken"


@dataclass(frozen=True, kw_only=True)
class NewUnits:
    """Units that came; ``order_line_id`` where they were announced."""

    variant_id: int
    quantity: int
    finding: Finding
    disposition: Disposition
    order_line_id: int | None = None


@dataclass(frozen=True)
class Known:
    """A parcel we wait for."""

    id: int
    return_id: int


def announce(uow: UnitOfWork, return_id: int, *, carrier: str, tracking_number: str) -> int:
    """Expect a parcel; announced again, it is the same. Its order must be held.

    Raises:
        TrackingNumberTaken: it is another return's.
    """
    key = order_key(tracking_number)
    uow.session.execute(
        insert(ReturnParcel)
        .values(
            return_id=return_id,
            carrier=carrier,
            tracking_number=tracking_number,
            tracking_key=key,
            state=ParcelState.ANNOUNCED,
            announced_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["carrier", "tracking_key"])
    )
    row = uow.session.execute(
        select(ReturnParcel.id, ReturnParcel.return_id).where(
            ReturnParcel.carrier == carrier, ReturnParcel.tracking_key == key
        )
    ).one()
    if row.return_id != return_id:
        raise TrackingNumberTaken("this parcel was announced for another return")
    return int(row.id)


def known_among(
    uow: UnitOfWork, numbers: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Known]:
    """The parcels we wait for among (carrier, tracking number), by what was asked; one query."""
    keys = {(carrier, number): order_key(number) for carrier, number in numbers}
    query = select(
        ReturnParcel.id,
        ReturnParcel.return_id,
        ReturnParcel.carrier,
        ReturnParcel.tracking_key,
    ).where(ReturnParcel.tracking_key.in_(sorted(set(keys.values()))))
    found = {
        (row.carrier, row.tracking_key): Known(row.id, row.return_id)
        for row in uow.session.execute(query)
    }
    return {
        (carrier, number): found[carrier, key]
        for (carrier, number), key in keys.items()
        if (carrier, key) in found
    }


def scan(uow: UnitOfWork, parcel_id: int, status: CarrierStatus, *, at: datetime) -> bool:
    """Take in a carrier's word; True when it moved the parcel on. Its order must be held.

    Scans come twice and in any order: a parcel never goes back.
    """
    row = locks.one(uow.session, ReturnParcel, parcel_id)
    if row.scanned_at is None or at > row.scanned_at:
        row.scanned_at = at
    means = _MEANS.get(status)
    if means is None or _ORDER.index(means) <= _ORDER.index(row.state):
        return False
    row.state = means
    uow.session.flush()
    return True


def book_in(
    uow: UnitOfWork,
    return_id: int,
    units: Sequence[NewUnits],
    *,
    location_id: int,
    parcel_id: int | None,
    key: str,
) -> int | None:
    """A receipt, once for each key; its id, or None when it was written before."""
    receipt_id: int | None = uow.session.scalar(
        insert(Receipt)
        .values(
            return_id=return_id,
            location_id=location_id,
            parcel_id=parcel_id,
            received_by=uow.actor.ref,
            received_at=uow.now,
            key=key,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Receipt.id)
    )
    if receipt_id is None:
        return None
    lines = {
        row.order_line_id: row.id
        for row in uow.session.execute(
            select(ReturnLine.order_line_id, ReturnLine.id).where(ReturnLine.return_id == return_id)
        )
    }
    uow.session.add_all(
        ReceiptUnits(
            receipt_id=receipt_id,
            return_line_id=lines[one.order_line_id] if one.order_line_id is not None else None,
            variant_id=one.variant_id,
            quantity=one.quantity,
            finding=one.finding,
            disposition=one.disposition,
        )
        for one in units
    )
    if parcel_id is not None:
        locks.one(uow.session, ReturnParcel, parcel_id).state = ParcelState.RECEIVED
    uow.session.flush()
    return receipt_id


def is_booked_in(uow: UnitOfWork, key: str) -> bool:
    """Whether a receipt was written under this key."""
    return uow.session.scalar(select(Receipt.id).where(Receipt.key == key)) is not None
