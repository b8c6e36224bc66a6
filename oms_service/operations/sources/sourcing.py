"""Where the units of an order come from: promising them, and taking promises back.

Everything that gives stock to an order, or takes it away before it ships, goes through here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places, reservations
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.policy import Pick, Want
from oms_service.inventory.service import OutOfStock, Why, shortages
from oms_service.kernel.errors import Invalid
from oms_service.operations.sources import sourcing_choice
from oms_service.operations.sources.sending import ServiceChoice as ServiceChoice  # noqa: PLC0414 - the door to it
from oms_service.operations.sources.sending import choose_service as choose_service  # noqa: PLC0414 - the door to it
from oms_service.operations.sources.sourcing_choice import Answer, Question
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders import waiting as waiting_lines
from oms_service.orders.queries import LineView
from oms_service.orders.service import Units
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, PolicyView
from oms_service.sourcing import decisions
from oms_service.sourcing.decisions import NewDecision
from oms_service.sourcing.events import OrderSourced
from oms_service.sourcing.states import DecisionKind
from oms_service.warehouse import queries as work


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
    #: What the channel says about sourcing.
    policy: PolicyView | None
    ship_to: Mapping[str, Any] | None = field(default=None, hash=False)
    #: The shop it is fetched in: nothing else may give units to it.
    pickup_location_id: int | None = None

    @property
    def only(self) -> Collection[int] | None:
        return None if self.pickup_location_id is None else (self.pickup_location_id,)


def hold_stock(uow: UnitOfWork, variant_ids: Collection[int]) -> None:
    """Hold the stock of these variants, in the order of its keys.

    Whoever gives up some and promises others in one transaction holds all of them first, so
    that nobody waits for them in a ring.
    """
    places.hold_levels(uow, variant_ids)


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
        just_written = _written(uow, order_id)
    channel = just_written.channel
    if any(want.quantity < 1 for want in wants):
        raise Invalid("a promise is of whole units", {"quantity": "must be at least 1"})
    variants = {want.variant_id for want in wants}
    free = inventory.hold_free(uow, variants, buffer=channel.stock_buffer)
    owed = waiting_lines.owed(uow.session, variants, to_others_than=order_id)
    asked = Question(
        channel=channel,
        destination=just_written.ship_to or {},
        wants=wants,
        preferred=preferred,
        only=just_written.only if only is None else only,
    )
    answer = sourcing_choice.choose(
        uow.session, asked, free, policy=just_written.policy, now=uow.now, owed=owed
    )
    lacking = shortages(wants, answer.picks, answer.free)
    if lacking and not may_backorder:
        raise OutOfStock(lacking)
    why = Why(key=key, cause=f"order:{order_id}")
    inventory.promise(uow, answer.picks, why, buffer=channel.stock_buffer)
    waiting = _count_promised(uow, order_id, wants, answer.picks)
    decision_id = _keep(
        uow, _decision(order_id, DecisionKind.PROMISED, key, answer, waiting=waiting)
    )
    return Promised(decision_id, answer.picks, waiting)


def resource(
    uow: UnitOfWork, order_id: int, *, away_from: int, units: Mapping[int, int], key: str
) -> Promised:
    """Let units of an order come from elsewhere: what no other location has waits for stock.

    The order must be held. Done again with the same key it changes nothing.

    Args:
        uow: the transaction.
        order_id: which order.
        away_from: the location that cannot send them.
        units: how many of which order line, allocated there.
        key: names this command, at most 60 characters.

    Raises:
        Invalid: units that are not allocated there.
    """
    known = decisions.by_key(uow.session, key)
    if known is not None:
        return Promised(known.id, known.picks, known.waiting)
    wanted = {line_id: count for line_id, count in units.items() if count}
    promised = {
        pick.order_line_id: pick
        for pick in stock.promised(uow.session, list(wanted))
        if pick.location_id == away_from
    }
    if any(
        line_id not in promised or not 0 < count <= promised[line_id].quantity
        for line_id, count in wanted.items()
    ):
        raise Invalid("these units cannot move", {"units": "are not allocated there"})
    written = _written(uow, order_id)
    buffer = written.channel.stock_buffer
    variants = {promised[line_id].variant_id for line_id in wanted}
    free = inventory.hold_free(uow, variants, buffer=buffer)
    taken = [
        Pick(line_id, promised[line_id].variant_id, away_from, count)
        for line_id, count in sorted(wanted.items())
    ]
    why = Why(key=key, cause=f"order:{order_id}")
    inventory.release_units(uow, taken, why)
    lines = {line.id: line for line in order_queries.lines(uow.session, order_id)}
    wants = [Want(pick.order_line_id, pick.variant_id, pick.quantity) for pick in taken]
    asked = Question(
        channel=written.channel,
        destination=written.ship_to or {},
        wants=wants,
        away_from=away_from,
        only=written.only,
    )
    answer = sourcing_choice.choose(uow.session, asked, free, policy=written.policy, now=uow.now)
    inventory.promise(uow, answer.picks, why, buffer=buffer)
    orders.move_units(
        uow,
        order_id,
        [
            Units(line_id=line_id, changes=_less(lines[line_id], 0, count))
            for line_id, count in wanted.items()
        ],
    )
    waiting = _count_promised(uow, order_id, wants, answer.picks)
    decision_id = _keep(
        uow,
        _decision(order_id, DecisionKind.MOVED, key, answer, waiting=waiting, taken_back=taken),
    )
    return Promised(decision_id, answer.picks, waiting)


def fill(uow: UnitOfWork, order_id: int, units: Mapping[int, int], *, key: str) -> Promised:
    """Give units that came in to lines that wait; what there is not waits on.

    The order must be held. Done again with the same key it changes nothing.

    Args:
        uow: the transaction.
        order_id: which order.
        units: how many of which order line, at most as many as wait.
        key: names this command, at most 60 characters.
    """
    known = decisions.by_key(uow.session, key)
    if known is not None:
        return Promised(known.id, known.picks, known.waiting)
    lines = {line.id: line for line in order_queries.lines(uow.session, order_id)}
    wants = [
        Want(line_id, lines[line_id].variant_id, min(count, lines[line_id].counters.backordered))
        for line_id, count in sorted(units.items())
        if min(count, lines[line_id].counters.backordered) > 0
    ]
    written = _written(uow, order_id)
    buffer = written.channel.stock_buffer
    free = inventory.hold_free(uow, {want.variant_id for want in wants}, buffer=buffer)
    asked = Question(
        channel=written.channel,
        destination=written.ship_to or {},
        wants=wants,
        only=written.only,
    )
    answer = sourcing_choice.choose(uow.session, asked, free, policy=written.policy, now=uow.now)
    inventory.promise(uow, answer.picks, Why(key=key, cause=f"order:{order_id}"), buffer=buffer)
    given: dict[int, int] = {}
    for pick in answer.picks:
        given[pick.order_line_id] = given.get(pick.order_line_id, 0) + pick.quantity
    orders.move_units(
        uow,
        order_id,
        [
            Units(line_id=line_id, changes={"allocated": count, "backordered": -count})
            for line_id, count in given.items()
        ],
    )
    waiting = {
        line.id: line.counters.backordered - given.get(line.id, 0)
        for line in lines.values()
        if line.counters.backordered > given.get(line.id, 0)
    }
    if not answer.picks:
        return Promised(0, (), waiting)
    decision_id = _keep(uow, _decision(order_id, DecisionKind.FILLED, key, answer, waiting=waiting))
    return Promised(decision_id, answer.picks, waiting)


def redeem(
    uow: UnitOfWork, order_id: int, holder: str, *, key: str, waited: bool = False
) -> dict[int, int]:
    """Let units that are reserved for somebody become an order's; returns the units by line.

    Lines take what is held of their variants, in their order; what nobody of them needs is
    released. The order must be held. Done again with the same key it changes nothing.

    Args:
        uow: the transaction.
        order_id: which order.
        holder: who holds the reservations.
        key: names this command, at most 60 characters.
        waited: the lines' units count as backordered; else they have no promise yet.
    """
    if decisions.by_key(uow.session, key) is not None:
        return {}
    held = reservations.hold_open_of(uow, holder)
    lines = order_queries.lines(uow.session, order_id)
    open_units = {
        line.id: line.counters.backordered
        if waited
        else line.counters.wanted
        - line.counters.shipped
        - line.counters.allocated
        - line.counters.backordered
        for line in lines
    }
    hold_stock(uow, {line.variant_id for line in lines} | {one.variant_id for one in held})
    picks: list[Pick] = []
    given: dict[int, int] = {}
    for one in held:
        line = next(
            (of for of in lines if of.variant_id == one.variant_id and open_units[of.id]), None
        )
        if line is None:
            reservations.release_reservation(uow, one.id)
            continue
        count = min(one.quantity, open_units[line.id])
        reservations.redeem(uow, one.id, line.id, quantity=count)
        open_units[line.id] -= count
        given[line.id] = given.get(line.id, 0) + count
        picks.append(Pick(line.id, one.variant_id, one.location_id, count))
    if not picks:
        return {}
    orders.move_units(
        uow,
        order_id,
        [
            Units(
                line_id=line_id,
                changes={"allocated": count, "backordered": -count if waited else 0},
            )
            for line_id, count in given.items()
        ],
    )
    still = {
        line.id: line.counters.backordered - (given.get(line.id, 0) if waited else 0)
        for line in lines
    }
    _keep(
        uow,
        NewDecision(
            order_id=order_id,
            kind=DecisionKind.FILLED if waited else DecisionKind.PROMISED,
            key=key,
            picks=picks,
            waiting={line_id: count for line_id, count in still.items() if count},
        ),
    )
    return given


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
    picked = work.picked_at(uow.session, list(wanted))
    taken: list[Pick] = []
    changes: list[Units] = []
    for line_id, count in sorted(wanted.items()):
        line = lines[line_id]
        waited, allocated = _split(line, count)
        taken += _take_back(promised.get(line_id, ()), allocated, picked)
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


def _written(uow: UnitOfWork, order_id: int) -> JustWritten:
    order = order_queries.by_id(uow.session, order_id)
    channel = sales.channel_by_id(uow.session, order.channel_id)
    return JustWritten(
        channel,
        sourcing_choice.policy_of(uow.session, channel, now=uow.now),
        order_queries.destination(uow.session, order_id),
        order_queries.way(uow.session, order_id).pickup_location_id,
    )


def _decision(
    order_id: int,
    kind: DecisionKind,
    key: str,
    answer: Answer,
    *,
    waiting: Mapping[int, int],
    taken_back: Sequence[Pick] = (),
) -> NewDecision:
    return NewDecision(
        order_id=order_id,
        kind=kind,
        key=key,
        picks=answer.picks,
        waiting=waiting,
        taken_back=taken_back,
        policy_id=answer.policy_id,
        cost_minor=answer.cost_minor,
        is_exact=answer.is_exact,
        most_locations=answer.most_locations,
        looked_at=answer.looked_at,
    )


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


def _take_back(
    promised: Sequence[Pick], count: int, picked: Mapping[tuple[int, int], int]
) -> list[Pick]:
    """So many units of a line, those on the shelf first; of locations, the one with the fewest."""
    units = {pick.location_id: 0 for pick in promised}
    ordered = sorted(promised, key=lambda pick: (pick.quantity, pick.location_id))
    for is_picked in (False, True):
        for pick in ordered:
            done = min(pick.quantity, picked.get((pick.order_line_id, pick.location_id), 0))
            there = done if is_picked else pick.quantity - done
            here = min(count, there)
            units[pick.location_id] += here
            count -= here
    return [
        Pick(pick.order_line_id, pick.variant_id, pick.location_id, units[pick.location_id])
        for pick in ordered
        if units[pick.location_id]
    ]


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
