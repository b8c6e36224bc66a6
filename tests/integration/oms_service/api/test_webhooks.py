"""Carriers' calls: proved, kept, read; never lost, never a fault of ours."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from oms_service.adapters.carriers import signing
from oms_service.infra import fallout, inbound
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.service import NewParcel, NewShipment
from tests.factories.orders import MadeOrder
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.api.conftest import YAMATO_SECRET

PATH = "/webhooks/carriers/yamato"


def call(app: Flask, clock: StandingClock, body: bytes, **headers: str) -> TestResponse:
    signed = signing.headers(YAMATO_SECRET, clock.now(), body) | headers
    return app.test_client().post(PATH, data=body, headers=signed)


def scan(order: MadeOrder, **more: Any) -> bytes:
    said = {
        "tracking_number": order.tracking_number,
        "status": "配達中",
        "occurred_at": "2026-11-22T07:42:00",
        "place": "新宿センター",
        **more,
    }
    return json.dumps({"scans": [said]}).encode()


def count(runtime: Runtime, table: str) -> int:
    with runtime.database.reading() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608


def states(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        return list(
            connection.execute(text("SELECT state FROM inbound_bodies ORDER BY id")).scalars()
        )


def test_a_signed_call_moves_its_parcel(
    app: Flask, order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    assert call(app, clock, scan(order)).status_code == 204
    with runtime.database.reading() as connection:
        row = connection.execute(
            text(
                "SELECT p.status, s.carrier_words, s.occurred_at FROM parcels p CROSS JOIN scans s"
            )
        ).one()
    assert (row.status, row.carrier_words) == ("out_for_delivery", "配達中")
    assert row.occurred_at.isoformat() == "2026-11-21T22:42:00+00:00"
    assert states(runtime) == ["taken"]


def test_the_same_call_again_changes_nothing(
    app: Flask, order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    for _ in range(3):
        assert call(app, clock, scan(order)).status_code == 204
        clock.advance(minutes=10)
    assert (count(runtime, "scans"), count(runtime, "inbound_bodies")) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Signature": "0" * 64},
        {"X-Signature": ""},
        {"X-Timestamp": "0"},
        {"X-Timestamp": "9" * 400},
        {"X-Timestamp": "１２３"},
        {"X-Timestamp": "-1"},
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_is_kept(
    app: Flask,
    order: MadeOrder,
    clock: StandingClock,
    runtime: Runtime,
    headers: dict[str, str],
) -> None:
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    answer = call(app, clock, scan(order), **encoded)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "bad-signature")
    assert count(runtime, "inbound_bodies") == 0


def test_a_recording_is_refused_after_five_minutes(
    app: Flask, order: MadeOrder, clock: StandingClock
) -> None:
    body = scan(order)
    recorded = signing.headers(YAMATO_SECRET, clock.now(), body)
    clock.advance(minutes=5, seconds=1)
    answer = app.test_client().post(PATH, data=body, headers=recorded)
    assert answer.status_code == 401


def test_a_carrier_without_a_secret_is_refused(app: Flask, clock: StandingClock) -> None:
    body = b"{}"
    signed = signing.headers("", clock.now(), body)
    answer = app.test_client().post("/webhooks/carriers/sagawa", data=body, headers=signed)
    assert answer.status_code == 401


def test_a_carrier_we_do_not_have_is_not_found(app: Flask) -> None:
    assert app.test_client().post("/webhooks/carriers/pigeon", data=b"{}").status_code == 404


def test_what_cannot_be_read_is_kept_for_a_colleague(
    app: Flask, order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    assert call(app, clock, b'{"scans": [{"tracking_number": 5}]}').status_code == 204
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert entry.cause == "unreadable: scans[0].tracking_number: must be text"
    assert (entry.kind, entry.owner, states(runtime)) == ("inbound", "operations", ["refused"])


def test_a_number_that_becomes_known_is_read_at_the_retry(
    app: Flask, order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    body = json.loads(scan(order))
    body["scans"] += json.loads(scan(order, tracking_number="555"))["scans"]
    assert call(app, clock, json.dumps(body).encode()).status_code == 204
    assert count(runtime, "scans") == 1
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert entry.cause == "1 scans kept, left over: 1 no_such_parcel"

    late = NewParcel(carrier="yamato", tracking_number="555", lines={})
    wanted = NewShipment(number="S-2", order_id=order.id, location_id=None, parcels=[late])
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.hand_over(uow, wanted, zone=runtime.settings.zone)
        fallout.retry(uow, entry.id)
    clock.advance(minutes=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert runtime.intake.take_waiting(uow) == 1
    assert (count(runtime, "scans"), states(runtime)) == (2, ["taken"])
    with runtime.database.looking() as session:
        assert fallout.waiting(session) == []


def test_a_body_whose_reader_died_is_read_by_the_sweep(
    order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        inbound.keep(uow, source="carrier:yamato", body=scan(order))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert runtime.intake.take_waiting(uow) == 0
    clock.advance(minutes=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert runtime.intake.take_waiting(uow) == 1
    assert (count(runtime, "scans"), states(runtime)) == (1, ["taken"])


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["scans", "tracking_number", "status", "occurred_at", "estimate", "from", "until"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
near_misses = st.fixed_dictionaries(
    {},
    optional={
        "tracking_number": st.sampled_from(["1", "配達", "0" * 61, "\0"]) | json_like,
        "status": st.sampled_from(["配達中", "配達完了", "?"]) | json_like,
        "occurred_at": st.datetimes().map(str) | json_like,
        "event_id": json_like,
        "place": json_like,
        "reason": json_like,
        "estimate": json_like,
    },
)
bodies = (
    st.binary(max_size=200)
    | json_like.map(json.dumps).map(str.encode)
    | st.lists(near_misses, max_size=3).map(lambda scans: json.dumps({"scans": scans}).encode())
)


@how(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=bodies)
def test_no_body_is_a_fault_of_ours(app: Flask, clock: StandingClock, body: bytes) -> None:
    assert call(app, clock, body).status_code == 204


def test_a_reader_that_fails_undoes_itself_and_keeps_the_body(
    app: Flask, order: MadeOrder, clock: StandingClock, runtime: Runtime
) -> None:
    with runtime.database.reading() as connection:
        connection.execute(text("ALTER TABLE scans RENAME COLUMN place TO spot"))
    assert call(app, clock, scan(order)).status_code == 204
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert entry.cause.startswith("ProgrammingError at ")
    with runtime.database.reading() as connection:
        connection.execute(text("ALTER TABLE scans RENAME COLUMN spot TO place"))
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.retry(uow, entry.id)
    clock.advance(minutes=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        runtime.intake.take_waiting(uow)
    assert (count(runtime, "scans"), states(runtime)) == (1, ["taken"])


def test_signatures_cover_the_time(clock: StandingClock) -> None:
    signed = signing.headers("s", clock.now(), b"x")
    moved = signed | {"X-Timestamp": str(int(signed["X-Timestamp"]) + 1)}
    assert signing.is_genuine(b"x", signed, "s", now=clock.now() + timedelta(minutes=5))
    assert not signing.is_genuine(b"x", moved, "s", now=clock.now())
