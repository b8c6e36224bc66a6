"""What holds for every request: names, problems, health, figures, the description."""

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import select, text

from oms_service.app import create_app
from oms_service.infra.outbox import OutboxRow
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.orders import MadeOrder
from tests.integration.oms_service.api.conftest import Ask


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/webhooks/nothing", 404),
        ("DELETE", "/v1/track", 405),
        ("GET", "/webhooks/carriers/yamato", 405),
    ],
)
def test_errors_of_programs_are_problems(app: Flask, method: str, path: str, status: int) -> None:
    answer = app.test_client().open(path, method=method)
    said = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said["status"] == status
    assert said["type"] == f"/problems/{said['code']}"
    assert app.test_client().get(said["type"]).status_code == 302


def test_a_request_keeps_the_name_its_caller_gave(app: Flask) -> None:
    client = app.test_client()
    given = client.get("/health/live", headers={"X-Request-Id": "mine-1"})
    assert given.headers["X-Request-Id"] == "mine-1"
    forged = client.get("/health/live", headers={"X-Request-Id": "a b"})
    assert forged.headers["X-Request-Id"] != "a b"


def test_an_event_names_the_request_it_began_with(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    scan = {
        "carrier": "yamato",
        "tracking_number": order.tracking_number,
        "status": "in_transit",
        "occurred_at": "2026-11-22T09:00:00+09:00",
    }
    answer = ask("POST", "/v1/scans", json={"scans": [scan]}, headers={"Idempotency-Key": "k"})
    with runtime.database.looking() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.name == "parcel.scanned")).one()
    assert str(row.correlation_id) == answer.headers["X-Request-Id"]
    assert row.actor.startswith("integration:")


def test_ready_says_what_waits(app: Flask) -> None:
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.get_json()["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "outbox_oldest_s": 0.0,
        "outbox_backlog": 0,
        "fallout_open": 0,
    }


def test_a_database_that_is_behind_is_not_ready(app: Flask, runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["status"] == "unavailable"
    assert answer.get_json()["checks"]["migrations"] == "failed"


def test_without_a_broker_requests_are_still_served(settings: Settings) -> None:
    app = create_app(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1/0"))
    answer = app.test_client().get("/health/ready")
    held_by(app).database.close()
    assert answer.status_code == 200
    said = answer.get_json()
    assert said["status"] == "degraded"
    assert {name: said["checks"][name] for name in ("database", "migrations", "broker")} == {
        "database": "ok",
        "migrations": "ok",
        "broker": "failed",
    }


def test_without_a_database_one_is_told_when_to_come_again(settings: Settings) -> None:
    away = dataclasses.replace(settings, database_url="postgresql://127.0.0.1:1/none")
    app = create_app(away)
    client = app.test_client()
    answer = client.get("/v1/track?order=A&mail=b", headers={"Authorization": "Bearer oms_x"})
    held_by(app).database.close()
    assert (answer.status_code, answer.get_json()["code"]) == (503, "service-unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_metrics_count_requests_and_what_waits(
    ask: Ask, order: MadeOrder, runtime: Runtime
) -> None:
    ask("GET", "/health/live")
    said = ask("GET", "/metrics").get_data(as_text=True)
    assert 'oms_request_seconds_count{method="GET",process=' in said
    assert 'route="health.live",status="200"} 1.0' in said
    with runtime.database.looking() as session:
        waiting = len(
            session.scalars(select(OutboxRow).where(OutboxRow.reacted_at.is_(None))).all()
        )
    assert waiting > 1
    assert f"oms_outbox_backlog {waiting}.0" in said
    assert 'oms_queue_depth{queue="effects"} 0.0' in said


def test_metrics_want_a_key(app: Flask) -> None:
    assert app.test_client().get("/metrics").status_code == 401


def test_an_order_has_a_version_and_a_past_in_pages(ask: Ask, order: MadeOrder) -> None:
    first = ask("GET", "/v1/orders/A-10423")
    assert first.get_json()["lines"][0]["counters"]["shipped"] == 2
    tag = first.headers["ETag"]
    assert ask("GET", "/v1/orders/a10423", headers={"If-None-Match": tag}).status_code == 304
    page = ask("GET", "/v1/orders/A-10423/timeline?limit=1")
    seen = page.get_json()["entries"]
    while "Link" in page.headers:
        assert len(page.get_json()["entries"]) == 1
        page = ask("GET", page.headers["Link"].partition(">")[0].removeprefix("<"))
        seen += page.get_json()["entries"]
    whole = ask("GET", "/v1/orders/A-10423/timeline").get_json()["entries"]
    assert seen == whole
    assert {"order.placed", "parcel.handed_over"} <= {entry["kind"] for entry in whole}
    assert ask("GET", "/v1/orders/A-10423/timeline?cursor=x").status_code == 422
    assert ask("GET", "/v1/orders/A-10424").status_code == 404


def test_the_description_has_a_page_for_people(app: Flask) -> None:
    page = app.test_client().get("/v1/docs")
    assert page.status_code == 200
    assert "GET /v1/track" in page.get_data(as_text=True)
    assert app.test_client().get("/v1/openapi.json").get_json()["openapi"] == "3.1.0"
