"""Customers hear once how their order stands, and nothing that is the house's own business."""

from datetime import timedelta

from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.outlooks import make_orders_in_doubt, sweep
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock


def notices(runtime: Runtime, order: MadeOrder) -> list[str]:
    with runtime.database.looking() as session:
        query = text(
            "SELECT template FROM notices WHERE order_id = :order"
            " AND template <> 'order_received' ORDER BY id"
        )
        return list(session.execute(query, {"order": order.id}).scalars())


def test_a_silent_parcel_is_told_of_and_swept_again_not_told_again(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
    made = make_orders_in_doubt(
        runtime, shop, lambda span: clock.advance(seconds=span.total_seconds())
    )
    first = notices(runtime, made["silent"])
    assert first.count("stalled") == 1
    for _ in range(3):
        sweep(runtime)
    assert notices(runtime, made["silent"]) == first
    assert notices(runtime, made["well"]) == []


def test_a_check_of_the_house_is_never_told(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        holding.hold(uow, order.id, HoldReason.FRAUD)
    drain(runtime)
    clock.advance(seconds=timedelta(days=4).total_seconds())
    sweep(runtime)
    with runtime.database.looking() as session:
        standing = session.execute(text("SELECT jeopardy, cause FROM order_outlooks")).one()
    assert tuple(standing) == ("stalled", "review_hold")
    assert notices(runtime, order) == []
