"""What an exchange does when its return is approved, arrives, is called off or never comes.

Exchanged units of the old line are ``removed`` from what the order costs in the moment the new
ones become a line of it. Until then the new units are reserved, so that they are still there when
the goods come.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Final

from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import reservations
from oms_service.inventory import service as inventory
from oms_service.inventory.policy import Want, source
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import due, settling
from oms_service.operations.placement import holding, totals
from oms_service.operations.placement.totals import Bill
from oms_service.operations.sources import sourcing
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.service import NewLine, Units
from oms_service.orders.states import HoldReason
from oms_service.payments import attempts
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import PaymentAuthorized, PaymentCaptured
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import AttemptState, Purpose
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.events import ExchangeCancelled, ExchangeCompleted, ExchangeSent
from oms_service.returns.exchanges import ExchangeLineView, ExchangeView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ExchangeAction, ExchangeState, Moment, NeverBack
from oms_service.sales import queries as sales

#: How long units stay reserved behind the last day to send goods back, for the way and the dock.
PATIENCE: Final = timedelta(days=14)
#: The same where a policy names no such day.
WITHOUT_A_DAY: Final = timedelta(days=60)

#: The reason under which money of exchanges is asked for and given back.
REASON: Final = due.EXCHANGE


class AlreadyOnItsWay(DomainError):
    """The new goods have left: the exchange cannot be called off any more."""

    code: ClassVar[str] = "exchange-on-its-way"


def accept(uow: UnitOfWork, view: ReturnView) -> None:
    """The exchange goes ahead: the new goods leave now, or are kept for when the old ones come.

    Raises:
        OutOfStock: there are not enough new units any more.
        CannotSettle: the difference cannot go by the method that was named.
        NotEnoughBalance: the gift card or credit holds less than the difference.
    """
    exchange = exchanges.by_return(uow.session, view.id)
    exchanges.turn(uow, exchange.id, ExchangeAction.ACCEPT)
    if exchange.sends is Moment.AT_ONCE:
        units = {line.id: line.quantity for line in exchange.lines}
        _send(uow, exchange, units, pay_now=exchange.settles is Moment.AT_ONCE)
        return
    if exchange.settles is Moment.AT_ONCE:
        total = order_queries.by_id(uow.session, exchange.order_id).total
        after = total + exchange.difference
        _settle(uow, exchange, exchange.difference, step="accepted", total=after)
        exchanges.note_settled(uow, exchange.id, settled=exchange.difference)
    _reserve(uow, exchange, view)


def received(uow: UnitOfWork, view: ReturnView, *, here: set[int]) -> None:
    """All that will come has come: send what was waiting for it, settle what is open.

    Units that did not come are not exchanged; where their new ones left at once, they are
    charged if the policy says so. The levels of ``here``, the variants that came, are held
    together with those of what goes.
    """
    exchange = exchanges.by_return(uow.session, view.id)
    came = {line.order_line_id: line.received for line in view.lines}
    if exchange.state is ExchangeState.WAITING and not any(came.values()):
        cancel(uow, view)
        return
    if exchange.state is ExchangeState.WAITING:
        _send(uow, exchange, _pairs(exchange.lines, came), pay_now=True, here=here)
    else:
        _close(uow, exchange, view)
    exchanges.turn(uow, exchange.id, ExchangeAction.COMPLETE)
    uow.emit(
        ExchangeCompleted(order_id=exchange.order_id, return_id=view.id, exchange_id=exchange.id)
    )


def cancel(uow: UnitOfWork, view: ReturnView) -> None:
    """Undo an exchange: reserved units are free, new lines called off, the difference goes back.

    Raises:
        AlreadyOnItsWay: some of the new goods have left.
    """
    exchange = exchanges.by_return(uow.session, view.id)
    if exchange.state is ExchangeState.SENT:
        _take_back(uow, exchange)
    else:
        total = order_queries.by_id(uow.session, exchange.order_id).total
        _undo_payment(uow, exchange, -exchange.settled, total=total)
        _hold_levels(uow, exchange)
        _release(uow, exchange)
    exchanges.turn(
        uow, exchange.id, ExchangeAction.CANCEL, settled=Money(0, exchange.difference.currency)
    )
    uow.emit(
        ExchangeCancelled(order_id=exchange.order_id, return_id=view.id, exchange_id=exchange.id)
    )


def _send(
    uow: UnitOfWork,
    exchange: ExchangeView,
    units: Mapping[int, int],
    *,
    pay_now: bool,
    here: frozenset[int] | set[int] = frozenset(),
) -> None:
    """Make new units lines of the order and promise them; old units cost nothing any more."""
    before = _bill(uow, exchange.order_id)
    pairs = [(line, units[line.id]) for line in exchange.lines if units.get(line.id)]
    known = catalog.variants(uow.session, {line.variant_id for line, _ in pairs})
    new_ids = orders.add_lines(
        uow,
        exchange.order_id,
        [
            NewLine(
                variant_id=line.variant_id,
                sku=known[line.variant_id].sku,
                name=known[line.variant_id].name,
                options=known[line.variant_id].options,
                unit_price_minor=line.unit_price.minor,
                tax_rate_bp=known[line.variant_id].tax_rate_bp,
                ordered=quantity,
                replaces_line_id=line.order_line_id,
            )
            for line, quantity in pairs
        ],
        origin=f"exchange:{exchange.id}",
    )
    _remove(uow, exchange, ((line.order_line_id, quantity) for line, quantity in pairs))
    exchanges.give_new_lines(
        uow, {line.id: new_id for (line, _), new_id in zip(pairs, new_ids, strict=True)}
    )
    changed = totals.retotal(uow, before)
    settled = exchange.settled
    if pay_now:
        owed = changed.difference - settled
        if owed.minor < 0:
            owed += _ask_no_more(uow, exchange, is_over=False)
        _settle(uow, exchange, owed, step="sent", total=changed.after)
        settled = changed.difference
    _hold_levels(uow, exchange, here)
    _release(uow, exchange)
    sourcing.promise(
        uow,
        exchange.order_id,
        [
            Want(new_id, line.variant_id, quantity)
            for (line, quantity), new_id in zip(pairs, new_ids, strict=True)
        ],
        key=f"exchange:{exchange.id}:sent",
        may_backorder=exchange.sends is Moment.ON_RECEIPT,
    )
    exchanges.turn(
        uow,
        exchange.id,
        ExchangeAction.SEND,
        settled=settled,
        difference=changed.difference,
    )
    uow.emit(
        ExchangeSent(
            order_id=exchange.order_id,
            return_id=exchange.return_id,
            exchange_id=exchange.id,
        )
    )


def _close(uow: UnitOfWork, exchange: ExchangeView, view: ReturnView) -> None:
    """The new goods left before: settle what waited for receipt, charge what did not come."""
    missing = {line.order_line_id: line.missing for line in view.lines if line.missing}
    owed = exchange.difference - exchange.settled
    total = order_queries.by_id(uow.session, exchange.order_id).total
    if missing and exchange.never_back is NeverBack.CHARGE:
        before = _bill(uow, exchange.order_id)
        _remove(uow, exchange, ((line_id, -units) for line_id, units in missing.items()))
        changed = totals.retotal(uow, before)
        owed, total = owed + changed.difference, changed.after
    _settle(uow, exchange, owed, step="closed", total=total)
    exchanges.note_settled(uow, exchange.id, settled=exchange.settled + owed)


def _take_back(uow: UnitOfWork, exchange: ExchangeView) -> None:
    before = _bill(uow, exchange.order_id)
    lines = {line.id: line for line in order_queries.lines(uow.session, exchange.order_id)}
    sent = [line for line in exchange.lines if line.new_line_id is not None]
    new = [lines[line.new_line_id] for line in sent if line.new_line_id is not None]
    if any(line.counters.shipped for line in new):
        raise AlreadyOnItsWay("the new goods have left already")
    wanted = {line.id: line.counters.wanted for line in new}
    old = _units((line.order_line_id, -line.quantity) for line in sent)
    undone = _difference(before, old | wanted)
    _undo_payment(
        uow,
        exchange,
        undone + exchange.difference - exchange.settled,
        total=before.order.total + undone,
    )
    _remove(uow, exchange, old.items())
    sourcing.give_up(
        uow,
        exchange.order_id,
        {line_id: units for line_id, units in wanted.items() if units},
        key=f"exchange:{exchange.id}:undone",
    )
    orders.move_units(
        uow,
        exchange.order_id,
        [
            Units(line_id=line_id, changes={"cancelled": units, "removed": units})
            for line_id, units in wanted.items()
        ],
    )
    totals.retotal(uow, before)


def _difference(before: Bill, removed: Mapping[int, int]) -> Money:
    """By how much the order costs more once these units of its lines are not charged."""
    lines = [
        replace(line, removed=line.removed + removed.get(line.line_id, 0)) for line in before.lines
    ]
    anew = totals.after_change(before, lines)
    return Money(anew.totals.total_minor, before.order.total.currency) - before.order.total


def give_back_late(uow: UnitOfWork, event: PaymentAuthorized | PaymentCaptured) -> None:
    """A reaction: money that comes for an exchange which was called off meanwhile goes back.

    Counts from what came and what went back, so that running again gives nothing more.
    """
    orders.hold_against_others(uow, event.order_id)
    known = exchanges.of_returns(
        uow.session, [view.id for view in return_queries.of_orders(uow.session, [event.order_id])]
    )
    for exchange in known.values():
        if exchange.state is ExchangeState.CANCELLED:
            _give_back_late(uow, exchange, event.attempt_id)


def _give_back_late(uow: UnitOfWork, exchange: ExchangeView, attempt_id: int) -> None:
    order_id, name = exchange.order_id, _holder(exchange)
    undone = {one.id for one in settling.asked(uow.session, order_id, f"{name}:undone")}
    asked = [
        one
        for one in settling.asked(uow.session, order_id, f"{name}:")
        if one.id not in undone and one.state is AttemptState.DONE
    ]
    promised = {one.provider_ref for one in asked if one.purpose is Purpose.AUTHORIZE}
    came = [one for one in asked if one.purpose is Purpose.CHARGE] + [
        one
        for one in attempts.of_order(uow.session, order_id)
        if one.purpose is Purpose.CAPTURE
        and one.state is AttemptState.DONE
        and one.payment_ref in promised
    ]
    if attempt_id in {one.id for one in asked if one.purpose is Purpose.AUTHORIZE}:
        _ask_no_more(uow, exchange, is_over=True)
    if attempt_id not in {one.id for one in came}:
        return
    uow.session.flush()
    went = {
        one.id: one.amount.minor
        for key in (name, settling.key_of(order_id, name))
        for one in payments.of_key(uow, order_id, key)
    }
    surplus = sum(one.amount.minor for one in came) - sum(went.values())
    left = payment_policy.refundable(payment_queries.left_by_method(uow.session, order_id))
    if min(surplus, left) > 0:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=order_id,
                amount=Money(min(surplus, left), exchange.difference.currency),
                reason=REASON,
                key=f"{name}:late:{attempt_id}",
                method_id=exchange.method_id,
            ),
        )
        payments.rederive(uow, order_id)


def _undo_payment(uow: UnitOfWork, exchange: ExchangeView, owed: Money, *, total: Money) -> None:
    """Give back what was settled; what is not here yet is asked for no more."""
    spared = _ask_no_more(uow, exchange, is_over=True)
    _settle(uow, exchange, owed + spared, step="undone", total=total)


def _ask_no_more(uow: UnitOfWork, exchange: ExchangeView, *, is_over: bool) -> Money:
    return settling.ask_no_more(
        uow,
        exchange.order_id,
        f"{_holder(exchange)}:",
        currency=exchange.difference.currency,
        reason="exchange_changed",
        is_over=is_over,
    )


def _pairs(lines: Iterable[ExchangeLineView], came: Mapping[int, int]) -> dict[int, int]:
    """How many units of each pair go ahead: those that came, the first pair of a line first."""
    left = dict(came)
    units: dict[int, int] = {}
    for line in lines:
        units[line.id] = min(line.quantity, left.get(line.order_line_id, 0))
        left[line.order_line_id] = left.get(line.order_line_id, 0) - units[line.id]
    return units


def _remove(uow: UnitOfWork, exchange: ExchangeView, units: Iterable[tuple[int, int]]) -> None:
    changes = [Units(line_id=one, changes={"removed": by}) for one, by in _units(units).items()]
    orders.move_units(uow, exchange.order_id, changes)


def _units(units: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Added up by line."""
    by_line: dict[int, int] = {}
    for line_id, count in units:
        by_line[line_id] = by_line.get(line_id, 0) + count
    return by_line


def _settle(
    uow: UnitOfWork, exchange: ExchangeView, amount: Money, *, step: str, total: Money
) -> None:
    """Ask for or give back an amount, by the method named or, without one, as the money came.

    ``total`` is what the order costs once this step is done. Where the method no longer serves
    when the goods come, the order waits for its money.
    """
    key = f"exchange:{exchange.id}:{step}"
    order_id, method_id = exchange.order_id, exchange.method_id
    others = due.of_exchanges(uow.session, order_id, but={exchange.id})
    needed = total.minor + others
    if amount.minor < 0:
        uow.session.flush()
        paid = payment_queries.left_by_method(uow.session, order_id)
        amount = Money(max(amount.minor, -payment_policy.refundable(paid)), amount.currency)
    if not amount:
        return
    if amount.minor < 0 and method_id is None:
        settling.give_back(
            uow,
            order_id,
            -amount,
            method_id=None,
            key=key,
            reason=REASON,
            needed_minor=needed,
        )
    elif method_id is None or (
        step != "accepted"
        and settling.objection(uow.session, order_id, amount, method_id) is not None
    ):
        holding.wait(uow, order_id, HoldReason.PAYMENT, rule=REASON)
    else:
        settling.settle(
            uow,
            order_id,
            amount,
            method_id=method_id,
            key=key,
            reason=REASON,
            needed_minor=needed,
        )


def _reserve(uow: UnitOfWork, exchange: ExchangeView, view: ReturnView) -> None:
    order = order_queries.by_id(uow.session, exchange.order_id)
    buffer = sales.channel_by_id(uow.session, order.channel_id).stock_buffer
    wants = [Want(line.id, line.variant_id, line.quantity) for line in exchange.lines]
    free = inventory.hold_free(uow, {want.variant_id for want in wants}, buffer=buffer)
    picks = source(wants, free)
    lacking = inventory.shortages(wants, picks, free)
    if lacking:
        raise OutOfStock(lacking)
    units: dict[tuple[int, int], int] = {}
    for pick in picks:
        place = pick.variant_id, pick.location_id
        units[place] = units.get(place, 0) + pick.quantity
    reservations.reserve(
        uow,
        reservations.Hold(
            units=units,
            holder=_holder(exchange),
            until=view.send_back_by + PATIENCE if view.send_back_by else uow.now + WITHOUT_A_DAY,
            key=_holder(exchange),
        ),
        buffer=buffer,
    )


def _release(uow: UnitOfWork, exchange: ExchangeView) -> None:
    for held in reservations.open_of(uow.session, _holder(exchange)):
        reservations.release_reservation(uow, held.id)


def _hold_levels(
    uow: UnitOfWork, exchange: ExchangeView, here: frozenset[int] | set[int] = frozenset()
) -> None:
    """Hold every level this touches in key order, before the first of them is moved."""
    inventory.hold_free(uow, {line.variant_id for line in exchange.lines} | here)


def _holder(exchange: ExchangeView) -> str:
    return f"exchange:{exchange.id}"


def _bill(uow: UnitOfWork, order_id: int) -> Bill:
    uow.session.flush()
    return totals.bill(uow.session, order_queries.by_id(uow.session, order_id))
