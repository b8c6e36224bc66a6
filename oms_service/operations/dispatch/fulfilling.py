"""What each location has to do for an order, kept in line with what is allocated there.

What is allocated, held and called off decides at the moment somebody acts; the fulfilments that
lists show follow it by reactions, and are brought up to date by every action before it begins.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderCancelled, OrderHeld, OrderReleased
from oms_service.orders.service import Units
from oms_service.payments import service as payments
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.days import HORIZON_DAYS, NeverLeaves
from oms_service.sourcing.events import OrderSourced
from oms_service.warehouse import policy, queries, work
from oms_service.warehouse.queries import Fulfilment
from oms_service.warehouse.states import WorkState
from oms_service.warehouse.work import Allocated, Handled

#: Fulfilments that a sweep opens at once.
BATCH: Final = 200


class OnHold(DomainError):
    """The order waits for something; nobody picks, packs or sends it before that is settled."""

    code: ClassVar[str] = "order-on-hold"


class NotYet(DomainError):
    """The fulfilment is kept for later."""

    code: ClassVar[str] = "fulfilment-not-yet"


class NothingHere(DomainError):
    """Nothing of the order is to leave from here any more."""

    code: ClassVar[str] = "fulfilment-over"


def align(uow: UnitOfWork, order_id: int) -> dict[int, Fulfilment]:
    """Let the work follow what is allocated to an order; the order must be held.

    Returns:
        Its fulfilments by id.
    """
    lines = {line.id: line for line in order_queries.lines(uow.session, order_id)}
    promised = stock.promised(uow.session, list(lines))
    if not promised and not queries.fulfilments_of(uow.session, order_id):
        return {}
    units: dict[int, dict[int, tuple[int, int]]] = {}
    for pick in promised:
        units.setdefault(pick.location_id, {})[pick.order_line_id] = pick.variant_id, pick.quantity
    handled = work.align(
        uow,
        order_id,
        [
            Allocated(location_id=place, ship_by=_ship_by(uow, place), units=mine)
            for place, mine in units.items()
        ],
        is_held=bool(order_queries.open_holds(uow.session, order_id)),
    )
    _count(uow, order_id, lines, handled)
    return {one.id: one for one in queries.fulfilments_of(uow.session, order_id)}


def begin(uow: UnitOfWork, fulfilment_id: int, *, version: int | None = None) -> Fulfilment:
    """Hold a fulfilment's order and say what is to be done for it now.

    Raises:
        NotFound: no such fulfilment.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
    """
    order_id = queries.fulfilment(uow.session, fulfilment_id).order_id
    orders.hold_against_others(uow, order_id)
    now = align(uow, order_id)[fulfilment_id]
    check(now)
    if version is not None and now.version != version:
        raise Stale("this fulfilment changed since you opened it")
    return now


def check(fulfilment: Fulfilment) -> None:
    """Whether somebody may work on a fulfilment.

    Raises:
        OnHold, NotYet, NothingHere: nobody may.
    """
    match fulfilment.state:
        case WorkState.ON_HOLD:
            raise OnHold("this order is on hold")
        case WorkState.SCHEDULED:
            raise NotYet("this is kept for later")
        case WorkState.CLOSED | WorkState.CANCELLED:
            raise NothingHere("nothing of this order leaves from here any more")


def tell(uow: UnitOfWork, order_id: int) -> dict[int, Fulfilment]:
    """Bring the work and the order's state in line after something was done; the order is held."""
    now = align(uow, order_id)
    payments.rederive(uow, order_id)
    return now


def keep_for_later(
    uow: UnitOfWork, fulfilment_id: int, not_before: datetime | None, *, version: int | None = None
) -> Fulfilment:
    """Nobody begins before that time; None lets it go on at once.

    Raises:
        NotFound: no such fulfilment.
        Stale: it changed since it was read.
        Invalid: a time that has passed, or so far away that it is a mistake.
        NothingHere: it is over.
    """
    order_id = queries.fulfilment(uow.session, fulfilment_id).order_id
    orders.hold_against_others(uow, order_id)
    now = align(uow, order_id)[fulfilment_id]
    if now.state in (WorkState.CLOSED, WorkState.CANCELLED):
        raise NothingHere("nothing of this order leaves from here any more")
    if version is not None and now.version != version:
        raise Stale("this fulfilment changed since you opened it")
    if not_before is not None and not 0 < (not_before - uow.now).days + 1 <= _FARTHEST_DAYS:
        raise Invalid("choose a day from tomorrow on", {"not_before": "is no day to come"})
    work.schedule(uow, fulfilment_id, not_before)
    return align(uow, order_id)[fulfilment_id]


#: Longer than any pre-order waits.
_FARTHEST_DAYS: Final = 366


def put_back(uow: UnitOfWork, fulfilment_id: int) -> int:
    """What had been picked and was called off lies on its shelf again; returns the units.

    Done again, there is nothing left to put back.

    Raises:
        NotFound: no such fulfilment.
    """
    order_id = queries.fulfilment(uow.session, fulfilment_id).order_id
    orders.hold_against_others(uow, order_id)
    align(uow, order_id)
    return work.put_back(uow, fulfilment_id)


# Reactions and the sweep: what lists show follows what happened


def follow_sourcing(uow: UnitOfWork, event: OrderSourced) -> None:
    """Units were allocated or given up somewhere."""
    _follow(uow, event.order_id)


def follow_hold(uow: UnitOfWork, event: OrderHeld) -> None:
    """The order waits from now on."""
    _follow(uow, event.order_id)


def follow_release(uow: UnitOfWork, event: OrderReleased) -> None:
    """The order may go on."""
    _follow(uow, event.order_id)


def follow_cancellation(uow: UnitOfWork, event: OrderCancelled) -> None:
    """Nothing of the order is to leave any more."""
    _follow(uow, event.order_id)


def open_due(uow: UnitOfWork) -> int:
    """What was kept for later and whose time has come can be picked; orders in use wait a round."""
    due = work.due(uow.session, uow.now, limit=BATCH)
    held = orders.hold_those_free(uow, {order_id for order_id, _ in due})
    for order_id in sorted(held):
        align(uow, order_id)
    return len(held)


def _follow(uow: UnitOfWork, order_id: int) -> None:
    orders.hold_against_others(uow, order_id)
    before = order_queries.lines(uow.session, order_id)
    align(uow, order_id)
    if order_queries.lines(uow.session, order_id) != before:
        payments.rederive(uow, order_id)


def _count(
    uow: UnitOfWork,
    order_id: int,
    lines: Mapping[int, order_queries.LineView],
    handled: Mapping[int, Handled],
) -> None:
    """The order's own counters say what the locations say together."""
    changes = []
    for line_id, line in lines.items():
        now, counted = handled.get(line_id, Handled()), line.counters
        by = {"picked": now.picked - counted.picked, "packed": now.packed - counted.packed}
        if any(by.values()):
            changes.append(Units(line_id=line_id, changes=by))
    orders.move_units(uow, order_id, changes)


def _ship_by(uow: UnitOfWork, location_id: int) -> datetime:
    """The end of the day on which it should leave, by the location's calendar."""
    zone = ZoneInfo(stock.location(uow.session, location_id).zone)
    of = calendars.calendars(uow.session, zone)
    try:
        leaves = of.next_hand_over(uow.now, location_id=location_id, carrier="")
    except NeverLeaves:
        leaves = uow.now + timedelta(days=HORIZON_DAYS)
    return policy.end_of_day(leaves, zone)
