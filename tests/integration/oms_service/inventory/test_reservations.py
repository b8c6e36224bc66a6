"""Units held until a time: once for a key, never more than are free, never lost."""

from datetime import timedelta

import pytest

from oms_service.infra.idempotency import KeyReused
from oms_service.inventory import queries, reservations
from oms_service.inventory.policy import Pick
from oms_service.inventory.queries import LevelView
from oms_service.inventory.reservations import Hold, ReservationOver, ReservationView
from oms_service.inventory.service import OutOfStock
from oms_service.inventory.states import ReservationEnd
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


def hold(runtime: Runtime, shop: Shop, units: int = 4, *, key: str = "k") -> ReservationView:
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = Hold(
            units={(shop.coffee_id, shop.location_id): units},
            holder="cart:1",
            until=uow.now + HOUR,
            key=key,
        )
        (view,) = reservations.reserve(uow, wanted)
    return view


def level(runtime: Runtime, shop: Shop) -> LevelView:
    with runtime.database.reading() as connection:
        (one,) = queries.availability(connection, [shop.coffee_id])
    return one


def test_reserved_units_are_not_sold_and_the_same_key_reserves_once(
    runtime: Runtime, shop: Shop
) -> None:
    assert hold(runtime, shop).id == hold(runtime, shop).id
    assert (level(runtime, shop).reserved, level(runtime, shop).available) == (4, 6)
    with pytest.raises(OutOfStock) as error, runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 7})
    assert [(one.wanted, one.available) for one in error.value.shortages] == [(7, 6)]
    assert audit(runtime.database) == ()


def test_a_key_stands_for_one_reservation(runtime: Runtime, shop: Shop) -> None:
    hold(runtime, shop)
    with pytest.raises(KeyReused):
        hold(runtime, shop, 5)
    assert level(runtime, shop).reserved == 4


def test_all_is_held_or_nothing(runtime: Runtime, shop: Shop) -> None:
    units = {(shop.mug_id, shop.location_id): 11, (shop.coffee_id, shop.location_id): 2}
    until = runtime.clock.now() + HOUR
    wanted = Hold(units=units, holder="cart:1", until=until, key="k")
    with pytest.raises(OutOfStock) as error, runtime.unit_of_work(SYSTEM) as uow:
        reservations.reserve(uow, wanted)
    assert [one.variant_id for one in error.value.shortages] == [shop.mug_id]
    assert level(runtime, shop).reserved == 0


@pytest.mark.parametrize("units", [0, -1])
def test_less_than_a_unit_is_not_held(runtime: Runtime, shop: Shop, units: int) -> None:
    with pytest.raises(Invalid):
        hold(runtime, shop, units)


def test_what_is_redeemed_was_never_free(runtime: Runtime, shop: Shop) -> None:
    held = hold(runtime, shop, 4)
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 6})
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            view = reservations.redeem(uow, held.id, order.line_ids[0], quantity=3)
    assert (view.ended_how, view.order_line_id) == (ReservationEnd.REDEEMED, order.line_ids[0])
    now = level(runtime, shop)
    assert (now.on_hand, now.allocated, now.reserved) == (10, 9, 0)
    with runtime.database.reading() as connection:
        assert queries.promised(connection, order.line_ids) == (
            Pick(order.line_ids[0], shop.coffee_id, shop.location_id, 9),
        )
        told = [one.kind for one in queries.why(connection, shop.coffee_id, shop.location_id)]
    assert told == ["opening", "reserved", "allocated", "redeemed", "unreserved"]


def test_time_releases_and_only_what_is_due(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    first, second = hold(runtime, shop, 4, key="a"), hold(runtime, shop, 3, key="b")
    with runtime.unit_of_work(SYSTEM) as uow:
        reservations.extend(uow, second.id, uow.now + 3 * HOUR)
    clock.advance(hours=2)
    for expected in (1, 0):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert reservations.end_overdue(uow) == expected
    assert level(runtime, shop).reserved == 3
    with pytest.raises(ReservationOver), runtime.unit_of_work(SYSTEM) as uow:
        reservations.extend(uow, first.id, uow.now + HOUR)
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            view = reservations.release_reservation(uow, second.id)
    assert view.ended_how is ReservationEnd.RELEASED
    assert level(runtime, shop).reserved == 0
    assert audit(runtime.database) == ()
