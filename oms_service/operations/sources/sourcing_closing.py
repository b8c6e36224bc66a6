"""Closing a location: from then on nothing is promised there, and what was moves elsewhere.

Closing is one short transaction. What had been promised there and is not picked yet moves in
batches of orders, each batch a transaction of its own: whatever is interrupted goes on with the
next batch, and what another transaction promised at the last moment is found by the next sweep.
Picked units stay: they are in somebody's hands, and ship from where they were allocated.
"""

from collections.abc import Mapping
from typing import Final

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places
from oms_service.operations.sources import sourcing
from oms_service.orders import service as orders
from oms_service.orders import waiting as lines
from oms_service.payments import service as payments
from oms_service.sourcing import decisions
from oms_service.sourcing.events import LocationClosed, LocationOpened
from oms_service.warehouse import queries as work

#: So many orders move in one transaction.
BATCH: Final = 20
_PAGE: Final = 200


def close_location(uow: UnitOfWork, location_id: int, *, reason: str) -> bool:
    """Send nothing from a location any more; False when it is closed already.

    Raises:
        NotFound: no such location.
        Invalid: a reason that is none of ``inventory.places.REASONS``.
    """
    if not places.close(uow, location_id, reason=reason):
        return False
    uow.emit(LocationClosed(location_id=location_id, reason=reason))
    return True


def open_location(uow: UnitOfWork, location_id: int) -> bool:
    """Orders may be sent from a location again; False when it was open.

    Raises:
        NotFound: no such location.
    """
    if not places.open_again(uow, location_id):
        return False
    uow.emit(LocationOpened(location_id=location_id))
    return True


def begin_clearing(uow: UnitOfWork, event: LocationClosed) -> None:
    """The first orders move at once; the sweep takes the others."""
    _clear(uow, event.location_id)


def clear_closed(uow: UnitOfWork) -> int:
    """Move a batch of what is promised at closed locations; returns how many orders moved."""
    for location_id in places.closed_with_promises(uow.session):
        moved = _clear(uow, location_id)
        if moved:
            return moved
    return 0


def _clear(uow: UnitOfWork, location_id: int) -> int:
    found = _movable(uow, location_id)
    for order_id in sorted(found):
        orders.hold_against_others(uow, order_id)
    place = places.shipping_point(uow.session, location_id)
    if not found or not place.is_closed:
        return 0
    found = {
        order_id: units
        for order_id, units in _movable(uow, location_id).items()
        if order_id in found
    }
    sourcing.hold_stock(uow, _variants(uow, location_id, found))
    for order_id, units in sorted(found.items()):
        nth = len(decisions.of_order(uow.session, order_id))
        sourcing.resource(
            uow,
            order_id,
            away_from=location_id,
            units=units,
            key=f"closed:{location_id}:{order_id}:{nth}",
        )
        payments.rederive(uow, order_id)
    return len(found)


def _movable(uow: UnitOfWork, location_id: int) -> dict[int, dict[int, int]]:
    """Units on the shelf there by order and line, of the first orders that have some."""
    found: dict[int, dict[int, int]] = {}
    after = 0
    while len(found) < BATCH:
        page = places.promised_lines(uow.session, location_id, after=after, limit=_PAGE)
        if not page:
            break
        after = page[-1][0]
        ids = [line_id for line_id, _, _ in page]
        picked = work.picked_at(uow.session, ids)
        of = lines.orders_of_lines(uow.session, ids)
        for line_id, _, units in page:
            left = units - picked.get((line_id, location_id), 0)
            if left > 0 and (of[line_id] in found or len(found) < BATCH):
                found.setdefault(of[line_id], {})[line_id] = left
    return found


def _variants(
    uow: UnitOfWork, location_id: int, found: Mapping[int, Mapping[int, int]]
) -> set[int]:
    wanted = {line_id for units in found.values() for line_id in units}
    variants: set[int] = set()
    after = 0
    while page := places.promised_lines(uow.session, location_id, after=after, limit=_PAGE):
        after = page[-1][0]
        variants |= {variant_id for line_id, variant_id, _ in page if line_id in wanted}
        if after >= max(wanted, default=0):
            break
    return variants
