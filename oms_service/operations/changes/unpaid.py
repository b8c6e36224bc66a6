"""Orders that nobody pays in time are called off."""

from oms_service.infra.uow import UnitOfWork
from oms_service.operations.changes import cancelling
from oms_service.operations.money.paying import EXPIRED
from oms_service.operations.rules import payment_rules
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.states import OrderState
from oms_service.payments import queries as payment_queries
from oms_service.payments.events import PaymentEnded


def after_end(uow: UnitOfWork, event: PaymentEnded) -> None:
    """An order that nobody paid in time is called off, unless some of it has left or was paid."""
    if event.reason != EXPIRED:
        return
    order = orders.hold_against_others(uow, event.order_id)
    rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
    lines = order_queries.lines(uow.session, event.order_id)
    sums = payment_queries.sums(uow.session, event.order_id)
    is_open = order.order_state in {OrderState.PLACED, OrderState.ON_HOLD}
    has_money = sums.captured or sums.open_authorization
    has_left = any(line.counters.shipped for line in lines)
    if rules.cancels_unpaid and is_open and not (has_money or has_left):
        cancelling.cancel(uow, event.order_id, reason="not_paid_in_time")
