"""``POST /v1/scans`` and how a repeated request is answered."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.service import NewParcel, NewShipment
from oms_service.shipping.sources import waiting
from tests.effects import settle
from tests.factories.orders import MadeOrder
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.api.conftest import Ask


def body(order: MadeOrder, **more: Any) -> dict[str, Any]:
    scan = {
        "carrier": "yamato",
        "tracking_number": order.tracking_number,
        "event_id": "e-1",
        "status": "in_transit",
        "occurred_at": "2026-11-22T09:00:00+09:00",
        **more,
    }
    return {"scans": [scan]}


def post(ask: Ask, sent: Any, key: str = "k-1") -> Any:
    return ask("POST", "/v1/scans", json=sent, headers={"Idempotency-Key": key})


def scans(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM scans")) or 0)


def test_a_scan_is_kept_and_a_repeated_request_replays(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    first = post(ask, body(order))
    again = post(ask, body(order))
    assert first.get_json() == {"new": 1, "repeated": 0, "refused": []}
    assert again.get_json() == first.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert scans(runtime) == 1


@pytest.mark.parametrize("said", ["left with Ms Sato", "大雪", "Snow", "snow\n", "x" * 61])
def test_a_reason_is_a_code_and_no_place_for_names(
    ask: Ask, order: MadeOrder, runtime: Runtime, said: str
) -> None:
    answer = post(ask, body(order, reason=said))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.get_json()["errors"]] == ["scans[0].reason"]
    assert scans(runtime) == 0
    assert post(ask, body(order, reason="snow")).status_code == 200


def test_the_same_scan_under_a_new_key_is_a_repetition(ask: Ask, order: MadeOrder) -> None:
    post(ask, body(order))
    assert post(ask, body(order), "k-2").get_json() == {"new": 0, "repeated": 1, "refused": []}


def test_a_key_belongs_to_one_body(ask: Ask, order: MadeOrder, runtime: Runtime) -> None:
    post(ask, body(order))
    answer = post(ask, body(order, event_id="e-2"))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency-key-reused")
    assert scans(runtime) == 1


@pytest.mark.parametrize("sent", ["", "with space", "x" * 129])
def test_a_key_is_needed(ask: Ask, order: MadeOrder, runtime: Runtime, sent: str) -> None:
    answer = post(ask, body(order), sent)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-missing")
    assert scans(runtime) == 0


def test_a_refused_request_does_not_use_its_key_up(ask: Ask, order: MadeOrder) -> None:
    estimate = {"from": "2026-11-24T00:00:00+09:00", "until": "2026-11-23T00:00:00+09:00"}
    assert post(ask, body(order, estimate=estimate)).status_code == 422
    assert post(ask, body(order)).status_code == 200


def test_one_request_at_a_time_works_on_a_key(ask: Ask, order: MadeOrder, runtime: Runtime) -> None:
    answers: list[int] = []
    barrier = threading.Barrier(6)

    def send() -> None:
        barrier.wait()
        answers.append(post(ask, body(order)).status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    assert 200 in answers
    assert scans(runtime) == 1


def test_what_cannot_be_placed_is_named_and_the_rest_counts(ask: Ask, order: MadeOrder) -> None:
    sent = body(order)
    sent["scans"] += body(order, tracking_number="999999999999")["scans"]
    assert post(ask, sent).get_json() == {
        "new": 1,
        "repeated": 0,
        "refused": [{"tracking_number": "999999999999", "why": "no_such_parcel", "waits": True}],
    }


def test_a_number_nobody_knows_waits_with_its_body_and_counts_once_it_leaves(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    sent = body(order)
    sent["scans"] += body(order, tracking_number="5550-1")["scans"]
    for key in ("k-1", "k-2"):
        assert post(ask, sent, key).get_json()["refused"][0]["waits"] is True
    assert scans(runtime) == 1
    with runtime.database.looking() as session:
        (number,) = waiting.waiting(session)
        (failed,) = fallout.waiting(session)
    assert (number.carrier, number.tracking_key, number.scans) == ("yamato", "55501", 1)
    assert failed.cause == "1 scans kept, left over: 1 no_such_parcel"
    assert failed.step == "program"

    late = NewParcel(carrier="yamato", tracking_number="5550-1", lines={})
    wanted = NewShipment(number="S-2", order_id=order.id, location_id=None, parcels=[late])
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.hand_over(uow, wanted, zone=runtime.settings.zone)
    settle(runtime)
    assert scans(runtime) == 2
    with runtime.database.looking() as session:
        assert (waiting.count(session), fallout.waiting(session)) == (0, [])
    assert isinstance(runtime.clock, StandingClock)
    runtime.clock.advance(minutes=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert runtime.intake.take_waiting(uow) == 1
    with runtime.database.reading() as connection:
        kept = connection.execute(text("SELECT state FROM inbound_bodies")).scalars().all()
    assert (kept, scans(runtime)) == (["taken"], 2)


def test_a_scan_of_the_future_does_not_wait(ask: Ask, order: MadeOrder, runtime: Runtime) -> None:
    answer = post(ask, body(order, occurred_at="2027-11-22T09:00:00+09:00"))
    assert [one["waits"] for one in answer.get_json()["refused"]] == [False]
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbound_bodies")) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"status": "flying"}, "scans[0].status"),
        ({"occurred_at": "2026-11-22T09:00:00"}, "scans[0].occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+09:00"}, "scans[0].occurred_at"),
        ({"place": "a\0b"}, "scans[0].place"),
        ({"event_id": "\ud800"}, "scans[0].event_id"),
        ({"tracking_nummer": "1"}, "scans[0].tracking_nummer"),
        ({"tracking_number": "1" * 61}, "scans[0].tracking_number"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    ask: Ask, order: MadeOrder, runtime: Runtime, wrong: dict[str, Any], field: str
) -> None:
    answer = post(ask, body(order, **wrong))
    said = answer.get_json()
    assert (answer.status_code, said["code"]) == (422, "invalid")
    assert [one["field"] for one in said["errors"]] == [field]
    assert scans(runtime) == 0


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "bad-request"),
        (b"[" * 100_000, "application/json", 400, "bad-request"),
        (b"\xff", "application/json", 400, "bad-request"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"", "application/json", 400, "bad-request"),
        (b"[]", "application/json", 422, "invalid"),
        (b'"' + b"x" * 3_000_000 + b'"', "application/json", 413, "request-entity-too-large"),
    ],
)
def test_what_is_no_such_body_is_a_problem(
    ask: Ask, data: bytes, content_type: str, status: int, code: str
) -> None:
    answer = ask(
        "POST",
        "/v1/scans",
        data=data,
        content_type=content_type,
        headers={"Idempotency-Key": "k"},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_a_fault_of_ours_is_a_problem_too(app: Flask, ask: Ask, runtime: Runtime) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with runtime.database.reading() as connection:
        connection.execute(text("DROP TABLE scans CASCADE"))
        connection.execute(text("ALTER TABLE parcels RENAME TO packages"))
    answer = post(ask, {"scans": [body(MadeOrder(1, "A", (), "1"))["scans"][0]]})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal-server-error")
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
