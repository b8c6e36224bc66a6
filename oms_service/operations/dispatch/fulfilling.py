"""What each location has to do for an order, kept in line with what is allocated there.

What is allocated, held and called off decides at the moment somebody acts; the fulfilments that
lists show follow it by reactions, and are brought up to date by every action before it begins.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.operations.sources import wishing
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderCancelled, OrderChanged, OrderHeld, OrderReleased
from oms_service.orders.queries import OrderView
from oms_service.orders.service import Units
from oms_service.orders.states import ChangeKind
from oms_service.payments import service as payments
from oms_service.sales import queries as sales
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.calendars.days import HORIZON_DAYS, NeverLeaves
from oms_service.shipping.windows import midnight
from oms_service.shipping.wishes import Wish
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
    units = _units(uow, lines)
    if not units and not queries.fulfilments_of(uow.session, order_id):
        return {}
    handled = work.align(
        uow,
        order_id,
        _allocated(uow, order_id, units),
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


def follow_change(uow: UnitOfWork, event: OrderChanged) -> None:
    """The order is to arrive at another time, or somewhere else: it leaves on another day."""
    if event.kind not in {ChangeKind.DELIVERY, ChangeKind.ADDRESS}:
        return
    orders.hold_against_others(uow, event.order_id)
    order = order_queries.by_id(uow.session, event.order_id)
    if event.kind == ChangeKind.ADDRESS and order.deliver_on is None:
        return
    lines = {line.id: line for line in order_queries.lines(uow.session, event.order_id)}
    align(uow, event.order_id)
    work.move(uow, event.order_id, _allocated(uow, event.order_id, _units(uow, lines)))
    align(uow, event.order_id)


def _units(
    uow: UnitOfWork, lines: Mapping[int, order_queries.LineView]
) -> dict[int, dict[int, tuple[int, int]]]:
    """(variant, quantity) by location and line, as they are promised."""
    units: dict[int, dict[int, tuple[int, int]]] = {}
    for pick in stock.promised(uow.session, list(lines)):
        units.setdefault(pick.location_id, {})[pick.order_line_id] = pick.variant_id, pick.quantity
    return units


def _allocated(
    uow: UnitOfWork, order_id: int, units: Mapping[int, Mapping[int, tuple[int, int]]]
) -> list[Allocated]:
    """What is allocated at each location, with when it is to leave."""
    order = order_queries.by_id(uow.session, order_id)
    leaves = _leave_on(uow, order, list(units)) if order.deliver_on is not None else {}
    found = []
    for place, mine in units.items():
        day = leaves.get(place)
        if day is None:
            ship_by, not_before = _ship_by(uow, place), None
        else:
            ship_by, not_before = _at_work_on(uow, place, day)
        found.append(
            Allocated(location_id=place, ship_by=ship_by, not_before=not_before, units=mine)
        )
    return found


def _leave_on(uow: UnitOfWork, order: OrderView, places: Sequence[int]) -> dict[int, date | None]:
    """The day goods leave each location on to arrive on the wished one, where they can."""
    wish = Wish(order.deliver_on, order.delivery_window)
    zone = ZoneInfo(sales.channel_by_id(uow.session, order.channel_id).zone)
    found = wishing.reach(
        uow.session,
        zone,
        destination=order_queries.destination(uow.session, order.id),
        currency=order.total.currency,
        now=uow.now,
        from_places=places,
    )
    return {place: found.leave_on(place, wish) for place in places}


def _at_work_on(uow: UnitOfWork, location_id: int, day: date) -> tuple[datetime, datetime | None]:
    """By when it leaves on a day, and when work on it begins: on its handling days, no sooner."""
    zone = ZoneInfo(stock.location(uow.session, location_id).zone)
    of = calendars.calendars(uow.session, zone)
    place = of.locations.get(location_id)
    begins, left = day, place.handling_days if place else 0
    while left > 0 and (day - begins).days < HORIZON_DAYS:
        begins -= timedelta(days=1)
        left -= of.works(location_id, begins)
    not_before = midnight(begins, zone)
    return midnight(day + timedelta(days=1), zone), not_before if not_before > uow.now else None


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
