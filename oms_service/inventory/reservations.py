"""Holding units for a cart or a pickup until a time, and what becomes of them then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.idempotency import KeyReused
from oms_service.infra.sweeps import Sweep
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import service
from oms_service.inventory.events import ReservationEnded, StockReserved
from oms_service.inventory.models import Reservation
from oms_service.inventory.policy import Pick, Shortage
from oms_service.inventory.service import Move, OutOfStock, Place, Why
from oms_service.inventory.states import MovementKind, ReservationEnd
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.ids import readable_code

#: Reservations that one transaction of the sweep ends.
BATCH: Final = 100


class ReservationOver(DomainError):
    """It has been released, redeemed or has run out; ``how`` says which."""

    code: ClassVar[str] = "reservation-over"

    def __init__(self, how: ReservationEnd) -> None:
        super().__init__(f"the reservation is {how}")
        self.how = how


@dataclass(frozen=True)
class ReservationView:
    """Units held until a time; ``ended_how`` is None while they are."""

    id: int
    number: str
    variant_id: int
    location_id: int
    quantity: int
    holder: str
    until: datetime
    ended_at: datetime | None
    ended_how: ReservationEnd | None
    order_line_id: int | None


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What to reserve: units by (variant, location), for whom, until when.

    ``holder`` is a kind and an id, such as ``cart:8f3a``. Done again with the same ``key`` it
    reserves nothing more.
    """

    units: Mapping[Place, int]
    holder: str
    until: datetime
    key: str


def reserve(uow: UnitOfWork, hold: Hold, *, buffer: int = 0) -> tuple[ReservationView, ...]:
    """Hold units, all or none; one reservation for each place, in key order.

    Args:
        uow: the transaction.
        hold: what to hold.
        buffer: units of each level the sales channel leaves untouched.

    Raises:
        Invalid: nothing, less than one unit, or a time that has passed.
        OutOfStock: some level has not so much free.
        KeyReused: the key reserved something else before.
    """
    _check(uow, hold)
    locks.a_name(uow.session, f"reservation {hold.key}")
    known = _known(uow.session, hold)
    if known:
        if {(one.variant_id, one.location_id): one.quantity for one in known} != dict(hold.units):
            raise KeyReused("this key was used with another reservation")
        return known
    shortages: list[Shortage] = []
    made: list[Reservation] = []
    for place in sorted(hold.units):
        row = _new(uow, hold, place)
        made.append(row)
        try:
            _move(uow, row, MovementKind.RESERVED, "made", row.quantity, spare=buffer)
        except OutOfStock as error:
            shortages += error.shortages
    if shortages:
        raise OutOfStock(shortages)
    for row in made:
        uow.emit(
            StockReserved(
                reservation_id=row.id,
                variant_id=row.variant_id,
                location_id=row.location_id,
                units=row.quantity,
                until=row.until.isoformat(),
            )
        )
    return tuple(view_of(row) for row in made)


def extend(uow: UnitOfWork, reservation_id: int, until: datetime) -> ReservationView:
    """Hold on until a later time; to the same time again changes nothing.

    Raises:
        NotFound: no such reservation.
        ReservationOver: it holds nothing any more.
        Invalid: the time has passed.
    """
    row = _held(uow, reservation_id)
    if until <= uow.now:
        raise Invalid("a reservation ends in the future", {"until": "has passed"})
    row.until = until
    uow.session.flush()
    return view_of(row)


def release_reservation(uow: UnitOfWork, reservation_id: int) -> ReservationView:
    """Let the units go before the time; what has ended by itself or by hand stays as it is.

    Raises:
        NotFound: no such reservation.
        ReservationOver: its units went to an order.
    """
    row = locks.one(uow.session, Reservation, reservation_id)
    if row.ended_how is ReservationEnd.REDEEMED:
        raise ReservationOver(row.ended_how)
    if row.ended_how is None:
        _end(uow, row, ReservationEnd.RELEASED)
    return view_of(row)


def redeem(
    uow: UnitOfWork, reservation_id: int, order_line_id: int, *, quantity: int | None = None
) -> ReservationView:
    """Make reserved units an order line's: allocated, no longer reserved. The order must be held.

    Redeemed again for the same line it changes nothing; the caller counts what it redeemed.

    Args:
        uow: the transaction.
        reservation_id: which one; past its time, as long as the sweep has not ended it.
        order_line_id: of the reservation's variant.
        quantity: fewer than were reserved; the others are released. None is all.

    Raises:
        NotFound: no such reservation.
        ReservationOver: it holds nothing any more.
        Invalid: more than was reserved, or less than one.
    """
    row = locks.one(uow.session, Reservation, reservation_id)
    if row.ended_how is ReservationEnd.REDEEMED and row.order_line_id == order_line_id:
        return view_of(row)
    if row.ended_how is not None:
        raise ReservationOver(row.ended_how)
    taken = row.quantity if quantity is None else quantity
    if not 1 <= taken <= row.quantity:
        raise Invalid("so many were not reserved", {"quantity": f"must be 1 to {row.quantity}"})
    service.promise_reserved(
        uow,
        Pick(order_line_id, row.variant_id, row.location_id, taken),
        Why(key=f"reservation:{row.id}:redeemed", cause=f"reservation:{row.number}"),
    )
    row.order_line_id = order_line_id
    _end(uow, row, ReservationEnd.REDEEMED, left=row.quantity - taken)
    return view_of(row)


def end_overdue(uow: UnitOfWork) -> int:
    """Release what was held until a time that has passed; returns how many ended.

    Reservations that another transaction holds are left for the next round. The others end in the
    order of their levels' keys.
    """
    due = (
        select(Reservation)
        .where(Reservation.ended_at.is_(None), Reservation.until <= uow.now)
        .order_by(Reservation.until)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = sorted(
        uow.session.scalars(due), key=lambda row: (row.variant_id, row.location_id, row.id)
    )
    for row in rows:
        _end(uow, row, ReservationEnd.EXPIRED)
    return len(rows)


SWEEP: Final = Sweep("reservations-run-out", 20, end_overdue, again_at=BATCH)


def by_number(session: Session, number: str) -> ReservationView:
    """The reservation people and programs call by that number.

    Raises:
        NotFound: there is none.
    """
    row = session.scalar(select(Reservation).where(Reservation.number == number))
    if row is None:
        raise NotFound(f"no reservation {number!r}")
    return view_of(row)


def open_at(session: Session, variant_id: int) -> tuple[ReservationView, ...]:
    """What is held of a variant, the first to end first."""
    rows = session.scalars(
        select(Reservation)
        .where(Reservation.variant_id == variant_id, Reservation.ended_at.is_(None))
        .order_by(Reservation.until, Reservation.id)
    )
    return tuple(view_of(row) for row in rows)


def open_of(session: Session, holder: str) -> tuple[ReservationView, ...]:
    """What is held for somebody, by variant and location."""
    rows = session.scalars(
        select(Reservation)
        .where(Reservation.holder == holder, Reservation.ended_at.is_(None))
        .order_by(Reservation.variant_id, Reservation.location_id, Reservation.id)
    )
    return tuple(view_of(row) for row in rows)


def hold_open_of(uow: UnitOfWork, holder: str) -> tuple[ReservationView, ...]:
    """What is held for somebody, locked, by variant and location."""
    rows = locks.those(
        uow.session,
        Reservation,
        and_(Reservation.holder == holder, Reservation.ended_at.is_(None)),
        by=[Reservation.id],
    )
    ordered = sorted(rows, key=lambda row: (row.variant_id, row.location_id, row.id))
    return tuple(view_of(row) for row in ordered)


def ever_held(session: Session, holder: str) -> dict[int, int]:
    """Units by variant that were ever held for somebody, ended or not."""
    query = (
        select(Reservation.variant_id, func.sum(Reservation.quantity))
        .where(Reservation.holder == holder)
        .group_by(Reservation.variant_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}


def let_go(uow: UnitOfWork, holder: str) -> int:
    """Release all that is held for somebody; returns how many units it was."""
    units = 0
    for one in hold_open_of(uow, holder):
        release_reservation(uow, one.id)
        units += one.quantity
    return units


def view_of(row: Reservation) -> ReservationView:
    return ReservationView(
        row.id,
        row.number,
        row.variant_id,
        row.location_id,
        row.quantity,
        row.holder,
        row.until,
        row.ended_at,
        row.ended_how,
        row.order_line_id,
    )


def _check(uow: UnitOfWork, hold: Hold) -> None:
    wrong: dict[str, str] = {}
    if not hold.units:
        wrong["lines"] = "is empty"
    if any(quantity < 1 for quantity in hold.units.values()):
        wrong["quantity"] = "must be at least 1"
    if hold.until <= uow.now:
        wrong["until"] = "has passed"
    if wrong:
        raise Invalid("this cannot be reserved", wrong)


def _known(session: Session, hold: Hold) -> tuple[ReservationView, ...]:
    """What the same command has reserved before."""
    rows = session.scalars(
        select(Reservation)
        .where(Reservation.key.in_([_key(hold, place) for place in hold.units]))
        .order_by(Reservation.variant_id, Reservation.location_id)
    )
    return tuple(view_of(row) for row in rows)


def _key(hold: Hold, place: Place) -> str:
    return f"{hold.key}:{place[0]}:{place[1]}"


def _new(uow: UnitOfWork, hold: Hold, place: Place) -> Reservation:
    row = Reservation(
        number=f"RV-{readable_code(8)}",
        variant_id=place[0],
        location_id=place[1],
        quantity=hold.units[place],
        holder=hold.holder,
        until=hold.until,
        key=_key(hold, place),
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _held(uow: UnitOfWork, reservation_id: int) -> Reservation:
    row = locks.one(uow.session, Reservation, reservation_id)
    if row.ended_how is not None:
        raise ReservationOver(row.ended_how)
    return row


def _end(
    uow: UnitOfWork, row: Reservation, how: ReservationEnd, *, left: int | None = None
) -> None:
    """``left`` are the units that go back on sale; None is all of them."""
    units = row.quantity if left is None else left
    if units:
        _move(uow, row, MovementKind.UNRESERVED, str(how), units)
    row.ended_at, row.ended_how = uow.now, how
    uow.session.flush()
    uow.emit(
        ReservationEnded(
            reservation_id=row.id,
            variant_id=row.variant_id,
            location_id=row.location_id,
            units=row.quantity,
            how=how,
        )
    )


def _move(
    uow: UnitOfWork, row: Reservation, kind: MovementKind, what: str, units: int, *, spare: int = 0
) -> None:
    one = Move(kind=kind, variant_id=row.variant_id, location_id=row.location_id, quantity=units)
    why = Why(
        key=f"reservation:{row.id}:{what}",
        cause=f"reservation:{row.number}",
        reason="" if kind is MovementKind.RESERVED else what,
    )
    service.move(uow, [one], why, spare=spare)
