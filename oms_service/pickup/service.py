"""Writing pickups. Their order must be held: whoever calls has looked at it under its lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.ids import readable_code
from oms_service.pickup import queries
from oms_service.pickup.models import Handover, Pickup, PickupPoint, PickupTransfer
from oms_service.pickup.policy import CODE_LENGTH, Terms
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import PICKUP, IdentityCheck, PickupAction, PickupState

#: A code is drawn anew when an open pickup has it; this often is never needed.
_TRIES: Final = 8
_DAY_MINUTES: Final = 24 * 60
_BOUNDS: Final = {
    "handling_minutes": (0, 10_080),
    "hold_days": (1, 90),
    "extension_days": (0, 90),
    "transfer_days": (0, 60),
}
_LONGEST_ADDRESS: Final = 300
_ENDED: Final = frozenset(
    {
        PickupState.COLLECTED,
        PickupState.EXPIRED,
        PickupState.CANCELLED,
        PickupState.NO_SHOW,
    }
)


@dataclass(frozen=True, kw_only=True)
class NewPickup:
    """What is to be fetched where; ``key`` only where the caller has one of its own."""

    order_id: int
    location_id: int
    ready_by: datetime
    collect_by: datetime | None = None
    is_reservation: bool = False
    key: str | None = None


def open_pickup(uow: UnitOfWork, new: NewPickup) -> PickupView:
    """A pickup with a code nobody else comes with; one for each order."""
    known = queries.of_order(uow.session, new.order_id)
    if known is not None:
        return known
    for _ in range(_TRIES):
        made = uow.session.scalar(
            insert(Pickup)
            .values(
                number=f"PU-{readable_code(8)}",
                order_id=new.order_id,
                location_id=new.location_id,
                state=PickupState.RESERVED,
                code=readable_code(CODE_LENGTH),
                is_reservation=new.is_reservation,
                created_at=uow.now,
                ready_by=new.ready_by,
                collect_by=new.collect_by,
                key=new.key,
            )
            .on_conflict_do_nothing()
            .returning(Pickup.id)
        )
        if made is not None:
            return queries.by_id(uow.session, made)
    raise RuntimeError("no code was free; too many pickups are open")


def known_by_key(uow: UnitOfWork, key: str) -> PickupView | None:
    """What the same command has made before."""
    found = uow.session.scalar(select(Pickup.id).where(Pickup.key == key))
    return queries.by_id(uow.session, found) if found is not None else None


def hold(uow: UnitOfWork, pickup_id: int, *, version: int | None = None) -> PickupView:
    """The pickup, locked.

    Raises:
        NotFound: no such pickup.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, Pickup, pickup_id)
    if version is not None and row.version != version:
        raise Stale("this pickup changed since you opened it")
    return queries.by_id(uow.session, pickup_id)


def turn(
    uow: UnitOfWork, pickup_id: int, action: PickupAction, *, collect_by: datetime | None = None
) -> PickupView:
    """Move a pickup to where ``action`` leads.

    Args:
        uow: the transaction.
        pickup_id: which one; held.
        action: what is done.
        collect_by: until when it is kept from now on; unchanged where not given.

    Raises:
        IllegalTransition: it is over, or not so far.
    """
    row = locks.one(uow.session, Pickup, pickup_id)
    row.state = PICKUP.after(row.state, action)
    if collect_by is not None:
        row.collect_by, row.reminded_at = collect_by, None
    if action is PickupAction.MAKE_READY:
        row.ready_at = uow.now
    if action is PickupAction.EXTEND:
        row.is_extended = True
    if row.state in _ENDED:
        row.ended_at = uow.now
    return _changed(uow, row)


def sold(uow: UnitOfWork, pickup_id: int, *, ready_by: datetime | None = None) -> PickupView:
    """What was reserved is an order now; ``ready_by`` where part of it has to come first."""
    row = locks.one(uow.session, Pickup, pickup_id)
    row.is_reservation = False
    row.ready_by = ready_by or row.ready_by
    return _changed(uow, row)


def remind(uow: UnitOfWork, pickup_id: int) -> bool:
    """Note that the customer is told of the end of the time; False when they were already."""
    row = locks.one(uow.session, Pickup, pickup_id)
    if row.reminded_at is not None:
        return False
    row.reminded_at = uow.now
    uow.session.flush()
    return True


def brings(uow: UnitOfWork, pickup_id: int, transfer_id: int) -> None:
    """A transfer brings goods for a pickup; said again, nothing changes."""
    uow.session.execute(
        insert(PickupTransfer)
        .values(transfer_id=transfer_id, pickup_id=pickup_id)
        .on_conflict_do_nothing()
    )


def hand_over(
    uow: UnitOfWork, pickup_id: int, units: Mapping[int, int], *, check: IdentityCheck, key: str
) -> int:
    """Write down what went over the counter; returns which of the pickup's it was, from 1."""
    uow.session.add(
        Handover(
            pickup_id=pickup_id,
            identity_check=check,
            units={str(line): count for line, count in sorted(units.items())},
            at=uow.now,
            by=uow.actor.ref,
            key=key,
        )
    )
    uow.session.flush()
    return len(queries.handovers(uow.session, pickup_id))


def was_handed_over(uow: UnitOfWork, key: str) -> bool:
    """Whether the same command has handed over before."""
    return uow.session.scalar(select(Handover.id).where(Handover.key == key)) is not None


def reminders(uow: UnitOfWork, until: datetime, *, limit: int) -> tuple[int, ...]:
    """Pickups that lie ready, are kept until ``until`` at most, and were not reminded of."""
    query = (
        select(Pickup.id)
        .where(
            Pickup.ended_at.is_(None),
            Pickup.state == PickupState.READY,
            Pickup.reminded_at.is_(None),
            Pickup.collect_by <= until,
        )
        .order_by(Pickup.collect_by)
        .limit(limit)
    )
    return tuple(uow.session.scalars(query))


def set_terms(uow: UnitOfWork, location_id: int, terms: Terms) -> Terms:
    """Say on what terms a location hands goods over, if nobody else has meanwhile.

    Raises:
        Invalid: hours, days or a position that cannot be.
        Stale: ``terms.version`` is not the one that is stored; 0 is that of the usual terms.
    """
    _check(terms)
    locks.a_name(uow.session, f"pickup terms {location_id}")
    if queries.terms(uow.session, location_id).version != terms.version:
        raise Stale("these terms were changed meanwhile")
    row = insert(PickupPoint).values(
        location_id=location_id,
        hours=[list(one) if one else None for one in terms.hours],
        handling_minutes=terms.handling_minutes,
        hold_days=terms.hold_days,
        extension_days=terms.extension_days,
        transfer_days=terms.transfer_days,
        address=dict(terms.address),
        latitude_e6=_millionths(terms.latitude),
        longitude_e6=_millionths(terms.longitude),
        version=terms.version + 1,
    )
    changes = {
        column.name: row.excluded[column.name]
        for column in PickupPoint.__table__.columns
        if column.name != "location_id"
    }
    uow.session.execute(
        row.on_conflict_do_update(index_elements=["location_id"], set_=changes),
    )
    return queries.terms(uow.session, location_id)


def _changed(uow: UnitOfWork, row: Pickup) -> PickupView:
    row.version += 1
    uow.session.flush()
    uow.touch(f"pickups:{row.location_id}")
    return queries.by_id(uow.session, row.id)


def _millionths(degrees: float | None) -> int | None:
    return None if degrees is None else round(degrees * 1_000_000)


def _check(terms: Terms) -> None:
    wrong = {
        name: f"must be from {least} to {most}"
        for name, (least, most) in _BOUNDS.items()
        if not least <= getattr(terms, name) <= most
    }
    if len(terms.hours) != 7 or any(  # noqa: PLR2004 - days of a week
        one is not None and not 0 <= one[0] < one[1] <= _DAY_MINUTES for one in terms.hours
    ):
        wrong["hours"] = "must open before they close, on each of seven days"
    if any(
        not said.strip() or len(said) > _LONGEST_ADDRESS or "\0" in said
        for said in terms.address.values()
    ):
        wrong["address"] = f"must have 1 to {_LONGEST_ADDRESS} signs"
    if (terms.latitude is None) != (terms.longitude is None):
        wrong["latitude"] = "needs both parts of the position"
    elif terms.position and not (
        abs(terms.position[0]) <= 90 and abs(terms.position[1]) <= 180  # noqa: PLR2004 - degrees
    ):
        wrong["latitude"] = "is nowhere on earth"
    if wrong:
        raise Invalid("these terms cannot be", wrong)
