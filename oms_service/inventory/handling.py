"""Moving goods by hand: corrections, damage, quality control, and what a level keeps back."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, queries, service
from oms_service.inventory.events import StockBecameAvailable, StockHandled, StockLevelLow
from oms_service.inventory.models import StockLevel
from oms_service.inventory.policy import MOST_MOVED, MOVEMENT_OF
from oms_service.inventory.queries import LevelView
from oms_service.inventory.service import Move, Place, Why
from oms_service.inventory.states import Handling
from oms_service.inventory.writing import MOST_LINES, check_location
from oms_service.kernel.errors import Invalid

#: The cause of movements somebody made by hand, with no paper behind them.
BY_HAND: Final = "by_hand"


def handle(
    uow: UnitOfWork, handling: Handling, units: Mapping[Place, int], *, reason: str, key: str
) -> tuple[LevelView, ...]:
    """Move units by hand and say why; the levels as they are then, in key order.

    Args:
        uow: the transaction.
        handling: what is done. Only an adjustment may be below nothing: units that are not there.
        units: by (variant, location).
        reason: a code of the shop's list.
        key: the same key moves nothing more.

    Raises:
        Invalid: not one of the shop's reasons, odd quantities, a closed location.
        OutOfStock: there are not so many, or they are promised to somebody.
    """
    _check(uow, handling, units)
    papers.check_reason(uow.session, reason)
    moves = [
        Move(
            kind=MOVEMENT_OF[handling],
            variant_id=place[0],
            location_id=place[1],
            quantity=quantity,
        )
        for place, quantity in units.items()
    ]
    fresh = service.move(uow, moves, Why(key=f"hand:{key}", cause=BY_HAND, reason=reason))
    for place in sorted(fresh):
        uow.emit(
            StockHandled(
                variant_id=place[0],
                location_id=place[1],
                handling=handling,
                units=units[place],
                reason=reason,
            )
        )
    levels = queries.availability(uow.session, {variant_id for variant_id, _ in units})
    return tuple(level for level in levels if (level.variant_id, level.location_id) in units)


def keep_back(uow: UnitOfWork, place: Place, *, safety: int, reorder_point: int) -> LevelView:
    """How many units of a level are not sold, and from how few on somebody should order more.

    Raises:
        Invalid: below nothing or far too many, or a closed location.
    """
    wrong = {
        name: f"must be 0 to {MOST_MOVED}"
        for name, value in (("safety_stock", safety), ("reorder_point", reorder_point))
        if not 0 <= value <= MOST_MOVED
    }
    if wrong:
        raise Invalid("these levels cannot be kept", wrong)
    variant_id, location_id = place
    check_location(uow, location_id)
    uow.session.execute(
        insert(StockLevel)
        .values(variant_id=variant_id, location_id=location_id)
        .on_conflict_do_nothing()
    )
    (row,) = locks.those(
        uow.session,
        StockLevel,
        (StockLevel.variant_id == variant_id) & (StockLevel.location_id == location_id),
        by=[StockLevel.variant_id],
    )
    before = row.on_hand - row.allocated - row.reserved - row.safety
    was_low = before <= row.reorder_point
    row.safety, row.reorder_point = safety, reorder_point
    uow.session.flush()
    now = row.on_hand - row.allocated - row.reserved - row.safety
    if now > before and now > 0:
        uow.emit(StockBecameAvailable(variant_id=variant_id, location_id=location_id, units=now))
    if now <= reorder_point and not was_low:
        uow.emit(
            StockLevelLow(
                variant_id=variant_id,
                location_id=location_id,
                units=max(0, now),
                reorder_point=reorder_point,
            )
        )
    (level,) = (
        one
        for one in queries.availability(uow.session, [variant_id])
        if one.location_id == location_id
    )
    return level


def _check(uow: UnitOfWork, handling: Handling, units: Mapping[Place, int]) -> None:
    if not units or len(units) > MOST_LINES:
        raise Invalid("there are no lines, or too many", {"lines": f"must be 1 to {MOST_LINES}"})
    least = -MOST_MOVED if handling is Handling.ADJUST else 1
    if not all(least <= quantity <= MOST_MOVED and quantity for quantity in units.values()):
        raise Invalid(
            "some quantities are wrong",
            {"quantity": f"must be {least} to {MOST_MOVED}, and not 0"},
        )
    for location_id in sorted({location_id for _, location_id in units}):
        check_location(uow, location_id)
