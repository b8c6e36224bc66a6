"""Handing over, arriving, and calling off before that."""

from datetime import timedelta

import pytest

from oms_service import relay as process
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import IllegalTransition, Invalid
from oms_service.operations.changes import cancelling
from oms_service.operations.changes.cancelling import AlreadyShipped
from oms_service.operations.dispatch import shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind, RefundState
from oms_service.runtime import Runtime
from oms_service.shipping.service import NewParcel
from tests.factories.orders import MadeOrder, deliver, make_order, make_shipped_order, ship
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def send(runtime: Runtime, shop: Shop, order: MadeOrder, quantity: int, number: str = "1") -> None:
    parcel = NewParcel(
        carrier="sagawa", tracking_number=f"77{number}", lines={order.line_ids[0]: quantity}
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.hand_over(
            uow,
            HandOver(
                order_id=order.id,
                number=f"S-{number}",
                location_id=shop.location_id,
                parcels=[parcel],
            ),
        )


def test_units_leave_in_parts(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 3})
    send(runtime, shop, order, 1, "1")
    with runtime.database.reading() as connection:
        (level,) = stock.availability(connection, [shop.coffee_id])
        half = orders.by_id(connection, order.id)
    assert (level.on_hand, level.allocated) == (99, 2)
    assert half.fulfilment_state is FulfilmentState.PARTIALLY_SHIPPED
    send(runtime, shop, order, 2, "2")
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).fulfilment_state is FulfilmentState.SHIPPED
        assert stock.promised(connection, order.line_ids) == ()
    assert audit(runtime.database) == ()


def test_what_is_not_allocated_does_not_leave(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    for quantity in (0, 3):
        with pytest.raises(Invalid):
            send(runtime, shop, order, quantity)
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).fulfilment_state is FulfilmentState.ALLOCATED
    assert audit(runtime.database) == ()


def test_the_last_parcel_completes_the_order_once(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, order, uow.now - timedelta(hours=1))
        assert [event.name for event in uow.emitted].count("order.completed") == 1
    process.drain(runtime)
    with runtime.database.reading() as connection:
        now = orders.by_id(connection, order.id)
        assert orders.lines(connection, order.id)[0].counters.delivered == 2
    assert now.order_state is OrderState.COMPLETED
    assert audit(runtime.database) == ()


def test_a_cancelled_order_gives_stock_and_money_back(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 120, "MUG": 1}, may_backorder=True)
    with runtime.unit_of_work(SYSTEM) as uow:
        view = cancelling.cancel(uow, order.id, reason="no_longer_needed")
    assert (view.order_state, view.fulfilment_state, view.cancel_reason) == (
        OrderState.CANCELLED,
        FulfilmentState.CANCELLED,
        "no_longer_needed",
    )
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
        (level,) = stock.availability(connection, [shop.coffee_id])
    assert (refund.amount.minor, refund.state) == (122_500, RefundState.REQUESTED)
    assert (level.on_hand, level.allocated) == (100, 0)
    assert audit(runtime.database) == ()


def test_money_that_was_only_authorized_is_let_go(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, is_paid=False)
        total = orders.by_id(uow.session, order.id).total
        payment_service.record(
            uow,
            NewEntry(order_id=order.id, kind=EntryKind.AUTHORIZED, amount=total, key="auth"),
        )
        view = cancelling.cancel(uow, order.id, reason="fraud")
    assert view.payment_state is PaymentState.UNPAID
    with runtime.database.reading() as connection:
        assert payments.sums(connection, order.id).voided == 2_000
        assert payments.refunds(connection, order.id) == ()


def test_what_has_left_is_not_cancelled(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = ship(uow, shop, make_order(uow, shop))
    with pytest.raises(AlreadyShipped), runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, order.id, reason="no_longer_needed")
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).order_state is OrderState.PLACED
        assert payments.refunds(connection, order.id) == ()


def test_a_second_cancellation_is_refused(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
        cancelling.cancel(uow, order.id, reason="fraud")
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, order.id, reason="fraud")
