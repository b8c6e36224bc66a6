"""Parcels and goods that stand still for longer than they do here, found by the clock alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.operations.outlook.learning import Learning
from oms_service.ports.carrier import CarrierStatus
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import outlooks
from oms_service.shipping import queries as parcels
from oms_service.shipping.arrivals import service as arrivals
from oms_service.shipping.arrivals.fitting import fit
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.because import HouseStage
from oms_service.shipping.queries import ParcelView
from oms_service.shipping.states import Cause, Jeopardy
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.deliveries import make_deliveries
from tests.factories.orders import MadeOrder, make_order, make_shipped_order
from tests.factories.outlooks import say
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def sent_on_a_lane_that_takes(runtime: Runtime, shop: Shop, days: Sequence[int]) -> MadeOrder:
    """A parcel on a lane whose parcels are first heard of on the van, at seven."""
    with runtime.unit_of_work(SYSTEM) as uow:
        first = make_shipped_order(uow, shop)
        make_deliveries(uow, first, days=60, a_day=4, took_days=days, destination="東京都")
    Learning(runtime.settings.zone, runtime.clock, runtime.database).learn(
        lambda: runtime.unit_of_work(SYSTEM)
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, shop)


def parcel(runtime: Runtime, order: MadeOrder) -> ParcelView:
    with runtime.database.reading() as connection:
        (found,) = parcels.parcels_of(connection, [order.id])
    return found


def look_again_at(runtime: Runtime, parcel_id: int) -> datetime:
    with runtime.database.reading() as connection:
        query = text("SELECT look_again_at FROM parcels WHERE id = :id")
        found: datetime = connection.execute(query, {"id": parcel_id}).scalar_one()
        return found


def stalls_after(
    runtime: Runtime, clock: StandingClock, order: MadeOrder, *, most: timedelta
) -> timedelta:
    """How long after the hand-over the clock's sweep first calls it stalled, unheard of."""
    left_at = clock.now()
    while clock.now() - left_at <= most:
        found = parcel(runtime, order)
        if found.jeopardy is Jeopardy.STALLED:
            assert found.cause is Cause.SILENCE
            return clock.now() - left_at
        clock.advance(seconds=(look_again_at(runtime, found.id) - clock.now()).total_seconds())
        with runtime.unit_of_work(SYSTEM) as uow:
            sweep_jeopardy(runtime.settings.zone)(uow)
    raise AssertionError("it never stalled")


def test_on_a_slow_lane_three_silent_days_are_nothing_unusual(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = sent_on_a_lane_that_takes(runtime, shop, (4,))
    stalled_after = stalls_after(runtime, clock, order, most=timedelta(days=6))
    assert stalled_after == timedelta(days=3, hours=13)


def test_on_a_fast_lane_a_day_without_a_word_is_unusual_and_a_scan_ends_it(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = sent_on_a_lane_that_takes(runtime, shop, (1,))
    assert stalls_after(runtime, clock, order, most=timedelta(days=6)) == timedelta(days=1)
    say(runtime, order, CarrierStatus.OUT_FOR_DELIVERY)
    heard = parcel(runtime, order)
    assert heard.jeopardy is not Jeopardy.STALLED
    assert heard.cause is not Cause.SILENCE


@pytest.mark.parametrize("usual_days", [2, 5])
def test_goods_are_stuck_once_they_stand_for_longer_than_goods_do_there(
    runtime: Runtime, shop: Shop, clock: StandingClock, usual_days: int
) -> None:
    begun = clock.now() - timedelta(days=60)
    road = Road("東京都", "東京都", "yamato", "")
    history = [
        Journey(
            road,
            begun,
            begun + timedelta(days=usual_days),
            None,
            location=str(shop.location_id),
            indoors=((HouseStage.ALLOCATED, begun),),
        )
        for _ in range(40)
    ]
    with runtime.unit_of_work(SYSTEM) as uow:
        found = fit(history, runtime.settings.zone)
        arrivals.keep(uow, found, arrivals.History(len(history), None, None))
        order = make_order(uow, shop)
    drain(runtime)
    placed_at = clock.now()
    stuck_at = placed_at + timedelta(days=usual_days)
    while (now := standing(runtime, order)) is not Jeopardy.STALLED:
        assert clock.now() < stuck_at, now
        with runtime.database.reading() as connection:
            query = text("SELECT look_again_at FROM order_outlooks WHERE order_id = :id")
            looks_at = connection.execute(query, {"id": order.id}).scalar_one()
        clock.advance(seconds=(looks_at - clock.now()).total_seconds())
        with runtime.unit_of_work(SYSTEM) as uow:
            assessing.sweep(uow)
    assert clock.now() == stuck_at


def standing(runtime: Runtime, order: MadeOrder) -> Jeopardy:
    with runtime.database.looking() as session:
        found = outlooks.of_order(session, order.id)
    assert found is not None
    return found.jeopardy
