"""Changing a placed order: asked for, decided by policy, done at once or kept until confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.policy import Want
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling, change_wishes, changing_preview
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    Expedite,
    PayOtherwise,
    ShipElsewhere,
    Wish,
)
from oms_service.operations.changes.changing_book import REASON, Book, open_book
from oms_service.operations.changes.changing_preview import Plan, Preview
from oms_service.operations.money import due, paying, settling
from oms_service.operations.placement import totals
from oms_service.operations.returning import remedying
from oms_service.operations.rules.change_eligibility import ChangeDecision, ChangeRefused
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.operations.sources import sourcing
from oms_service.orders import changes
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.changes import ChangeView, NewChange
from oms_service.orders.events import (
    OrderChangeClosed,
    OrderChanged,
    OrderChangeProposed,
    OrderLinesCancelled,
)
from oms_service.orders.queries import OrderView
from oms_service.orders.service import Units
from oms_service.orders.states import ChangeAction, ChangeKind, ChangeState
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import PaymentCaptured
from oms_service.payments.service import NotEnoughBalance, WantedRefund

#: How long a proposed change may wait to be confirmed.
KEPT: Final = timedelta(hours=24)
#: How many proposals a sweep ends at a time.
BATCH: Final = 100
#: Who may say yes to what policy leaves to a person.
_PERSONS: Final = frozenset({ActorKind.STAFF, ActorKind.SYSTEM, ActorKind.INTEGRATION})


class StaleOrder(Stale):
    """The order changed since it was read; ``order`` is what it is now."""

    def __init__(self, order: OrderView) -> None:
        super().__init__(
            f"the order has changed: version {order.version}, {order.order_state},"
            f" {order.fulfilment_state}, {order.payment_state}"
        )
        self.order = order


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A wish to change an order.

    ``key`` is the caller's own, at most 120 characters: asked twice it is one change. ``version``
    is the order's as the asker saw it, ``digest`` that of the preview they confirmed.
    """

    order_id: int
    wish: Wish
    channel: str
    key: str
    version: int | None = None
    digest: str | None = None


def request(uow: UnitOfWork, wanted: Wanted) -> ChangeView:
    """Change an order; what policy leaves to a person stays proposed until one confirms it.

    The order is held while the policy is asked, so that of two who ask at once one wins.

    Raises:
        NotFound: no such order.
        Invalid: what cannot be meant, as in ``changing_preview.preview``.
        ChangeRefused: the policy does not allow it; nothing is changed.
        StaleOrder: the order, or what was shown, has changed meanwhile.
    """
    known = _known(uow, wanted)
    if known is not None:
        return known
    book, seen, plan = _look(uow, wanted)
    change = _write(uow, wanted, seen, expires_at=None)
    if seen.decision.outcome is Outcome.AT_ONCE:
        return _apply(uow, change, book, seen, plan)
    return _tell_proposed(uow, change)


def propose(uow: UnitOfWork, wanted: Wanted) -> ChangeView:
    """Keep a change that somebody else is to confirm, such as the customer; a day at most.

    Raises:
        as ``request``.
    """
    known = _known(uow, wanted)
    if known is not None:
        return known
    _book, seen, _plan = _look(uow, wanted)
    return _tell_proposed(uow, _write(uow, wanted, seen, expires_at=uow.now + KEPT))


def confirm(uow: UnitOfWork, change_id: int) -> ChangeView:
    """Do what was proposed, if it still would bring what was shown.

    Raises:
        NotFound: no such change.
        ChangeDecided: it has come to an end already.
        ChangeRefused: the policy no longer allows it, or leaves it to a person.
        StaleOrder: it would bring something else now.
        Invalid: the address is not kept any more.
    """
    change = changes.by_id(uow.session, change_id)
    orders.hold_against_others(uow, change.order_id)
    change = changes.by_id(uow.session, change_id)
    if not change.is_open:
        raise changes.ChangeDecided(change)
    if change.expires_at is not None and change.expires_at <= uow.now:
        raise StaleOrder(order_queries.by_id(uow.session, change.order_id))
    wish = change_wishes.read(
        change.kind,
        change.wish,
        reason=change.reason,
        method_id=change.wish.get("method"),
        address=changes.wanted_address(uow.session, change_id),
    )
    book = open_book(uow.session, change.order_id, now=uow.now)
    seen, plan = changing_preview.look(uow.session, book, wish)
    is_person = uow.actor.kind in _PERSONS
    if seen.decision.is_refused or not (seen.decision.outcome is Outcome.AT_ONCE or is_person):
        raise ChangeRefused(seen.decision)
    if seen.digest != change.digest:
        raise StaleOrder(book.order)
    return _apply(uow, change, book, seen, plan)


def decline(uow: UnitOfWork, change_id: int) -> ChangeView:
    """Let a proposed change be.

    Raises:
        NotFound: no such change.
        ChangeDecided: it has come to an end already.
    """
    change = changes.by_id(uow.session, change_id)
    return _close(uow, change, ChangeAction.DECLINE)


def expire_overdue(uow: UnitOfWork) -> int:
    """The sweep: proposals whose time is over; returns how many were ended."""
    ids = changes.run_out(uow.session, now=uow.now, limit=BATCH)
    late = sorted((changes.by_id(uow.session, one) for one in ids), key=lambda one: one.order_id)
    for change in late:
        orders.hold_against_others(uow, change.order_id)
        if changes.by_id(uow.session, change.id).is_open:
            _close(uow, change, ChangeAction.EXPIRE)
    return len(late)


def finish_moving_money(uow: UnitOfWork, event: PaymentCaptured) -> None:
    """A reaction: the new method has paid, so what others had paid goes back.

    Refunds have keys of their own, so that running again pays nothing twice.
    """
    orders.hold_against_others(uow, event.order_id)
    for change in changes.of_order(uow.session, event.order_id):
        if change.kind is ChangeKind.PAYMENT and change.state is ChangeState.CONFIRMED:
            _give_back_to_others(uow, change)


def _known(uow: UnitOfWork, wanted: Wanted) -> ChangeView | None:
    locks.a_name(uow.session, f"change {wanted.key}")
    known = changes.by_key(uow.session, wanted.key)
    if known is not None and known.order_id != wanted.order_id:
        raise Invalid("this key is of another order", {"key": "was used before"})
    return known


def _look(uow: UnitOfWork, wanted: Wanted) -> tuple[Book, Preview, Plan]:
    """Hold the order and decide; a refusal and a stale screen end here."""
    orders.hold_against_others(uow, wanted.order_id)
    book = open_book(uow.session, wanted.order_id, now=uow.now)
    if wanted.version is not None and wanted.version != book.order.version:
        raise StaleOrder(book.order)
    seen, plan = changing_preview.look(uow.session, book, wanted.wish)
    if seen.decision.is_refused:
        raise ChangeRefused(seen.decision)
    if wanted.digest is not None and wanted.digest != seen.digest:
        raise StaleOrder(book.order)
    return book, seen, plan


def _write(
    uow: UnitOfWork, wanted: Wanted, seen: Preview, *, expires_at: datetime | None
) -> ChangeView:
    wish = seen.wish
    asked: dict[str, Any] = change_wishes.written(wish)
    method_id = change_wishes.method_of(wish)
    if method_id is not None:
        asked["method"] = method_id
    return changes.propose(
        uow,
        NewChange(
            order_id=wanted.order_id,
            kind=wish.kind,
            channel=wanted.channel,
            wish=asked,
            key=wanted.key,
            digest=seen.digest,
            before_minor=seen.before.minor,
            after_minor=seen.after.minor,
            reason=wish.reason if isinstance(wish, CallOff) else "",
            method_id=seen.method_id,
            address=wish.address if isinstance(wish, ShipElsewhere) else None,
            referred_by_rule=seen.decision.failed_rule,
            expires_at=expires_at,
        ),
    )


def _tell_proposed(uow: UnitOfWork, change: ChangeView) -> ChangeView:
    uow.emit(
        OrderChangeProposed(
            order_id=change.order_id,
            change_id=change.id,
            kind=change.kind,
            failed_rule=change.referred_by_rule,
        )
    )
    uow.touch(f"order:{change.order_id}")
    return change


def _close(uow: UnitOfWork, change: ChangeView, action: ChangeAction) -> ChangeView:
    orders.hold_against_others(uow, change.order_id)
    closed = changes.decide(uow, change.id, action)
    uow.emit(
        OrderChangeClosed(
            order_id=closed.order_id, change_id=closed.id, kind=closed.kind, state=closed.state
        )
    )
    uow.touch(f"order:{closed.order_id}")
    return closed


def _apply(
    uow: UnitOfWork, change: ChangeView, book: Book, seen: Preview, plan: Plan
) -> ChangeView:
    """Do it: goods, money, log. What the database refuses after all refuses the whole."""
    before = book.ship_to if change.kind is ChangeKind.ADDRESS else None
    try:
        _act(uow, change, book, seen, plan)
    except OutOfStock as error:
        free = min(shortage.available for shortage in error.shortages)
        raise _refused(Code.VARIANT_OUT_OF_STOCK, {"left": free}) from None
    except NotEnoughBalance:
        raise _refused(Code.BALANCE_TOO_LOW, {}) from None
    done = changes.decide(
        uow,
        change.id,
        ChangeAction.CONFIRM,
        settled_minor=seen.settled.minor,
        address_before=before,
    )
    if change.kind is ChangeKind.PAYMENT:
        _give_back_to_others(uow, done)
    payments.rederive(uow, change.order_id)
    _tell_changed(uow, done, plan)
    return done


def _refused(code: Code, facts: Mapping[str, int]) -> ChangeRefused:
    return ChangeRefused(ChangeDecision(Outcome.REFUSED, (Cause(code, facts),)))


def _act(uow: UnitOfWork, change: ChangeView, book: Book, seen: Preview, plan: Plan) -> None:
    order_id, wish = change.order_id, seen.wish
    if isinstance(wish, CallOff) and plan.units is None:
        cancelling.call_off(uow, order_id, reason=wish.reason)
        return
    if isinstance(wish, PayOtherwise):
        settling.settle(
            uow,
            order_id,
            seen.moved,
            method_id=wish.method_id,
            key=_key(change),
            reason=due.PAID_OTHERWISE,
        )
        return
    if isinstance(wish, DeliverAt):
        orders.wish_delivery(uow, order_id, wish.deliver_on, wish.window)
        return
    _move_goods(uow, change, plan)
    if isinstance(wish, ShipElsewhere):
        orders.send_elsewhere(uow, order_id, wish.address)
        _source_anew(uow, change, book, wish)
    if isinstance(wish, Expedite):
        orders.give_speed(uow, order_id, wish.speed)
    totals.retotal(uow, book.bill, shipping_minor=plan.shipping_minor)
    _settle(uow, change, seen)


def _move_goods(uow: UnitOfWork, change: ChangeView, plan: Plan) -> None:
    """Units that are no longer wanted become free; others are promised to new lines."""
    order_id = change.order_id
    units = {line_id: count for line_id, count in (plan.units or {}).items() if count}
    if units:
        sourcing.give_up(uow, order_id, units, key=f"{_key(change)}:give")
        orders.move_units(
            uow,
            order_id,
            [
                Units(line_id=line_id, changes={"cancelled": count, "removed": count})
                for line_id, count in units.items()
            ],
        )
    if plan.restored:
        again = [
            Units(line_id=line_id, changes={"removed": -count})
            for line_id, count in sorted(plan.restored.items())
        ]
        orders.move_units(uow, order_id, again)
        remedying.reopen(uow, order_id, units)
    if plan.new:
        ids = orders.add_lines(uow, order_id, plan.new, origin=_key(change))
        wants = [
            Want(line_id, line.variant_id, line.ordered)
            for line_id, line in zip(ids, plan.new, strict=True)
        ]
        sourcing.promise(uow, order_id, wants, key=f"{_key(change)}:take", may_backorder=False)


def _source_anew(uow: UnitOfWork, change: ChangeView, book: Book, wish: ShipElsewhere) -> None:
    """Another region may be nearer to another location; units stay where they are otherwise.

    What is picked stays. A promise that could not be made anew is not given up.
    """
    if wish.address.get("region", "") == book.ship_to.get("region", ""):
        return
    units = {
        line.id: line.counters.allocated - line.counters.picked
        for line in book.lines.values()
        if line.counters.allocated > line.counters.picked and not line.counters.backordered
    }
    if not units:
        return
    wants = [
        Want(line_id, book.lines[line_id].variant_id, count) for line_id, count in units.items()
    ]
    told = len(uow.emitted)
    try:
        with uow.session.begin_nested():
            sourcing.give_up(uow, change.order_id, units, key=f"{_key(change)}:give")
            sourcing.promise(
                uow, change.order_id, wants, key=f"{_key(change)}:take", may_backorder=False
            )
    except OutOfStock:
        del uow.emitted[told:]


def _settle(uow: UnitOfWork, change: ChangeView, seen: Preview) -> None:
    if seen.settled.minor > 0 and seen.method_id is not None:
        settling.settle(
            uow,
            change.order_id,
            seen.settled,
            method_id=seen.method_id,
            key=_key(change),
            reason=REASON,
        )
    elif seen.settled.minor < 0:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=change.order_id,
                amount=-seen.settled,
                reason=REASON,
                key=_key(change),
                method_id=seen.method_id,
            ),
        )
    paying.follow_cost(uow, change.order_id)


def _give_back_to_others(uow: UnitOfWork, change: ChangeView) -> None:
    """Once the new method has paid, the others get theirs back, and promises are let go."""
    order_id = change.order_id
    uow.session.flush()
    if not settling.has_come(uow.session, order_id, _key(change)):
        return
    currency = change.before.currency
    for one in payment_queries.left_by_method(uow.session, order_id):
        if one.method_id != change.method_id and one.left_minor:
            payments.request_refund(
                uow,
                WantedRefund(
                    order_id=order_id,
                    amount=Money(one.left_minor, currency),
                    reason=due.PAID_OTHERWISE,
                    key=f"{_key(change)}:{one.method_id or 0}",
                    method_id=one.method_id,
                ),
            )
    if payment_queries.sums(uow.session, order_id).open_authorization:
        paying.let_go(uow, order_id, key=_key(change), reason=due.PAID_OTHERWISE)


def _tell_changed(uow: UnitOfWork, change: ChangeView, plan: Plan) -> None:
    if change.kind is ChangeKind.CANCEL and plan.units is None:
        return
    if change.kind is ChangeKind.CANCEL and plan.units is not None:
        units = sum(plan.units.values())
        orders.note(
            uow, change.order_id, "lines_cancelled", {"units": units, "reason": change.reason}
        )
        uow.emit(
            OrderLinesCancelled(
                order_id=change.order_id, change_id=change.id, units=units, reason=change.reason
            )
        )
    else:
        orders.note(
            uow,
            change.order_id,
            "changed",
            {
                "what": change.kind,
                "change": change.position,
                "difference_minor": change.after.minor - change.before.minor,
                "currency": change.before.currency,
            },
            channel=change.channel,
        )
    uow.emit(
        OrderChanged(
            order_id=change.order_id,
            change_id=change.id,
            kind=change.kind,
            before_minor=change.before.minor,
            after_minor=change.after.minor,
            settled_minor=change.settled.minor,
            currency=change.before.currency,
        )
    )


def _key(change: ChangeView) -> str:
    return f"change:{change.id}"
