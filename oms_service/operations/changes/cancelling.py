"""Calling off a whole order before anything has left the house."""

from typing import ClassVar

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, IllegalTransition
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing_preview
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.operations.sources import sourcing
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderCancelled
from oms_service.orders.queries import OrderView
from oms_service.orders.service import Units
from oms_service.orders.states import OrderState
from oms_service.payments import policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry, WantedRefund
from oms_service.payments.states import EntryKind


class AlreadyShipped(DomainError):
    """Some of the order has left the house; that comes back as a return."""

    code: ClassVar[str] = "already-shipped"


def cancel(uow: UnitOfWork, order_id: int, *, reason: str) -> OrderView:
    """Call off an order, as far as the policy for changes lets whoever asks.

    What the house itself calls off, such as an order that nobody paid, no policy forbids.

    Args:
        uow: the transaction.
        order_id: which order.
        reason: a code, such as ``no_longer_needed``.

    Raises:
        NotFound: no such order.
        AlreadyShipped: nothing is changed then.
        IllegalTransition: it is cancelled already.
        ChangeRefused: the policy does not allow it, or leaves it to a person.
        Invalid: the reason is no code.
    """
    orders.hold_against_others(uow, order_id)
    if uow.actor.kind is not ActorKind.SYSTEM:
        _decide(uow, order_id, reason)
    return call_off(uow, order_id, reason=reason)


def call_off(uow: UnitOfWork, order_id: int, *, reason: str) -> OrderView:
    """Call off an order whatever the policy: its stock is free again, its money goes back.

    Raises:
        NotFound: no such order.
        AlreadyShipped: nothing is changed then.
        IllegalTransition: it is cancelled already.
    """
    order = orders.hold_against_others(uow, order_id)
    if order.order_state is OrderState.CANCELLED:
        raise IllegalTransition("order", order.order_state, "cancel")
    lines = order_queries.lines(uow.session, order_id)
    if any(line.counters.shipped for line in lines):
        raise AlreadyShipped("part of this order has been shipped")
    units = {line.id: line.counters.wanted for line in lines}
    sourcing.give_up(uow, order_id, units, key=f"order:{order_id}:cancelled")
    orders.move_units(
        uow,
        order_id,
        [Units(line_id=line_id, changes={"cancelled": count}) for line_id, count in units.items()],
    )
    orders.give_cancel_reason(uow, order_id, reason)
    _give_back(uow, order_id, order.currency)
    orders.note(uow, order_id, "cancelled", {"reason": reason})
    payments.rederive(uow, order_id)
    uow.emit(OrderCancelled(order_id=order_id, reason=reason))
    return order_queries.by_id(uow.session, order_id)


def _decide(uow: UnitOfWork, order_id: int, reason: str) -> None:
    wish = CallOff(reason=reason)
    decision = changing_preview.preview(uow.session, order_id, wish, now=uow.now).decision
    codes = {cause.code for cause in decision.causes}
    if Code.ORDER_CANCELLED in codes:
        raise IllegalTransition("order", OrderState.CANCELLED, "cancel")
    if Code.ALREADY_SHIPPED in codes:
        raise AlreadyShipped("part of this order has been shipped")
    needs_person = decision.outcome is Outcome.PERSON and uow.actor.kind is not ActorKind.STAFF
    if decision.is_refused or needs_person:
        raise ChangeRefused(decision)


def _give_back(uow: UnitOfWork, order_id: int, currency: str) -> None:
    """Let promised money go, owe back what was captured.

    What a provider has a name for, it is asked to let go once this is committed.
    """
    for place, one in enumerate(payment_queries.authorizations(uow.session, order_id), start=1):
        if not one.payment_ref:
            payments.record(
                uow,
                NewEntry(
                    order_id=order_id,
                    kind=EntryKind.VOIDED,
                    amount=Money(one.left_minor, currency),
                    key=f"order:{order_id}:cancelled:{place}",
                    method_id=one.method_id,
                ),
            )
    uow.session.flush()
    left = policy.refundable(payment_queries.left_by_method(uow.session, order_id))
    if left:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=order_id,
                amount=Money(left, currency),
                reason="order_cancelled",
                key=f"order:{order_id}:cancelled",
            ),
        )
