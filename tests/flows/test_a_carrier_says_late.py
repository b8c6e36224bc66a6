"""Walk C: a carrier's call becomes a told delay, and catching up becomes a recovery."""

import dataclasses
import json
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from oms_service import relay
from oms_service.adapters.carriers import signing
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.shipping.events import ShipmentDelayed, ShipmentRecovered
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

SECRET = "a secret we share with Yamato"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, carrier_webhook_secrets={"yamato": SECRET})


def call(app: Flask, clock: StandingClock, order: MadeOrder, status: str, **more: object) -> int:
    scan = {
        "tracking_number": order.tracking_number,
        "status": status,
        "occurred_at": clock.now().isoformat(),
        **more,
    }
    body = json.dumps({"scans": [scan]}).encode()
    headers = signing.headers(SECRET, clock.now(), body)
    return (
        app.test_client().post("/webhooks/carriers/yamato", data=body, headers=headers).status_code
    )


def names(runtime: Runtime) -> list[str]:
    with runtime.database.looking() as session:
        rows = session.scalars(select(OutboxRow.name).order_by(OutboxRow.id))
        return [name for name in rows if name.startswith(("parcel", "shipment"))]


def test_snow_is_told_once_and_its_end_once(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    heard: list[str] = []

    def hear_delay(_uow: UnitOfWork, event: ShipmentDelayed) -> None:
        heard.append(f"{event.cause} until {event.new_until}")

    def hear_end(_uow: UnitOfWork, event: ShipmentRecovered) -> None:
        heard.append(f"well until {event.new_until}")

    runtime.subscribers.react(ShipmentDelayed, hear_delay)
    runtime.subscribers.react(ShipmentRecovered, hear_end)
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, make_shop(uow))

    clock.advance(hours=6)
    late = {"from": "2026-11-25T00:00:00+09:00", "until": "2026-11-27T00:00:00+09:00"}
    assert call(app, clock, order, "輸送遅延", reason="大雪のため", estimate=late) == 204
    assert call(app, clock, order, "輸送遅延", reason="大雪のため", estimate=late) == 204
    clock.advance(hours=6)
    good = {"from": "2026-11-23T14:00:00+09:00", "until": "2026-11-23T16:00:00+09:00"}
    assert call(app, clock, order, "輸送中", estimate=good) == 204
    clock.set(datetime.fromisoformat("2026-11-23T07:42:00+09:00"))
    assert call(app, clock, order, "配達中") == 204
    clock.advance(hours=7)
    assert call(app, clock, order, "配達完了") == 204
    clock.advance(minutes=1)
    relay.drain(runtime)

    assert heard == [
        "snow until 2026-11-26T15:00:00+00:00",
        "well until 2026-11-23T07:00:00+00:00",
    ]
    assert names(runtime) == [
        "parcel.handed_over",
        "parcel.scanned",
        "shipment.delayed",
        "parcel.outlook_changed",
        "parcel.scanned",
        "shipment.recovered",
        "parcel.outlook_changed",
        "parcel.scanned",
        "parcel.scanned",
        "parcel.delivered",
    ]
