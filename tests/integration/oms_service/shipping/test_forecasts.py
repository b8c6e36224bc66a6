"""Forecasts kept as they were said, once a stage, and what became of them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.ports.carrier import ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import chains, forecasts, service
from oms_service.shipping.sweeps import sweep_jeopardy
from oms_service.shipping.told import told
from oms_service.shipping.windows import Window
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def place(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    drain(runtime)
    return order


def send(runtime: Runtime, shop: Shop, order: MadeOrder) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = ship(uow, shop, order)
    drain(runtime)
    return sent


def say(runtime: Runtime, order: MadeOrder, status: S, at: datetime) -> None:
    fact = ScanFact(
        carrier="yamato",
        tracking_number=order.tracking_number,
        event_key=f"{status}-{at.isoformat()}",
        status=status,
        occurred_at=at,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        service.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


def look_again(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.sweep(uow)


def log(runtime: Runtime) -> list[Any]:
    with runtime.database.reading() as connection:
        return list(connection.execute(text("SELECT * FROM forecasts ORDER BY id")))


def test_each_stage_is_kept_once_and_settled_when_it_has_come(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    placed = place(runtime, shop)
    (first,) = log(runtime)
    assert (first.stage, first.parcel_id, first.said_at) == ("placement", None, clock.now())
    clock.advance(hours=5)
    order = send(runtime, shop, placed)
    clock.advance(hours=3)
    say(runtime, order, S.IN_TRANSIT, clock.now())
    clock.advance(hours=1)
    say(runtime, order, S.IN_TRANSIT, clock.now())
    clock.set(first.promised_until - timedelta(days=1))
    look_again(runtime)
    clock.advance(hours=5)
    look_again(runtime)
    found = log(runtime)
    assert [one.stage for one in found] == ["placement", "handover", "scan", "day_before"]
    assert {one.promised_until for one in found} == {first.promised_until}
    assert found[3].said_at == first.promised_until - timedelta(days=1)
    assert all(0 <= one.chance_late <= 1 and not one.is_at_risk for one in found)
    assert {one.carrier for one in found[1:]} == {"yamato"}
    assert {one.destination_region for one in found} == {"東京都"}

    came = clock.now()
    say(runtime, order, S.DELIVERED, came)
    settled = log(runtime)
    assert [one.delivered_at for one in settled] == [came] * 4
    assert [one.told_until for one in settled] == [first.promised_until] * 4
    assert [one.median for one in settled] == [one.median for one in found]


def test_a_parcel_that_is_delayed_is_logged_as_at_risk(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = send(runtime, shop, place(runtime, shop))
    until = log(runtime)[0].promised_until
    clock.set(until - timedelta(days=1))
    say(runtime, order, S.DELAYED, clock.now())
    clock.advance(hours=1)
    say(runtime, order, S.DELAYED, clock.now())
    (found,) = [one for one in log(runtime) if one.stage == "day_before"]
    assert (found.is_at_risk, found.parcel_id is not None) == (True, True)
    assert found.chance_late > 0.4


def test_goods_that_have_not_left_are_logged_a_day_ahead_as_a_whole(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    place(runtime, shop)
    until = log(runtime)[0].promised_until
    clock.set(until - timedelta(days=1))
    look_again(runtime)
    clock.advance(hours=6)
    look_again(runtime)
    (found,) = [one for one in log(runtime) if one.stage == "day_before"]
    assert found.parcel_id is None
    assert found.said_at == until - timedelta(days=1)


def test_what_is_noted_first_stands(runtime: Runtime, shop: Shop, clock: StandingClock) -> None:
    order = send(runtime, shop, place(runtime, shop))
    before = log(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        parcel_id = uow.session.scalar(text("SELECT id FROM parcels"))
        assert parcel_id is not None
        assert forecasts.settle_parcel(uow, parcel_id) == 0
        assert forecasts.settle_order(uow, order.id) == 0
    assert log(runtime) == before


def test_the_chain_tells_the_first_promise_and_what_was_told_last(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = send(runtime, shop, place(runtime, shop))
    until = log(runtime)[0].promised_until
    later = Window(until, until + timedelta(days=1))
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        parcel_id = uow.session.scalar(text("SELECT id FROM parcels"))
        told(
            uow,
            order_id=order.id,
            parcel_id=parcel_id,
            window=later,
            channel="web_chat",
            reason="weather",
        )
    with runtime.database.reading() as connection:
        whole, parcel = chains.chains_of(connection, order.id)
    assert whole.parcel_id is None
    assert [(one.channel, one.reason) for one in whole.said] == [("system", "placed")]
    assert parcel.parcel_id == parcel_id
    assert parcel.original is not None
    assert parcel.original.until == until
    assert parcel.current == later
    assert [(one.channel, one.reason) for one in parcel.said] == [
        ("system", "handed_over"),
        ("mail", ""),
        ("web_chat", "weather"),
    ]
    assert parcel.kept_original(clock.now()) is None
    assert parcel.kept_original(until) is False
    clock.set(until + timedelta(hours=3))
    say(runtime, order, S.DELIVERED, clock.now())
    with runtime.database.reading() as connection:
        _, arrived = chains.chains_of(connection, order.id)
    assert arrived.kept_original(clock.now()) is False
    assert arrived.kept_current(clock.now()) is True
    assert {one.told_until for one in log(runtime) if one.parcel_id} == {later.until}


def test_a_promise_is_kept_before_its_window_has_closed(clock: StandingClock) -> None:
    now = clock.now()
    window = Window(now, now + timedelta(days=1))
    assert chains.is_kept(None, now, now) is None
    assert chains.is_kept(window, None, now) is None
    assert chains.is_kept(window, None, window.until) is False
    assert chains.is_kept(window, window.until - timedelta(seconds=1), window.until) is True
    assert chains.is_kept(window, window.until, window.until) is False
