"""Writing boxes: their rows and states. ``dispatch.packing`` decides; the order must be held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.ids import readable_code
from oms_service.orders import service as orders
from oms_service.shipping.numbers import tracking_key
from oms_service.warehouse import queries
from oms_service.warehouse.events import (
    BoxHandedOver,
    BoxLabelled,
    BoxPacked,
    BoxUnpacked,
    ManifestClosed,
)
from oms_service.warehouse.models import Manifest, PackedBoxLine
from oms_service.warehouse.models import PackedBox as PackedBoxRow
from oms_service.warehouse.queries import ManifestView, PackedBox
from oms_service.warehouse.states import BOX, BoxAction, BoxState, ServiceReason, WeightReason

#: As the column holds it.
_LONGEST_NUMBER = 60


class NumberInUse(DomainError):
    """Another box of that carrier has this tracking number."""

    code = "tracking-number-taken"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A closed box as it stands on the scales, and who shall carry it."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    carrier: str
    service: str
    expected_weight_g: int | None = None
    weight_reason: WeightReason | None = None
    service_reason: ServiceReason | None = None
    choice: Mapping[str, Any] = field(default_factory=dict, hash=False)


def open_box(uow: UnitOfWork, fulfilment: queries.Fulfilment, *, box_code: str) -> PackedBox:
    """An empty box to pack into; the one that is open already, if there is one."""
    row = uow.session.scalar(
        select(PackedBoxRow).where(
            PackedBoxRow.fulfilment_id == fulfilment.id, PackedBoxRow.state == BoxState.OPEN
        )
    )
    if row is None:
        row = PackedBoxRow(
            number=f"B-{readable_code(8)}",
            order_id=fulfilment.order_id,
            location_id=fulfilment.location_id,
            fulfilment_id=fulfilment.id,
            state=BoxState.OPEN,
            opened_at=uow.now,
            choice={},
        )
        uow.session.add(row)
    row.box_code = box_code
    uow.session.flush()
    return queries.box(uow.session, row.id)


def set_units(uow: UnitOfWork, box_id: int, units: Mapping[int, int]) -> PackedBox:
    """What is in an open box from now on: quantity by order line."""
    row = held(uow, box_id)
    uow.session.execute(delete(PackedBoxLine).where(PackedBoxLine.box_id == box_id))
    uow.session.add_all(
        PackedBoxLine(box_id=box_id, order_line_id=line_id, quantity=quantity)
        for line_id, quantity in sorted(units.items())
        if quantity
    )
    row.version += 1
    uow.session.flush()
    return queries.box(uow.session, box_id)


def close(uow: UnitOfWork, box_id: int, measured: Measured) -> PackedBox:
    """The box is closed and weighed."""
    row = held(uow, box_id)
    row.state = BOX.after(row.state, BoxAction.CLOSE)
    row.weight_g, row.expected_weight_g = measured.weight_g, measured.expected_weight_g
    row.weight_reason, row.service_reason = measured.weight_reason, measured.service_reason
    row.length_mm, row.width_mm = measured.length_mm, measured.width_mm
    row.height_mm = measured.height_mm
    row.carrier, row.service = measured.carrier, measured.service
    row.choice = dict(measured.choice)
    row.packed_at, row.packed_by = uow.now, uow.actor.ref
    row.version += 1
    uow.session.flush()
    uow.emit(
        BoxPacked(
            order_id=row.order_id,
            box_id=row.id,
            location_id=row.location_id,
            carrier=row.carrier,
            service=row.service,
        )
    )
    return queries.box(uow.session, box_id)


def give_tracking(
    uow: UnitOfWork, box_id: int, *, carrier: str, tracking_number: str, service: str | None = None
) -> PackedBox:
    """The box has a label; given again with the same number, nothing changes.

    Holds the order first. A box that has a label already may get another until it is handed over.

    Raises:
        NotFound: no such box.
        Invalid: no carrier or number, or one too long.
        IllegalTransition: the box is open, unpacked or gone.
        NumberInUse: another box of that carrier has this number.
    """
    number, key = tracking_number.strip(), tracking_key(tracking_number)
    if not key or len(number) > _LONGEST_NUMBER or "\0" in number:
        raise Invalid("that is no tracking number", {"tracking_number": "is missing or too long"})
    if not carrier or len(carrier) > _LONGEST_NUMBER or "\0" in carrier:
        raise Invalid("a label has a carrier", {"carrier": "is missing or too long"})
    orders.hold_against_others(uow, queries.box(uow.session, box_id).order_id)
    row = held(uow, box_id)
    if (row.carrier, row.tracking_key) == (carrier, key) and row.state is not BoxState.UNPACKED:
        return queries.box(uow.session, box_id)
    labelled = BOX.after(row.state, BoxAction.LABEL)
    locks.a_name(uow.session, f"tracking {carrier} {key}")
    taken = uow.session.scalar(
        select(PackedBoxRow.id).where(
            PackedBoxRow.carrier == carrier,
            PackedBoxRow.tracking_key == key,
            PackedBoxRow.state != BoxState.UNPACKED,
            PackedBoxRow.id != box_id,
        )
    )
    if taken is not None:
        raise NumberInUse("another box has that tracking number")
    row.state = labelled
    row.carrier, row.tracking_number, row.tracking_key = carrier, number, key
    if service is not None:
        row.service = service
    row.labelled_at = uow.now
    row.version += 1
    uow.session.flush()
    uow.emit(BoxLabelled(order_id=row.order_id, box_id=row.id, carrier=carrier))
    uow.touch(f"order:{row.order_id}")
    return queries.box(uow.session, box_id)


def unpack(uow: UnitOfWork, box_id: int) -> PackedBox:
    """The box is opened again, and what was in it counts as picked."""
    row = held(uow, box_id)
    was = row.state
    row.state = BOX.after(was, BoxAction.UNPACK)
    row.version += 1
    uow.session.flush()
    if was is not BoxState.OPEN:
        uow.emit(
            BoxUnpacked(
                order_id=row.order_id,
                box_id=row.id,
                carrier=row.carrier,
                was_labelled=was is BoxState.LABELLED,
            )
        )
    return queries.box(uow.session, box_id)


def leave(uow: UnitOfWork, box_id: int, *, parcel_id: int, day: date) -> PackedBox:
    """The carrier has the box; it stands on the manifest that is open for this carrier."""
    row = held(uow, box_id)
    gone = BOX.after(row.state, BoxAction.HAND_OVER)
    row.manifest_id = _open_manifest(uow, row.location_id, row.carrier, day)
    row.state, row.parcel_id, row.handed_over_at = gone, parcel_id, uow.now
    row.version += 1
    uow.session.flush()
    uow.emit(
        BoxHandedOver(
            order_id=row.order_id,
            box_id=row.id,
            parcel_id=parcel_id,
            manifest_id=row.manifest_id,
            carrier=row.carrier,
        )
    )
    return queries.box(uow.session, box_id)


def close_manifest(uow: UnitOfWork, manifest_id: int) -> ManifestView:
    """The driver has gone. Closed again, it stays as it was.

    Raises:
        NotFound: no such manifest.
    """
    row = locks.one(uow.session, Manifest, manifest_id)
    view = queries.manifest(uow.session, manifest_id)
    if row.closed_at is not None:
        return view
    row.closed_at, row.closed_by = uow.now, uow.actor.ref
    uow.session.flush()
    uow.emit(
        ManifestClosed(
            manifest_id=row.id, location_id=row.location_id, carrier=row.carrier, boxes=view.boxes
        )
    )
    return queries.manifest(uow.session, manifest_id)


def held(uow: UnitOfWork, box_id: int, *, version: int | None = None) -> PackedBoxRow:
    """The box's row, locked.

    Raises:
        NotFound: no such box.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, PackedBoxRow, box_id)
    if version is not None and row.version != version:
        raise Stale("this box changed since you opened it")
    return row


def _open_manifest(uow: UnitOfWork, location_id: int, carrier: str, day: date) -> int:
    """The id of the open manifest of a carrier's day, kept open until this transaction ends."""
    query = select(Manifest.id).where(
        Manifest.location_id == location_id,
        Manifest.carrier == carrier,
        Manifest.day == day,
        Manifest.closed_at.is_(None),
    )
    # Whoever waits for one that is being closed finds none afterwards, and opens the next.
    while (found := uow.session.scalar(query.with_for_update(read=True))) is None:
        uow.session.execute(
            insert(Manifest)
            .values(
                number=f"M-{readable_code(8)}",
                location_id=location_id,
                carrier=carrier,
                day=day,
                opened_at=uow.now,
            )
            .on_conflict_do_nothing()
        )
    return found
