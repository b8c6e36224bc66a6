"""Calling off a whole order before anything has left the house."""

from typing import ClassVar

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, IllegalTransition
from oms_service.kernel.money import Money
from oms_service.operations import sourcing
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
    """Call off an order: its stock is free again, its money goes back.

    Args:
        uow: the transaction.
        order_id: which order.
        reason: a code, such as ``no_longer_needed``.

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


def _give_back(uow: UnitOfWork, order_id: int, currency: str) -> None:
    """Let authorized money go, owe back what was captured."""
    held = payment_queries.sums(uow.session, order_id).open_authorization
    if held:
        payments.record(
            uow,
            NewEntry(
                order_id=order_id,
                kind=EntryKind.VOIDED,
                amount=Money(held, currency),
                key=f"order:{order_id}:cancelled",
            ),
        )
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
