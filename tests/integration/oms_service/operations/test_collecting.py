"""Fetching in a shop: every unit and every yen accounted for, whatever happens."""

from datetime import timedelta

import pytest

from oms_service.inventory import papers, places, reservations, transfers
from oms_service.inventory import queries as stock
from oms_service.inventory.purchasing import Came
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import IllegalTransition, Invalid
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import (
    AlreadyExtended,
    Counter,
    NotAllHere,
    NotPaid,
    OutOfStockHere,
    WrongCode,
)
from oms_service.operations.placement import placing
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.payments import queries as payments
from oms_service.pickup import queries
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from tests.factories.orders import make_order, pay
from tests.factories.pickups import make_counter, place_for_pickup, reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import stock_up
from tests.fakes.clock import StandingClock

CARD = IdentityCheck.HEALTH_CARD


def yen(amount: int) -> Money:
    return Money(amount, "JPY")


def free_at(runtime: Runtime, variant_id: int, location_id: int) -> int:
    with runtime.database.looking() as session:
        return stock.to_promise(session, [variant_id])[variant_id].by_location.get(location_id, 0)


def now(runtime: Runtime, pickup: PickupView) -> PickupView:
    with runtime.database.looking() as session:
        return queries.by_id(session, pickup.id)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=20)


@pytest.fixture
def ginza(runtime: Runtime, shop: Shop) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return stocked_counter(uow, shop, 5)


def test_an_order_is_fetched_and_completed(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
    assert (pickup.state, pickup.collect_by) == (PickupState.RESERVED, None)
    assert free_at(runtime, shop.coffee_id, ginza) == 3
    drain(runtime)
    with runtime.unit_of_work(staff(7)) as uow:
        collecting.prepare(uow, pickup.id)
        ready = collecting.make_ready(uow, pickup.id)
        assert ready.state is PickupState.READY
        at = Counter(check=IdentityCheck.CODE, code=f" {pickup.shown_code.lower()}", key="k")
        done = collecting.collect(uow, pickup.id, at, version=ready.version)
        again = collecting.collect(uow, pickup.id, at)
    assert done.state is PickupState.COLLECTED
    assert again == done
    drain(runtime)
    with runtime.database.looking() as session:
        order = orders.by_id(session, placed.order.id)
        (line,) = orders.lines(session, order.id)
        (given,) = queries.handovers(session, pickup.id)
        (parcel,) = parcels.parcels_of(session, [order.id])
    assert (order.order_state, order.fulfilment_state, order.payment_state) == (
        OrderState.COMPLETED,
        FulfilmentState.DELIVERED,
        PaymentState.PAID,
    )
    assert (line.counters.shipped, line.counters.delivered) == (2, 2)
    assert (given.units, given.identity_check, given.by) == (
        {line.id: 2},
        IdentityCheck.CODE,
        "staff:7",
    )
    assert (parcel.carrier, parcel.delivered_at) == ("counter", runtime.clock.now())
    assert audit(runtime.database) == ()


def test_a_reservation_is_sold_when_it_is_fetched(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza, coffees=2)
        again = reserve(uow, shop, ginza, coffees=2)
    assert (again.id, pickup.is_reservation) == (pickup.id, True)
    assert free_at(runtime, shop.coffee_id, ginza) == 3
    with runtime.database.looking() as session:
        (held,) = reservations.open_of(session, pickup.holder)
        assert (held.quantity, held.until) == (2, pickup.collect_by)
        assert orders.by_id(session, pickup.order_id or 0).order_state is OrderState.DRAFT
    with pytest.raises(NotPaid) as unpaid, runtime.unit_of_work(staff(7)) as uow:
        collecting.collect(uow, pickup.id, Counter(check=CARD, key="k"))
    assert unpaid.value.due == yen(2_000)
    with runtime.unit_of_work(staff(7)) as uow:
        at = Counter(check=CARD, key="k", paid=yen(2_000))
        assert collecting.collect(uow, pickup.id, at).state is PickupState.COLLECTED
    drain(runtime)
    with runtime.database.looking() as session:
        order = orders.by_id(session, pickup.order_id or 0)
        assert payments.sums(session, order.id).captured == 2_000
    assert (order.order_state, order.payment_state) == (OrderState.COMPLETED, PaymentState.PAID)
    assert free_at(runtime, shop.coffee_id, ginza) == 3
    assert audit(runtime.database) == ()


def test_part_is_fetched_and_the_rest_called_off_with_its_money(
    runtime: Runtime, shop: Shop, ginza: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza, {"COFFEE": 3, "MUG": 1})
        pay(uow, placed.order.id, placed.order.total)
        collecting.make_ready(uow, pickup.id)
        part = Counter(check=CARD, key="k", units={placed.line_ids[0]: 1})
        assert collecting.collect(uow, pickup.id, part).state is PickupState.READY
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert collecting.end_overdue(uow) == 0
    clock.advance(days=9)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert collecting.end_overdue(uow) == 1
        assert collecting.end_overdue(uow) == 0
    drain(runtime)
    assert now(runtime, pickup).state is PickupState.NO_SHOW
    with runtime.database.looking() as session:
        order = orders.by_id(session, placed.order.id)
        (refund,) = payments.refunds(session, order.id)
    assert (order.total, refund.amount) == (yen(1_000), yen(4_500))
    assert order.order_state is OrderState.COMPLETED
    assert (free_at(runtime, shop.coffee_id, ginza), free_at(runtime, shop.mug_id, ginza)) == (4, 5)
    assert audit(runtime.database) == ()


def test_an_order_nobody_fetches_is_called_off(
    runtime: Runtime, shop: Shop, ginza: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
        collecting.make_ready(uow, pickup.id)
    clock.advance(days=6, hours=12)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert (collecting.remind(uow), collecting.remind(uow)) == (1, 0)
        longer = collecting.extend(uow, pickup.id)
        assert longer.collect_by
        assert longer.collect_by > clock.now() + timedelta(days=7)
    with pytest.raises(AlreadyExtended), runtime.unit_of_work(SYSTEM) as uow:
        collecting.extend(uow, pickup.id)
    clock.advance(days=9)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert collecting.end_overdue(uow) == 1
    drain(runtime)
    with runtime.database.looking() as session:
        order = orders.by_id(session, placed.order.id)
    assert (order.order_state, order.cancel_reason) == (OrderState.CANCELLED, "not_collected")
    assert now(runtime, pickup).state is PickupState.NO_SHOW
    assert free_at(runtime, shop.coffee_id, ginza) == 5
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        collecting.collect(uow, pickup.id, Counter(check=CARD, key="late"))
    assert audit(runtime.database) == ()


def test_a_reservation_runs_out_and_is_nobodys(
    runtime: Runtime, shop: Shop, ginza: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza)
    clock.advance(days=9)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert reservations.end_overdue(uow) == 1
        assert collecting.end_overdue(uow) == 1
    drain(runtime)
    ended = now(runtime, pickup)
    assert (ended.state, ended.order_id) == (PickupState.EXPIRED, None)
    assert free_at(runtime, shop.coffee_id, ginza) == 5
    assert audit(runtime.database) == ()


def test_what_the_shop_lacks_is_brought_and_kept_for_its_customer(
    runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza, {"COFFEE": 8})
        pay(uow, placed.order.id, placed.order.total)
    assert pickup.ready_by > runtime.clock.now() + timedelta(days=3)
    assert free_at(runtime, shop.coffee_id, shop.location_id) == 17
    with runtime.database.looking() as session:
        (transfer_id,) = queries.transfers_of(session, pickup.id)
        (line,) = papers.transfer_by_id(session, transfer_id).lines
    assert line.requested == 3
    drain(runtime)
    with pytest.raises(NotAllHere), runtime.unit_of_work(SYSTEM) as uow:
        collecting.make_ready(uow, pickup.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        eager = make_order(uow, shop, items={"COFFEE": 30}, may_backorder=True)
        transfers.dispatch(uow, transfer_id)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        transfers.receive(uow, transfer_id, {shop.coffee_id: Came(received=3)})
    drain(runtime)
    with runtime.database.looking() as session:
        (mine,) = orders.lines(session, placed.order.id)
        (other,) = orders.lines(session, eager.id)
    assert (mine.counters.allocated, mine.counters.backordered) == (8, 0)
    assert other.counters.backordered == 30 - 17
    with runtime.unit_of_work(SYSTEM) as uow:
        collecting.make_ready(uow, pickup.id)
        done = collecting.collect(uow, pickup.id, Counter(check=CARD, key="k"))
    assert done.state is PickupState.COLLECTED
    drain(runtime)
    assert audit(runtime.database) == ()


def test_calling_the_order_off_stops_what_is_brought(
    runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza, {"COFFEE": 8})
        cancelling.cancel(uow, placed.order.id, reason="no_longer_needed")
    drain(runtime)
    assert now(runtime, pickup).state is PickupState.CANCELLED
    assert free_at(runtime, shop.coffee_id, shop.location_id) == 20
    assert free_at(runtime, shop.coffee_id, ginza) == 5
    assert audit(runtime.database) == ()


def test_goods_that_come_after_the_order_was_called_off_are_for_everybody(
    runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza, {"COFFEE": 8})
        (transfer_id,) = queries.transfers_of(uow.session, pickup.id)
        transfers.dispatch(uow, transfer_id)
        cancelling.cancel(uow, placed.order.id, reason="no_longer_needed")
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        transfers.receive(uow, transfer_id, {shop.coffee_id: Came(received=3)})
    drain(runtime)
    assert free_at(runtime, shop.coffee_id, ginza) == 8
    assert audit(runtime.database) == ()


def test_what_nobody_has_cannot_be_ordered_for_fetching(
    runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with pytest.raises(placing.Unavailable), runtime.unit_of_work(SYSTEM) as uow:
        place_for_pickup(uow, shop, ginza, {"COFFEE": 26})
    assert free_at(runtime, shop.coffee_id, ginza) == 5
    assert audit(runtime.database) == ()


def test_nothing_is_fetched_where_no_counter_is(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        place_for_pickup(uow, shop, shop.location_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        places.close(uow, ginza, reason="staff")
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        reserve(uow, shop, ginza)


def test_a_shortage_names_the_nearest_shops(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for code, region in (("sapporo", "北海道"), ("yokohama", "神奈川県")):
            far = make_counter(uow, code, region=region)
            stock_up(uow, shop.coffee_id, far, 9)
    with pytest.raises(OutOfStockHere) as short, runtime.unit_of_work(SYSTEM) as uow:
        reserve(uow, shop, ginza, coffees=6)
    assert isinstance(short.value, OutOfStock)
    assert [one.code for one in short.value.nearest_stores] == ["yokohama", "sapporo"]
    with runtime.database.looking() as session:
        assert queries.page(session, ginza, list(PickupState)).items == ()


def test_the_wrong_code_hands_nothing_over(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
    at = Counter(check=IdentityCheck.CODE, code="AAAA-AAAA", key="k")
    with pytest.raises(WrongCode), runtime.unit_of_work(SYSTEM) as uow:
        collecting.collect(uow, pickup.id, at)
    assert now(runtime, pickup) == pickup
    at = Counter(check=CARD, key="k", units={placed.line_ids[0]: 3})
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        collecting.collect(uow, pickup.id, at)


def test_a_reservation_is_called_off(runtime: Runtime, shop: Shop, ginza: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza)
        assert collecting.cancel(uow, pickup.id, reason="other").state is PickupState.CANCELLED
    assert free_at(runtime, shop.coffee_id, ginza) == 5
    assert audit(runtime.database) == ()
