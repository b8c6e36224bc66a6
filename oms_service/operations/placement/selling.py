"""Selling what is not there yet: how much may wait, until when, and what a later day means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory.policy import Shortage, Want
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.orders import service as order_service
from oms_service.orders import waiting as waiting_lines
from oms_service.orders.events import OrderDateMoved
from oms_service.orders.waiting import ToTell
from oms_service.payments import service as payments
from oms_service.sales import queries as sales
from oms_service.sales import service as sales_service
from oms_service.sales.events import SellingDateMoved
from oms_service.sales.queries import ChannelView, RuleView
from oms_service.sales.states import SellingMode

#: Orders told of a new day in one transaction; the rest follows in further ones.
BATCH: Final = 100
#: How the order's log calls it that the customer would rather wait.
WAITS: Final = "waits"
#: A day that is over in UTC may still last somewhere.
_ANYWHERE: Final = timedelta(days=1)


@dataclass(frozen=True)
class Substitute:
    """Another variant of the same product that is there."""

    variant_id: int
    sku: str
    options: Mapping[str, str]
    available: int
    unit_price: Money


@dataclass(frozen=True)
class WaitingLine:
    """A line with units that wait for stock, and what may be done instead of waiting."""

    line_id: int
    sku: str
    name: Words
    units: int
    ships_by: date | None
    substitutes: tuple[Substitute, ...]
    may_cancel: bool


def accept_waiting(
    uow: UnitOfWork,
    channel: ChannelView,
    order_id: int,
    wants: Sequence[Want],
    waiting: Mapping[int, int],
    *,
    may_backorder: bool,
) -> None:
    """Let units that are not there wait, as far as the variants' rules allow.

    The units must be counted as backordered already, and the order be held. A rule is held
    while the units under it are counted, so that no two orders pass its limit together.

    Raises:
        OutOfStock: a variant may not wait, or no more of it.
    """
    variants = {
        want.order_line_id: want.variant_id for want in wants if waiting.get(want.order_line_id)
    }
    rules = sales.selling_rules(uow.session, set(variants.values()), channel.id)
    sales_service.hold_rules(uow, [rule.id for rule in rules.values()])
    rules = sales.selling_rules(uow.session, set(variants.values()), channel.id)
    refused = {
        variant_id
        for variant_id in sorted(set(variants.values()))
        if not _lets_wait(uow.session, rules.get(variant_id), may_backorder=may_backorder)
    }
    if refused:
        raise OutOfStock(_lacking(wants, waiting, refused))
    days = {
        line_id: rules[variant_id].ships_by
        for line_id, variant_id in variants.items()
        if variant_id in rules and rules[variant_id].ships_by is not None
    }
    order_service.give_days(uow, order_id, days)


def sell(
    uow: UnitOfWork,
    *,
    variant_id: int,
    channel_id: int | None,
    mode: SellingMode,
    limit_units: int | None,
    ships_by: date | None,
    version: int,
) -> RuleView:
    """Say how a variant is sold once its stock is gone, and by which day what waits leaves.

    Another day than before is told to the orders that wait, one batch after another. Said
    again with the version it made, it changes nothing and tells nobody.

    Raises:
        Stale: the rule has another version now.
        Invalid: a limit below nothing, a pre-order without a day, or another day that is over.
    """
    known = {one.channel_id: one for one in sales.rules_of_variant(uow.session, variant_id)}
    before = known.get(channel_id)
    is_new_day = ships_by is not None and (before is None or before.ships_by != ships_by)
    if is_new_day and ships_by is not None and ships_by < (uow.now - _ANYWHERE).date():
        raise Invalid("this variant cannot be sold so", {"ships_by": "is over"})
    rule = sales_service.sell_as(
        uow,
        variant_id=variant_id,
        channel_id=channel_id,
        mode=mode,
        limit_units=limit_units,
        ships_by=ships_by,
        version=version,
    )
    was = before.ships_by if before else None
    if ships_by is not None and ships_by != was and mode is not SellingMode.IN_STOCK:
        uow.emit(
            SellingDateMoved(
                selling_rule_id=rule.id,
                variant_id=variant_id,
                channel_id=channel_id,
                ships_by=ships_by.isoformat(),
                after_order_id=0,
            )
        )
    return rule


def would_tell(
    session: Session, *, variant_id: int, channel_id: int | None, ships_by: date, limit: int
) -> ToTell:
    """Whom ``sell`` with this day would tell: how many orders, and the first ``limit`` of them."""
    rules = sales.rules_of_variant(session, variant_id)
    own = {rule.channel_id for rule in rules} - {channel_id}
    return waiting_lines.with_another_day(
        session,
        variant_id,
        ships_by,
        channel_id=channel_id,
        but_channels=own if channel_id is None else frozenset(),
        limit=limit,
    )


def tell_orders(uow: UnitOfWork, event: SellingDateMoved) -> None:
    """Bring the new day to the orders that wait, a batch at a time, each told once.

    An event that a still later day has overtaken does nothing.
    """
    day = date.fromisoformat(event.ships_by)
    rules = sales.rules_of_variant(uow.session, event.variant_id)
    if not any(rule.id == event.selling_rule_id and rule.ships_by == day for rule in rules):
        return
    own = {rule.channel_id for rule in rules} - {event.channel_id}
    found = orders.waiting_orders(
        uow.session,
        event.variant_id,
        channel_id=event.channel_id,
        but_channels=own if event.channel_id is None else frozenset(),
        after=event.after_order_id,
        limit=BATCH,
    )
    for order_id in found:
        _move_lines(uow, order_id, event.variant_id, day)
    if len(found) == BATCH:
        uow.emit(
            SellingDateMoved(
                selling_rule_id=event.selling_rule_id,
                variant_id=event.variant_id,
                channel_id=event.channel_id,
                ships_by=event.ships_by,
                after_order_id=found[-1],
            )
        )


def choices(session: Session, order_id: int) -> tuple[WaitingLine, ...]:
    """What the customer of an order may choose for each line that waits: data for pages.

    Waiting is always possible; a line may be called off while none of it has been packed.
    """
    order = orders.by_id(session, order_id)
    waiting = [line for line in orders.lines(session, order_id) if line.counters.backordered]
    if not waiting:
        return ()
    kin = catalog.siblings(session, {line.variant_id for line in waiting})
    ids = [variant.id for of in kin.values() for variant in of]
    free: dict[int, int] = {}
    for level in stock.availability(session, ids):
        free[level.variant_id] = free.get(level.variant_id, 0) + level.available
    prices = catalog.prices(
        session, ids, currency=order.total.currency, channel_id=order.channel_id
    )
    return tuple(
        WaitingLine(
            line.id,
            line.sku,
            line.name,
            line.counters.backordered,
            line.ships_by,
            tuple(
                Substitute(
                    one.id,
                    one.sku,
                    one.options,
                    free[one.id],
                    Money(prices[one.id], order.total.currency),
                )
                for one in kin.get(line.variant_id, ())
                if one.id in prices and free.get(one.id, 0) >= line.counters.backordered
            ),
            not line.counters.packed,
        )
        for line in waiting
    )


def wait_on(uow: UnitOfWork, order_id: int, line_id: int) -> bool:
    """Note that the customer would rather wait for a line; once for each day they were told.

    Returns:
        Whether there is anything to wait for.

    Raises:
        NotFound: no such order, or no such line in it.
    """
    order_service.hold_against_others(uow, order_id)
    line = next(
        (one for one in orders.lines(uow.session, order_id) if one.id == line_id),
        None,
    )
    if line is None:
        raise NotFound("no such line in this order")
    if not line.counters.backordered:
        return False
    said = {"sku": line.sku, "new_day": line.ships_by.isoformat() if line.ships_by else None}
    if not waiting_lines.is_noted(uow.session, order_id, WAITS, said):
        order_service.note(uow, order_id, WAITS, said)
        uow.touch(f"order:{order_id}")
    return True


def _lets_wait(session: Session, rule: RuleView | None, *, may_backorder: bool) -> bool:
    if rule is None:
        return may_backorder
    if rule.mode is SellingMode.IN_STOCK:
        return False
    if rule.limit_units is None:
        return True
    taken = orders.waiting_units(session, rule.variant_id, channel_id=rule.channel_id)
    return taken <= rule.limit_units


def _lacking(
    wants: Sequence[Want], waiting: Mapping[int, int], refused: set[int]
) -> list[Shortage]:
    wanted: dict[int, int] = {}
    there: dict[int, int] = {}
    for want in wants:
        if want.variant_id in refused:
            units = want.quantity - waiting.get(want.order_line_id, 0)
            wanted[want.variant_id] = wanted.get(want.variant_id, 0) + want.quantity
            there[want.variant_id] = there.get(want.variant_id, 0) + units
    return [Shortage(variant, wanted[variant], there[variant]) for variant in sorted(wanted)]


def _move_lines(uow: UnitOfWork, order_id: int, variant_id: int, day: date) -> None:
    order_service.hold_against_others(uow, order_id)
    lines = [
        line
        for line in orders.lines(uow.session, order_id)
        if line.variant_id == variant_id and line.counters.backordered and line.ships_by != day
    ]
    if not lines:
        return
    order_service.give_days(uow, order_id, {line.id: day for line in lines})
    before = lines[0].ships_by
    order_service.note(
        uow,
        order_id,
        "date_moved",
        {
            "sku": lines[0].sku,
            "old_day": before.isoformat() if before else None,
            "new_day": day.isoformat(),
        },
    )
    payments.rederive(uow, order_id)
    uow.emit(
        OrderDateMoved(
            order_id=order_id,
            variant_id=variant_id,
            old_day=before.isoformat() if before else None,
            new_day=day.isoformat(),
        )
    )
