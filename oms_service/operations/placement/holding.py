"""Making an order wait, and letting it go on: by the shop's rules, or because a person says so."""

from collections.abc import Mapping, Sequence
from typing import Final

from oms_service.customers import queries as customers
from oms_service.customers.states import IdentityKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Stale
from oms_service.kernel.text import folded, mail_key, phone_key
from oms_service.operations.money import due
from oms_service.operations.rules.placing_rules import HoldRules, Waits
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderHeld, OrderReleased
from oms_service.orders.queries import OrderView
from oms_service.orders.states import HoldReason, OrderState
from oms_service.payments import attempts
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentEnded,
    PaymentRefused,
    PaymentWaiting,
)
from oms_service.payments.states import MethodKind, Purpose
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.states import ExchangeState
from oms_service.sourcing.events import OrderSourced

#: Nothing is left that could wait, or nothing was placed yet.
_NOT_WAITING: Final = frozenset({OrderState.DRAFT, OrderState.COMPLETED, OrderState.CANCELLED})
#: The rule by which an order waits for money that a change or an exchange costs more.
EXTRA: Final = "extra_unpaid"
#: What money that comes lets go; a hold that a person put on has no rule.
_FOR_MONEY: Final = frozenset({"unpaid", EXTRA, due.EXCHANGE})


def hold(
    uow: UnitOfWork, order_id: int, reason: HoldReason, *, version: int | None = None
) -> OrderView:
    """Keep an order from being fulfilled; one that waits for that reason already stays as it is.

    Args:
        uow: the transaction.
        order_id: which order.
        reason: why.
        version: the one that was read; any where not given.

    Raises:
        NotFound: no such order.
        Stale: it has another version now.
        IllegalTransition: nothing of it is left to wait.
    """
    order = orders.hold_against_others(uow, order_id)
    if version is not None and order.version != version:
        raise Stale("this order has changed since you read it")
    if order.order_state in _NOT_WAITING:
        raise IllegalTransition("order", order.order_state, "hold")
    if orders.put_on_hold(uow, order_id, reason):
        payments.rederive(uow, order_id)
        uow.emit(OrderHeld(order_id=order_id, reason=reason, rule=""))
    return order_queries.by_id(uow.session, order_id)


def release(
    uow: UnitOfWork, order_id: int, reason: HoldReason, *, version: int | None = None
) -> OrderView:
    """Let an order go on; one that does not wait for that reason stays as it is.

    Args:
        uow: the transaction.
        order_id: which order.
        reason: the one that is settled; others may still hold.
        version: the one that was read; any where not given.

    Raises:
        NotFound: no such order.
        Stale: it has another version now.
    """
    order = orders.hold_against_others(uow, order_id)
    if version is not None and order.version != version:
        raise Stale("this order has changed since you read it")
    if orders.release_hold(uow, order_id, reason):
        payments.rederive(uow, order_id)
        is_held = order_queries.is_held(uow.session, order_id)
        uow.emit(OrderReleased(order_id=order_id, reason=reason, is_held=is_held))
    return order_queries.by_id(uow.session, order_id)


def wait(uow: UnitOfWork, order_id: int, reason: HoldReason, *, rule: str) -> None:
    """Make an order wait because a rule says so; also one of which nothing is left to send yet."""
    if orders.put_on_hold(uow, order_id, reason, rule=rule):
        payments.rederive(uow, order_id)
        uow.emit(OrderHeld(order_id=order_id, reason=reason, rule=rule))


def begin(uow: UnitOfWork, order_id: int, waits: Sequence[Waits]) -> None:
    """The holds an order is placed with; this transaction wrote the order."""
    for one in waits:
        orders.begin_hold(uow, order_id, one.reason, rule=one.rule)
        uow.emit(OrderHeld(order_id=order_id, reason=one.reason, rule=one.rule))


def release_settled(uow: UnitOfWork, order_id: int) -> None:
    """Let go what the facts have settled: money that came, stock that is there.

    A hold that a person put on stays until a person lets go.
    """
    order = orders.hold_against_others(uow, order_id)
    if order.order_state not in {OrderState.ON_HOLD, OrderState.COMPLETED}:
        return
    by_rule = orders.held_by_rule(uow, order_id)
    if by_rule.get(HoldReason.PAYMENT) in _FOR_MONEY and _is_promised(uow, order_id):
        release(uow, order_id, HoldReason.PAYMENT)
    if HoldReason.STOCK in by_rule and _is_there(uow, order_id):
        release(uow, order_id, HoldReason.STOCK)


def after_money(uow: UnitOfWork, event: PaymentAuthorized | PaymentCaptured) -> None:
    """Money was promised or came: what waited for it goes on."""
    release_settled(uow, event.order_id)


def after_asking(uow: UnitOfWork, event: PaymentWaiting | PaymentRefused | PaymentEnded) -> None:
    """Money for a change or an exchange is not here: nothing leaves until it is.

    Cash on delivery is never here before. Where nothing is missing any more, because the change
    was undone or something else paid, what waited for it goes on.
    """
    order = orders.hold_against_others(uow, event.order_id)
    asked = attempts.one(uow.session, event.attempt_id)
    is_extra = asked.reason in {due.ORDER_CHANGED, due.EXCHANGE}
    if asked.purpose not in {Purpose.AUTHORIZE, Purpose.CHARGE} or not is_extra:
        return
    uow.session.flush()
    if not due.standing(uow.session, event.order_id).missing_minor:
        release_settled(uow, event.order_id)
    elif not _is_at_the_door(uow, asked.method_id) and _has_more_to_send(uow, order.id):
        wait(uow, event.order_id, HoldReason.PAYMENT, rule=EXTRA)


def after_sourcing(uow: UnitOfWork, event: OrderSourced) -> None:
    """Units were found: an order that waited to be whole goes on."""
    if not event.waits:
        release_settled(uow, event.order_id)


def is_first_order(uow: UnitOfWork, rules: HoldRules, customer_id: int, order_id: int) -> bool:
    """Whether the customer has ordered nothing else; not asked where no rule wants to know."""
    if rules.first_order_above_minor is None:
        return False
    return not order_queries.has_others(uow.session, customer_id, but=order_id)


def mismatches(
    uow: UnitOfWork,
    rules: HoldRules,
    customer_id: int,
    *,
    mail: str,
    phone: str,
    ship_to: Mapping[str, str] | None,
) -> int:
    """How many things given with an order are not the customer's; 0 where no rule wants to know."""
    if rules.mismatches_from is None:
        return 0
    family = customers.family(uow.session, customer_id)
    known = customers.identities(uow.session, family)
    keys = {
        kind: {one.key for one in known if one.kind is kind}
        for kind in (IdentityKind.MAIL, IdentityKind.PHONE)
    }
    person = customers.find(uow.session, customer_id)
    recipient = folded((ship_to or {}).get("recipient", ""))
    doubts = (
        bool(mail and keys[IdentityKind.MAIL]) and mail_key(mail) not in keys[IdentityKind.MAIL],
        bool(phone and keys[IdentityKind.PHONE])
        and phone_key(phone) not in keys[IdentityKind.PHONE],
        bool(recipient and person and person.family_name)
        and folded(person.family_name if person else "") not in recipient,
    )
    return sum(doubts)


def _is_promised(uow: UnitOfWork, order_id: int) -> bool:
    uow.session.flush()
    return not due.standing(uow.session, order_id).missing_minor


def _is_at_the_door(uow: UnitOfWork, method_id: int | None) -> bool:
    known = payment_queries.methods_by_id(uow.session, [method_id] if method_id else [])
    return any(one.kind is MethodKind.CASH_ON_DELIVERY for one in known.values())


def _has_more_to_send(uow: UnitOfWork, order_id: int) -> bool:
    """Whether something is still in the house, or will be sent once old goods are here."""
    lines = order_queries.lines(uow.session, order_id)
    if any(line.counters.shipped < line.counters.wanted for line in lines):
        return True
    views = return_queries.of_orders(uow.session, [order_id])
    known = exchanges.of_returns(uow.session, [view.id for view in views])
    return any(one.state is ExchangeState.WAITING for one in known.values())


def _is_there(uow: UnitOfWork, order_id: int) -> bool:
    lines = order_queries.lines(uow.session, order_id)
    return not any(line.counters.backordered for line in lines)
