"""Cash that carriers collect: with which box it goes, and from when on it cannot change."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from oms_service.payments import attempts
from oms_service.payments import queries as payment_queries
from oms_service.payments.attempts import AttemptView
from oms_service.payments.states import AttemptState, MethodKind, Purpose
from oms_service.shipping import queries as parcels
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import PackedBox
from oms_service.warehouse.states import BoxState

#: Boxes whose amount stands on a label by now.
_WITH_LABEL: Final = frozenset({BoxState.LABELLED, BoxState.HANDED_OVER})


def waiting(session: Session, order_id: int) -> tuple[AttemptView, ...]:
    """The amounts that are to be collected for an order, the oldest first."""
    charges = [
        one
        for one in attempts.of_order(session, order_id)
        if one.state is AttemptState.WAITING and one.purpose is Purpose.CHARGE
    ]
    known = payment_queries.methods_by_id(
        session, {one.method_id for one in charges if one.method_id is not None}
    )
    doors = {key for key, way in known.items() if way.kind is MethodKind.CASH_ON_DELIVERY}
    return tuple(one for one in charges if one.method_id in doors)


def to_collect(session: Session, order_id: int) -> int | None:
    """What drivers still collect for an order, in minor units; None where it is paid otherwise.

    Money that was promised at the door counts with what is asked for there.
    """
    due = sum(one.amount.minor for one in waiting(session, order_id))
    return (due + _promised(session, order_id)) or None


def to_collect_with(session: Session, box: PackedBox) -> int | None:
    """What the driver collects with a box; None where it goes with another one, or is paid.

    An amount goes with the oldest box that was not handed over before it was asked for.
    """
    boxes = warehouse.boxes_of(session, box.order_id)
    due = sum(
        one.amount.minor
        for one in waiting(session, box.order_id)
        if _box_of(one, boxes) is not None and _box_of(one, boxes) == box.id
    )
    if boxes and boxes[0].id == box.id:
        due += _promised(session, box.order_id)
    return due or None


def gone(session: Session, order_id: int) -> frozenset[int]:
    """The requests whose amount stands on a label, or left with a parcel: it cannot change."""
    open_ones = waiting(session, order_id)
    if not open_ones:
        return frozenset()
    boxes = warehouse.boxes_of(session, order_id)
    labelled = {box.id for box in boxes if box.state in _WITH_LABEL}
    left = [
        one.handed_over_at
        for one in parcels.parcels_of(session, [order_id])
        if one.handed_over_at is not None
    ]
    return frozenset(
        one.id
        for one in open_ones
        if _box_of(one, boxes) in labelled
        or (not boxes and any(at >= one.requested_at for at in left))
    )


def _box_of(asked: AttemptView, boxes: Sequence[PackedBox]) -> int | None:
    """The box an amount goes with: the oldest that had not left when it was asked for."""
    for box in boxes:
        if box.handed_over_at is None or box.handed_over_at >= asked.requested_at:
            return box.id
    return None


def _promised(session: Session, order_id: int) -> int:
    promised = payment_queries.authorizations(session, order_id)
    methods = payment_queries.methods_by_id(
        session, [one.method_id for one in promised if one.method_id is not None]
    )
    return sum(
        one.left_minor
        for one in promised
        if one.method_id in methods and methods[one.method_id].kind is MethodKind.CASH_ON_DELIVERY
    )
