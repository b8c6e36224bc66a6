"""Ordering goods from suppliers, and booking in what they bring: short, over, damaged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from oms_service.infra import locks
from oms_service.infra.idempotency import KeyReused
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, service
from oms_service.inventory.events import (
    PurchaseEnded,
    PurchaseOrdered,
    PurchaseRescheduled,
    StockReceived,
)
from oms_service.inventory.models import PurchaseLine, PurchaseOrder, Receipt, ReceiptLine
from oms_service.inventory.papers import PurchaseView
from oms_service.inventory.policy import MOST_MOVED
from oms_service.inventory.service import Move, Why
from oms_service.inventory.states import PURCHASE, MovementKind, PurchaseAction, PurchaseState
from oms_service.inventory.writing import (
    check_known,
    check_location,
    check_units,
    check_version,
)
from oms_service.kernel.errors import Invalid
from oms_service.kernel.ids import readable_code

#: No supplier is asked for goods in a year after next.
_FARTHEST: Final = timedelta(days=730)


@dataclass(frozen=True, kw_only=True)
class NewPurchase:
    """Goods to order: units by variant. Ordered again with the same ``key``, it is one order."""

    supplier: str
    reference: str = ""
    location_id: int
    expected_on: date
    units: Mapping[int, int]
    key: str


@dataclass(frozen=True, kw_only=True)
class Came:
    """How many units of a variant arrived: sound, and damaged."""

    received: int
    damaged: int = 0


def order(uow: UnitOfWork, new: NewPurchase) -> PurchaseView:
    """Order goods; they are incoming from now on.

    Raises:
        Invalid: no supplier, a day that has passed, no lines, odd quantities, a closed location.
    """
    locks.a_name(uow.session, f"purchase {new.key}")
    known = uow.session.scalar(select(PurchaseOrder.id).where(PurchaseOrder.key == new.key))
    if known is not None:
        return papers.purchase_by_id(uow.session, known)
    if not new.supplier.strip():
        raise Invalid("a purchase order needs a supplier", {"supplier": "is missing"})
    check_units(new.units)
    check_location(uow, new.location_id)
    _check_day(uow, new.expected_on)
    row = PurchaseOrder(
        number=f"PO-{readable_code(8)}",
        supplier=new.supplier.strip(),
        reference=new.reference.strip(),
        location_id=new.location_id,
        state=PurchaseState.ORDERED,
        expected_on=new.expected_on,
        ordered_by=uow.actor.ref,
        ordered_at=uow.now,
        end_reason="",
        version=1,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        PurchaseLine(purchase_id=row.id, variant_id=variant_id, ordered=quantity)
        for variant_id, quantity in new.units.items()
    )
    uow.session.flush()
    _move(uow, row, {MovementKind.EXPECTED: new.units}, "ordered")
    uow.emit(
        PurchaseOrdered(
            purchase_id=row.id,
            location_id=row.location_id,
            expected_on=row.expected_on.isoformat(),
        )
    )
    return papers.purchase_by_id(uow.session, row.id)


def receive(
    uow: UnitOfWork,
    purchase_id: int,
    came: Mapping[int, Came],
    *,
    key: str,
    delivery_note: str = "",
    version: int | None = None,
) -> PurchaseView:
    """Book in a delivery, by variant: sound units can be sold, damaged ones are set apart.

    More than was ordered may come, and less: what lacks stays incoming until it comes or the
    order is ended. The same ``key`` books in nothing more.

    Raises:
        NotFound: no such purchase order.
        Invalid: nothing came, or of a variant that was not ordered.
        IllegalTransition: nothing is expected of it any more.
        Stale: it changed since it was read.
        KeyReused: the key belongs to another purchase order.
    """
    row = locks.one(uow.session, PurchaseOrder, purchase_id)
    known = uow.session.scalar(select(Receipt.purchase_id).where(Receipt.key == key))
    if known is not None:
        if known != row.id:
            raise KeyReused("this key was used with another delivery")
        return papers.purchase_by_id(uow.session, row.id)
    PURCHASE.after(row.state, PurchaseAction.RECEIVE)
    check_version(row, version)
    lines = _lines(uow, row)
    _check_came(came, lines)
    receipt = Receipt(
        number=f"RC-{readable_code(8)}",
        purchase_id=row.id,
        delivery_note=delivery_note.strip(),
        received_by=uow.actor.ref,
        received_at=uow.now,
        key=key,
    )
    uow.session.add(receipt)
    uow.session.flush()
    _count_in(uow, row, receipt, lines, came)
    is_complete = all(_outstanding(line) == 0 for line in lines.values())
    action = PurchaseAction.COMPLETE if is_complete else PurchaseAction.RECEIVE
    _turn(uow, row, action)
    uow.emit(
        StockReceived(
            purchase_id=row.id,
            receipt_id=receipt.id,
            location_id=row.location_id,
            units=sum(one.received for one in came.values()),
            damaged_units=sum(one.damaged for one in came.values()),
            is_complete=is_complete,
        )
    )
    return papers.purchase_by_id(uow.session, row.id)


def reschedule(
    uow: UnitOfWork, purchase_id: int, expected_on: date, *, version: int | None = None
) -> PurchaseView:
    """Expect the goods on another day; the same day again changes nothing.

    Raises:
        NotFound: no such purchase order.
        Invalid: a day that has passed.
        IllegalTransition: nothing is expected of it any more.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, PurchaseOrder, purchase_id)
    PURCHASE.after(row.state, PurchaseAction.RESCHEDULE)
    check_version(row, version)
    _check_day(uow, expected_on)
    old = row.expected_on
    if expected_on != old:
        row.expected_on = expected_on
        _turn(uow, row, PurchaseAction.RESCHEDULE)
        uow.emit(
            PurchaseRescheduled(
                purchase_id=row.id,
                location_id=row.location_id,
                old_expected_on=old.isoformat(),
                expected_on=expected_on.isoformat(),
            )
        )
    return papers.purchase_by_id(uow.session, row.id)


def end(
    uow: UnitOfWork, purchase_id: int, *, reason: str, version: int | None = None
) -> PurchaseView:
    """Expect no more of it: cancelled where nothing had come, closed where some had.

    Raises:
        NotFound: no such purchase order.
        Invalid: not one of the shop's reasons.
        IllegalTransition: it is over already.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, PurchaseOrder, purchase_id)
    has_come = row.state is PurchaseState.PARTLY_RECEIVED
    action = PurchaseAction.CLOSE if has_come else PurchaseAction.CANCEL
    PURCHASE.after(row.state, action)
    check_version(row, version)
    papers.check_reason(uow.session, reason)
    lines = _lines(uow, row)
    missing = {variant_id: _outstanding(line) for variant_id, line in lines.items()}
    for variant_id, line in lines.items():
        line.called_off = missing[variant_id]
    row.end_reason = reason
    _turn(uow, row, action)
    _move(uow, row, {MovementKind.NO_LONGER_EXPECTED: missing}, "ended", reason=reason)
    uow.emit(
        PurchaseEnded(
            purchase_id=row.id,
            state=row.state,
            missing_units=sum(missing.values()),
            reason=reason,
        )
    )
    return papers.purchase_by_id(uow.session, row.id)


def _check_day(uow: UnitOfWork, expected_on: date) -> None:
    """Yesterday is allowed: it may still be today where the goods go."""
    today = uow.now.date()
    if not today - timedelta(days=1) <= expected_on <= today + _FARTHEST:
        raise Invalid(
            "goods are expected in the future",
            {"expected_on": "has passed, or is more than two years away"},
        )


def _check_came(came: Mapping[int, Came], lines: Mapping[int, PurchaseLine]) -> None:
    check_known(came, lines)
    check_units({variant_id: one.received + one.damaged for variant_id, one in came.items()})
    if any(min(one.received, one.damaged) < 0 for one in came.values()):
        raise Invalid("some quantities are wrong", {"quantity": f"must be 0 to {MOST_MOVED}"})


def _lines(uow: UnitOfWork, row: PurchaseOrder) -> dict[int, PurchaseLine]:
    found = uow.session.scalars(
        select(PurchaseLine)
        .where(PurchaseLine.purchase_id == row.id)
        .order_by(PurchaseLine.id)
        .execution_options(populate_existing=True)
    )
    return {line.variant_id: line for line in found}


def _outstanding(line: PurchaseLine) -> int:
    return max(0, line.ordered - line.received - line.damaged - line.called_off)


def _count_in(
    uow: UnitOfWork,
    row: PurchaseOrder,
    receipt: Receipt,
    lines: Mapping[int, PurchaseLine],
    came: Mapping[int, Came],
) -> None:
    awaited: dict[int, int] = {}
    for variant_id, one in came.items():
        line = lines[variant_id]
        awaited[variant_id] = min(_outstanding(line), one.received + one.damaged)
        line.received += one.received
        line.damaged += one.damaged
        uow.session.add(
            ReceiptLine(
                receipt_id=receipt.id,
                purchase_line_id=line.id,
                received=one.received,
                damaged=one.damaged,
            )
        )
    uow.session.flush()
    moved = {
        MovementKind.NO_LONGER_EXPECTED: awaited,
        MovementKind.RECEIVED: {of: one.received for of, one in came.items()},
        MovementKind.RECEIVED_DAMAGED: {of: one.damaged for of, one in came.items()},
    }
    _move(uow, row, moved, f"receipt:{receipt.id}")


def _turn(uow: UnitOfWork, row: PurchaseOrder, action: PurchaseAction) -> None:
    row.state = PURCHASE.after(row.state, action)
    row.version += 1
    if row.state not in {PurchaseState.ORDERED, PurchaseState.PARTLY_RECEIVED}:
        row.ended_by, row.ended_at = uow.actor.ref, uow.now
    uow.session.flush()


def _move(
    uow: UnitOfWork,
    row: PurchaseOrder,
    units: Mapping[MovementKind, Mapping[int, int]],
    what: str,
    *,
    reason: str = "",
) -> None:
    moves = [
        Move(kind=kind, variant_id=variant_id, location_id=row.location_id, quantity=quantity)
        for kind, by_variant in units.items()
        for variant_id, quantity in by_variant.items()
    ]
    why = Why(key=f"purchase:{row.id}:{what}", cause=f"purchase:{row.number}", reason=reason)
    service.move(uow, moves, why)
