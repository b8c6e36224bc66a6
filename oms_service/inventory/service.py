"""Moving stock: every change of a level is a movement in the ledger, made once for each key."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.events import StockBecameAvailable, StockLevelLow
from oms_service.inventory.models import Allocation, Location, StockLevel, StockMovement
from oms_service.inventory.policy import (
    MOST_KEPT,
    MOST_MOVED,
    MOVES,
    Pick,
    Shortage,
    Want,
    available,
)
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Words

Place = tuple[int, int]
"""(variant, location): the order in which levels are moved and locked."""


class OutOfStock(DomainError):
    """There is not as much as was wanted; ``shortages`` says of what."""

    code: ClassVar[str] = "out-of-stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__("not enough in stock")
        self.shortages = tuple(shortages)


@dataclass(frozen=True, kw_only=True)
class Why:
    """What a movement is written down with.

    ``key`` names the command: done again with the same key, it moves nothing.
    """

    key: str
    cause: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Move:
    """Units of one variant at one location. ``columns`` where the kind leaves a choice."""

    kind: MovementKind
    variant_id: int
    location_id: int
    quantity: int
    columns: Mapping[str, int] | None = field(default=None, hash=False)

    @property
    def changes(self) -> dict[str, int]:
        per_unit = self.columns or MOVES[self.kind]
        return {column: sign * self.quantity for column, sign in per_unit.items()}


@dataclass(frozen=True, kw_only=True)
class NewLocation:
    code: str
    kind: LocationKind
    name: Words
    country: str = "JP"
    postal_code: str = ""
    region: str = ""
    zone: str = "Asia/Tokyo"
    is_pickup_point: bool = False


def open_location(uow: UnitOfWork, new: NewLocation) -> int:
    """A place to keep stock in; asked again, the one of that code. Returns its id."""
    locks.a_name(uow.session, f"location {new.code}")
    row = uow.session.scalar(select(Location).where(Location.code == new.code))
    if row is None:
        row = Location(
            code=new.code,
            kind=new.kind,
            name=new.name,
            country=new.country,
            postal_code=new.postal_code,
            region=new.region,
            zone=new.zone,
            is_pickup_point=new.is_pickup_point,
            is_active=True,
        )
        uow.session.add(row)
        uow.session.flush()
    return row.id


def receive(
    uow: UnitOfWork,
    units: Mapping[Place, int],
    why: Why,
    *,
    kind: MovementKind = MovementKind.RECEIVED,
) -> None:
    """Goods came in: from a supplier, as opening stock, or from another location."""
    move(uow, [_at(kind, place, quantity) for place, quantity in units.items()], why)


def adjust(uow: UnitOfWork, units: Mapping[Place, int], why: Why) -> None:
    """What a count found more, or less, than the books say.

    Raises:
        Invalid: no reason was given.
        OutOfStock: what is promised to somebody cannot be written off.
    """
    if not why.reason.strip():
        raise Invalid("an adjustment needs a reason", {"reason": "is missing"})
    move(uow, [_at(MovementKind.ADJUSTED, place, units[place]) for place in units], why)


def take_back(
    uow: UnitOfWork, shelf: Mapping[Place, int], aside: Mapping[Place, int], why: Why
) -> None:
    """Returned goods: what can be sold again, and what must be looked at before anybody may.

    Both at once, so that two returns at one time lock levels in the same order.
    """
    back = [_at(MovementKind.RETURNED, place, shelf[place]) for place in shelf]
    move(uow, back + [_at(MovementKind.SET_ASIDE, place, aside[place]) for place in aside], why)


def hold_free(
    uow: UnitOfWork, variant_ids: Collection[int], *, buffer: int = 0
) -> dict[Place, int]:
    """What each level of these variants has free, by (variant, location).

    Levels of locations in use only; they are held until the transaction ends.
    """
    return {
        (level.variant_id, level.location_id): available(
            on_hand=level.on_hand,
            allocated=level.allocated,
            reserved=level.reserved,
            safety=level.safety,
            buffer=buffer,
        )
        for level in _HOLD.all(uow.session, variant_ids=list(variant_ids))
    }


def shortages(
    wants: Sequence[Want], picks: Sequence[Pick], free: Mapping[Place, int]
) -> list[Shortage]:
    """What ``picks`` leave open of ``wants``, by variant."""
    wanted: dict[int, int] = {}
    for want in wants:
        wanted[want.variant_id] = wanted.get(want.variant_id, 0) + want.quantity
    picked: dict[int, int] = {}
    for pick in picks:
        picked[pick.variant_id] = picked.get(pick.variant_id, 0) + pick.quantity
    return [
        Shortage(variant, units, sum(there for (of, _), there in free.items() if of == variant))
        for variant, units in sorted(wanted.items())
        if picked.get(variant, 0) < units
    ]


def promise(uow: UnitOfWork, picks: Sequence[Pick], why: Why, *, buffer: int = 0) -> None:
    """Promise units to order lines, from the locations that were chosen.

    Raises:
        OutOfStock: a level has not so many free, above what ``buffer`` leaves untouched.
    """
    fresh = move(
        uow,
        [
            _at(MovementKind.ALLOCATED, (pick.variant_id, pick.location_id), pick.quantity)
            for pick in picks
        ],
        why,
        spare=buffer,
    )
    for pick in picks:
        if (pick.variant_id, pick.location_id) in fresh:
            _promise(uow, pick)


def release_units(uow: UnitOfWork, picks: Sequence[Pick], why: Why) -> None:
    """Take back part of what was promised: so many units of a line from one location.

    ``inventory.queries.promised`` says where a line's units lie.

    Raises:
        OutOfStock: a line has no such units at that location.
    """
    _end_promises(uow, MovementKind.RELEASED, picks, why)


def ship(uow: UnitOfWork, picks: Sequence[Pick], why: Why) -> None:
    """Promised units leave the house.

    Raises:
        OutOfStock: a line has no such units at that location.
    """
    _end_promises(uow, MovementKind.SHIPPED, picks, why)


def promise_reserved(uow: UnitOfWork, pick: Pick, why: Why) -> None:
    """Units that were reserved are a line's from now on; they were held, so they are there."""
    place = pick.variant_id, pick.location_id
    if move(uow, [_at(MovementKind.REDEEMED, place, pick.quantity)], why):
        _promise(uow, pick)


def move(uow: UnitOfWork, moves: Sequence[Move], why: Why, *, spare: int = 0) -> frozenset[Place]:
    """Write movements and change their levels; the only writer of both.

    Moves of one kind, variant and location are added up first, so that two entries of one item
    cannot each pass alone; then one guarded UPDATE a level, in the order of their keys.

    Tells which levels have more to promise now, and which have fallen to their reorder point.

    Returns:
        The places that moved now; a place moved before under the same key is not among them.

    Raises:
        OutOfStock: some level has not so much; the caller's transaction must not go on.
        Invalid: more units at once than any shelf holds.
    """
    freed: dict[Place, _Freed] = {}
    shortages: list[Shortage] = []
    for one in _added_up(moves):
        place = one.variant_id, one.location_id
        if not _write_down(uow, one, why):
            continue
        now = _change_level(uow, one, spare)
        if now is None:
            shortages.append(_lacking(uow, one, spare))
            now = _Freed(0, 0, 0)
        freed[place] = freed[place].then(now) if place in freed else now
    if shortages:
        raise OutOfStock(shortages)
    for place, one_freed in freed.items():
        _tell(uow, place, one_freed)
    return frozenset(freed)


@dataclass(frozen=True)
class _Freed:
    """A level's free units now, below nothing where safety stock is used up, and by how many."""

    units: int
    more_by: int
    reorder_point: int

    def then(self, after: "_Freed") -> "_Freed":
        return _Freed(after.units, self.more_by + after.more_by, after.reorder_point)


def _tell(uow: UnitOfWork, place: Place, freed: _Freed) -> None:
    variant_id, location_id = place
    if freed.more_by > 0 and freed.units > 0:
        uow.emit(
            StockBecameAvailable(variant_id=variant_id, location_id=location_id, units=freed.units)
        )
    before = freed.units - freed.more_by
    if freed.units <= freed.reorder_point < before:
        uow.emit(
            StockLevelLow(
                variant_id=variant_id,
                location_id=location_id,
                units=max(0, freed.units),
                reorder_point=freed.reorder_point,
            )
        )


def _at(kind: MovementKind, place: Place, quantity: int) -> Move:
    return Move(kind=kind, variant_id=place[0], location_id=place[1], quantity=quantity)


def _added_up(moves: Iterable[Move]) -> list[Move]:
    totals: dict[tuple[int, int, str], Move] = {}
    for one in moves:
        key = one.variant_id, one.location_id, str(one.kind)
        before = totals[key].quantity if key in totals else 0
        totals[key] = Move(
            kind=one.kind,
            variant_id=one.variant_id,
            location_id=one.location_id,
            quantity=before + one.quantity,
            columns=one.columns,
        )
    moved = [totals[key] for key in sorted(totals) if totals[key].quantity]
    if any(abs(one.quantity) > MOST_MOVED for one in moved):
        raise Invalid("so many units cannot be moved", {"quantity": f"is above {MOST_MOVED}"})
    return moved


def _write_down(uow: UnitOfWork, one: Move, why: Why) -> bool:
    """The movement's row, or False when that key has moved this level already."""
    written = _MOVEMENT.first(
        uow.session,
        variant_id=one.variant_id,
        location_id=one.location_id,
        kind=one.kind,
        cause=why.cause,
        reason=why.reason,
        actor=uow.actor.ref,
        at=uow.now,
        key=f"{why.key}:{one.kind}:{one.variant_id}:{one.location_id}",
        **{**_NOTHING_MOVED, **one.changes},
    )
    return written is not None


def _change_level(uow: UnitOfWork, one: Move, spare: int) -> _Freed | None:
    """One guarded UPDATE; None when the level does not have as much."""
    changes = one.changes
    if not _takes(one) and min(changes.values()) >= 0:
        uow.session.execute(
            insert(StockLevel)
            .values(variant_id=one.variant_id, location_id=one.location_id)
            .on_conflict_do_nothing()
        )
    if one.kind is MovementKind.ALLOCATED and changes.keys() == {"allocated"}:
        changed = _TAKE.first(
            uow.session,
            variant=one.variant_id,
            location=one.location_id,
            units=one.quantity,
            spare=spare,
        )
    else:
        changed = _changed(uow, one, spare)
    if changed is None:
        return None
    taken = changes.get("allocated", 0) + changes.get("reserved", 0)
    return _Freed(changed[0], changes.get("on_hand", 0) - taken, changed[1])


def _changed(uow: UnitOfWork, one: Move, spare: int) -> tuple[int, int] | None:
    row = uow.session.execute(
        update(StockLevel)
        .where(
            StockLevel.variant_id == one.variant_id,
            StockLevel.location_id == one.location_id,
            _guard(one, spare),
        )
        .values({name: getattr(StockLevel, name) + by for name, by in one.changes.items()})
        .returning(_FREE, StockLevel.reorder_point)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


#: What may be promised, without any channel's buffer; below nothing where safety stock is used up.
_FREE: Final = StockLevel.on_hand - StockLevel.allocated - StockLevel.reserved - StockLevel.safety


class _Level(NamedTuple):
    variant_id: int
    location_id: int
    on_hand: int
    allocated: int
    reserved: int
    safety: int


def _pair(free: int, reorder_point: int) -> tuple[int, int]:
    return free, reorder_point


#: Levels of locations in use, held until the transaction ends.
_HOLD: Final = Hot(
    select(*(getattr(StockLevel, name) for name in _Level._fields))
    .where(
        StockLevel.variant_id == func.any(bindparam("variant_ids", type_=ARRAY(BigInteger))),
        StockLevel.location_id.in_(select(Location.id).where(Location.is_active)),
    )
    .order_by(StockLevel.variant_id, StockLevel.location_id)
    .with_for_update(),
    _Level,
)
_TAKE: Final = Hot(
    update(StockLevel)
    .where(
        StockLevel.variant_id == bindparam("variant"),
        StockLevel.location_id == bindparam("location"),
        _FREE - bindparam("spare", type_=Integer) >= bindparam("units", type_=Integer),
    )
    .values(allocated=StockLevel.allocated + bindparam("units", type_=Integer))
    .returning(_FREE, StockLevel.reorder_point),
    _pair,
)
_COLUMNS: Final = ("on_hand", "allocated", "reserved", "incoming", "damaged", "quality_control")
_NOTHING_MOVED: Final = dict.fromkeys(_COLUMNS, 0)
_MOVEMENT: Final = Hot(
    insert(StockMovement)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(StockMovement.id),
    value,
    columns=(
        "variant_id",
        "location_id",
        "kind",
        "cause",
        "reason",
        "actor",
        "at",
        "key",
        *_COLUMNS,
    ),
)
_NEW_ALLOCATION: Final = insert(Allocation)
_ALLOCATE: Final = Hot(
    _NEW_ALLOCATION.on_conflict_do_update(
        index_elements=["order_line_id", "location_id"],
        set_={"quantity": Allocation.quantity + _NEW_ALLOCATION.excluded.quantity},
    ),
    tuple,
    columns=("order_line_id", "variant_id", "location_id", "quantity"),
)


def _takes(one: Move) -> bool:
    """Whether it promises units, for which safety stock and buffers stay untouched."""
    return one.kind in {MovementKind.ALLOCATED, MovementKind.RESERVED}


def _guard(one: Move, spare: int) -> ColumnElement[bool]:
    if _takes(one):
        return _FREE - spare >= one.quantity
    after = {
        column: getattr(StockLevel, column) + one.changes.get(column, 0) for column in _COLUMNS
    }
    return and_(
        *(value >= 0 for value in after.values()),
        *(after[column] <= MOST_KEPT for column, by in one.changes.items() if by > 0),
        after["allocated"] + after["reserved"] <= after["on_hand"],
    )


def _lacking(uow: UnitOfWork, one: Move, spare: int) -> Shortage:
    level = uow.session.execute(
        select(
            StockLevel.on_hand, StockLevel.allocated, StockLevel.reserved, StockLevel.safety
        ).where(StockLevel.variant_id == one.variant_id, StockLevel.location_id == one.location_id)
    ).one_or_none()
    if level is None:
        return Shortage(one.variant_id, one.quantity, 0)
    free = available(
        on_hand=level.on_hand,
        allocated=level.allocated,
        reserved=level.reserved,
        safety=level.safety,
        buffer=spare,
    )
    return Shortage(one.variant_id, abs(one.quantity), free)


def _promise(uow: UnitOfWork, pick: Pick) -> None:
    _ALLOCATE.run(
        uow.session,
        order_line_id=pick.order_line_id,
        variant_id=pick.variant_id,
        location_id=pick.location_id,
        quantity=pick.quantity,
    )


def _end_promises(uow: UnitOfWork, kind: MovementKind, picks: Sequence[Pick], why: Why) -> None:
    fresh = move(
        uow,
        [_at(kind, (pick.variant_id, pick.location_id), pick.quantity) for pick in picks],
        why,
    )
    for pick in picks:
        if (pick.variant_id, pick.location_id) in fresh:
            _redeem(uow, pick)


def _redeem(uow: UnitOfWork, pick: Pick) -> None:
    """Take units off a line's allocation; an allocation used up goes away."""
    here = and_(
        Allocation.order_line_id == pick.order_line_id,
        Allocation.location_id == pick.location_id,
    )
    used_up = uow.session.scalar(
        delete(Allocation)
        .where(here, Allocation.quantity == pick.quantity)
        .returning(Allocation.id)
    )
    if used_up is not None:
        return
    less = uow.session.scalar(
        update(Allocation)
        .where(here, Allocation.quantity > pick.quantity)
        .values(quantity=Allocation.quantity - pick.quantity)
        .returning(Allocation.id)
        .execution_options(synchronize_session=False)
    )
    if less is None:
        raise OutOfStock([Shortage(pick.variant_id, pick.quantity, 0)])
