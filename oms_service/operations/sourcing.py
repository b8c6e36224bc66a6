"""Where the units of an order come from: promising them, and taking promises back.

Everything that gives stock to an order, or takes it away before it ships, goes through here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.policy import Pick, Want, source
from oms_service.inventory.service import OutOfStock, Why, shortages
from oms_service.kernel.errors import Invalid
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import LineView
from oms_service.orders.service import Units
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.sourcing import decisions
from oms_service.sourcing.decisions import NewDecision
from oms_service.sourcing.events import OrderSourced
from oms_service.sourcing.states import DecisionKind


@dataclass(frozen=True)
class Promised:
    """What a promise came to: units by line and location, and units by line that wait."""

    decision_id: int
    picks: tuple[Pick, ...]
    waiting: Mapping[int, int] = field(hash=False)

    @property
    def waits(self) -> bool:
        return bool(self.waiting)


@dataclass(frozen=True)
class JustWritten:
    """What is known of an order that this transaction wrote, so that nothing is read again."""

    channel: ChannelView


def promise(  # noqa: PLR0913 - each is one word of the caller's, most of them with a default
    uow: UnitOfWork,
    order_id: int,
    wants: Sequence[Want],
    *,
    key: str,
    may_backorder: bool,
    preferred: Sequence[int] = (),
    only: Collection[int] | None = None,
    just_written: JustWritten | None = None,
) -> Promised:
    """Give units to lines of an order; what there is not waits, where it may.

    Counts them as allocated and backordered. The order must be held. Done again with the same
    key it changes nothing and answers what it answered then.

    Args:
        uow: the transaction.
        order_id: which order.
        wants: units of its lines that have no promise yet.
        key: names this promise, at most 60 characters.
        may_backorder: whether units may wait for stock.
        preferred: locations to take first.
        only: the locations that may be looked at; all of them where not given.
        just_written: where this transaction wrote the order.

    Raises:
        OutOfStock: not everything can be had, and units may not wait.
        Invalid: units of nothing, or less than one.
    """
    if just_written is None:
        known = decisions.by_key(uow.session, key)
        if known is not None:
            return Promised(known.id, known.picks, known.waiting)
        channel = _channel_of(uow, order_id)
    else:
        channel = just_written.channel
    if any(want.quantity < 1 for want in wants):
        raise Invalid("a promise is of whole units", {"quantity": "must be at least 1"})
    free = inventory.hold_free(
        uow, {want.variant_id for want in wants}, buffer=channel.stock_buffer
    )
    if only is not None:
        free = {place: units for place, units in free.items() if place[1] in only}
    picks = source(wants, free, preferred=preferred)
    lacking = shortages(wants, picks, free)
    if lacking and not may_backorder:
        raise OutOfStock(lacking)
    why = Why(key=key, cause=f"order:{order_id}")
    inventory.promise(uow, picks, why, buffer=channel.stock_buffer)
    waiting = _count_promised(uow, order_id, wants, picks)
    decision_id = _keep(
        uow,
        NewDecision(
            order_id=order_id, kind=DecisionKind.PROMISED, key=key, picks=picks, waiting=waiting
        ),
    )
    return Promised(decision_id, tuple(picks), waiting)


def give_up(uow: UnitOfWork, order_id: int, units: Mapping[int, int], *, key: str) -> None:
    """Take promises of an order back, so that its units are nobody's.

    Of each line, units without any promise go first, then those that wait, then those allocated
    and not picked, then picked and packed ones; of several locations, the one that sends the
    fewest. The counters go down; the caller counts the units as cancelled, or promises them
    anew. The order must be held. Done again with the same key it changes nothing.

    Args:
        uow: the transaction.
        order_id: which order.
        units: how many of which order line; a line with none is left alone.
        key: names this command, at most 60 characters.

    Raises:
        Invalid: a line of another order, or more units than are wanted and not shipped.
    """
    if decisions.by_key(uow.session, key) is not None:
        return
    lines = {line.id: line for line in order_queries.lines(uow.session, order_id)}
    _check_units(lines, units)
    wanted = {line_id: count for line_id, count in units.items() if count}
    promised: dict[int, list[Pick]] = {}
    for pick in stock.promised(uow.session, list(wanted)):
        promised.setdefault(pick.order_line_id, []).append(pick)
    taken: list[Pick] = []
    changes: list[Units] = []
    for line_id, count in sorted(wanted.items()):
        line = lines[line_id]
        waited, allocated = _split(line, count)
        taken += _take_back(promised.get(line_id, ()), allocated)
        changes.append(Units(line_id=line_id, changes=_less(line, waited, allocated)))
    inventory.release_units(uow, taken, Why(key=key, cause=f"order:{order_id}"))
    orders.move_units(uow, order_id, changes)
    still = {
        line.id: line.counters.backordered - _split(line, wanted.get(line.id, 0))[0]
        for line in lines.values()
    }
    _keep(
        uow,
        NewDecision(
            order_id=order_id,
            kind=DecisionKind.GIVEN_UP,
            key=key,
            taken_back=taken,
            waiting={line_id: count for line_id, count in still.items() if count},
        ),
    )


def _channel_of(uow: UnitOfWork, order_id: int) -> ChannelView:
    order = order_queries.by_id(uow.session, order_id)
    return sales.channel_by_id(uow.session, order.channel_id)


def _count_promised(
    uow: UnitOfWork, order_id: int, wants: Sequence[Want], picks: Sequence[Pick]
) -> dict[int, int]:
    """Move the counters; returns the units that wait, by line."""
    allocated: dict[int, int] = {}
    for pick in picks:
        allocated[pick.order_line_id] = allocated.get(pick.order_line_id, 0) + pick.quantity
    wanted: dict[int, int] = {}
    for want in wants:
        wanted[want.order_line_id] = wanted.get(want.order_line_id, 0) + want.quantity
    waiting = {line_id: count - allocated.get(line_id, 0) for line_id, count in wanted.items()}
    orders.move_units(
        uow,
        order_id,
        [
            Units(
                line_id=line_id,
                changes={"allocated": allocated.get(line_id, 0), "backordered": waiting[line_id]},
            )
            for line_id in wanted
        ],
    )
    return {line_id: count for line_id, count in waiting.items() if count}


def _check_units(lines: Mapping[int, LineView], units: Mapping[int, int]) -> None:
    wrong = {
        f"line {lines[line_id].position if line_id in lines else '?'}": "has not so many units left"
        for line_id, count in units.items()
        if line_id not in lines
        or not 0 <= count <= lines[line_id].counters.wanted - lines[line_id].counters.shipped
    }
    if wrong:
        raise Invalid("these units cannot be given up", wrong)


def _split(line: LineView, count: int) -> tuple[int, int]:
    """How many of ``count`` units come from those that wait, and from those allocated."""
    now = line.counters
    unpromised = now.wanted - now.shipped - now.backordered - now.allocated
    waited = min(max(0, count - unpromised), now.backordered)
    return waited, max(0, count - unpromised - waited)


def _less(line: LineView, waited: int, allocated: int) -> dict[str, int]:
    """Counters go down; what was picked or packed stays so, as far as it is still allocated."""
    now = line.counters
    left = now.allocated - allocated
    picked = min(now.picked, left)
    return {
        "backordered": -waited,
        "allocated": -allocated,
        "picked": picked - now.picked,
        "packed": min(now.packed, picked) - now.packed,
    }


def _take_back(promised: Sequence[Pick], count: int) -> list[Pick]:
    taken: list[Pick] = []
    for pick in sorted(promised, key=lambda pick: (pick.quantity, pick.location_id)):
        units = min(count, pick.quantity)
        if units:
            taken.append(Pick(pick.order_line_id, pick.variant_id, pick.location_id, units))
            count -= units
    return taken


def _keep(uow: UnitOfWork, new: NewDecision) -> int:
    """Write the decision down and tell of it."""
    decision_id = decisions.keep(uow, new)
    uow.emit(
        OrderSourced(
            order_id=new.order_id,
            decision_id=decision_id,
            kind=new.kind,
            waits=any(new.waiting.values()),
        )
    )
    return decision_id
