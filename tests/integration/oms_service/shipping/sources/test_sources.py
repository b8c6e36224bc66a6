"""From a body in any form to its parcel: EasyPost, mappings, numbers that wait, asking."""

import dataclasses
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
from oms_service.infra.intake import Intake, _Queue
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.shipping.sources import mappings, waiting, wordings
from oms_service.shipping.sources.mappings import MappingChanged
from oms_service.shipping.sources.states import Form
from tests.apps import an_app
from tests.effects import settle
from tests.factories import scans
from tests.factories.orders import MadeOrder, make_order, make_shipped_order, ship
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

SECRET = "sixteen-letters-and-more"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    secrets = dict.fromkeys(("easypost", "yamato", "partner-json"), SECRET)
    return dataclasses.replace(settings, carrier_webhook_secrets=secrets, webhooks_private=True)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, shop, number="A-10423")


def rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def told(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(
        runtime,
        "SELECT status, reason, place, carrier_words FROM scans"
        " WHERE event_key NOT LIKE 'estimate:%' ORDER BY occurred_at, id",
    )


def easypost(app: Flask, body: bytes, *, secret: str = SECRET) -> TestResponse:
    said = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hmac-Signature": f"hmac-sha256-hex={said}"}
    return app.test_client().post("/webhooks/carriers/easypost", data=body, headers=headers)


def test_easypost_tells_every_detail_once_with_its_date(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    for number in range(3):
        body = scans.event(scans.tracker(order.tracking_number), id=f"evt_{number}")
        assert easypost(app, body).status_code == 204
    assert told(runtime) == [
        ("in_transit", "", "OSAKA, JP", "Arrived at facility"),
        ("delayed", "weather", "NAGOYA, JP", "Held by weather"),
    ]
    assert rows(runtime, "SELECT state, count(*) FROM inbound_bodies GROUP BY 1") == [("taken", 3)]
    dated = "SELECT estimate_from, estimate_until FROM scans WHERE estimate_from IS NOT NULL"
    (said,) = rows(runtime, dated)
    assert [one.isoformat() for one in said] == [
        "2026-11-24T00:00:00+00:00",
        "2026-11-25T00:00:00+00:00",
    ]


def test_easypost_with_a_new_date_alone_is_new(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    for day in (24, 26):
        of = scans.tracker(order.tracking_number, est_delivery_date=f"2026-11-{day}T00:00:00Z")
        easypost(app, scans.event(of))
    assert rows(runtime, "SELECT count(*) FROM scans") == [(4,)]
    assert rows(runtime, "SELECT status FROM parcels") == [("delayed",)]


def test_easypost_with_another_secret_is_refused(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    body = scans.event(scans.tracker(order.tracking_number))
    assert easypost(app, body, secret="another").status_code == 401
    assert rows(runtime, "SELECT count(*) FROM inbound_bodies") == [(0,)]


def test_what_easypost_tells_of_other_things_is_taken_and_means_nothing(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    body = json.dumps({"object": "Event", "description": "batch.created", "result": {}}).encode()
    assert easypost(app, body).status_code == 204
    assert rows(runtime, "SELECT state FROM inbound_bodies") == [("taken",)]


def test_scans_wait_for_a_parcel_that_leaves_later(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
        body = json.dumps(
            {
                "scans": [
                    {"tracking_number": n, "status": "発送済み", "occurred_at": "2026-11-22T08:00"}
                    for n in ("9999-0000-1111", "4")
                ]
            }
        ).encode()
    signed = signing.headers(SECRET, clock.now(), body)
    assert (
        app.test_client().post("/webhooks/carriers/yamato", data=body, headers=signed).status_code
        == 204
    )
    with runtime.database.looking() as session:
        assert [one.tracking_key for one in waiting.waiting(session)] == ["4", "999900001111"]
        assert waiting.count(session) == 2
        (failed,) = fallout.waiting(session)
    assert failed.cause == "0 scans kept, left over: 2 no_such_parcel"
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = ship(uow, shop, order)
        uow.session.execute(
            text("UPDATE parcels SET tracking_number = :dressed, tracking_key = :plain"),
            {"dressed": "9999-0000-1111", "plain": "999900001111"},
        )
    assert sent.tracking_number
    settle(runtime)
    settle(runtime)
    assert told(runtime) == [("in_transit", "", "", "発送済み")]
    with runtime.database.looking() as session:
        assert [one.tracking_key for one in waiting.waiting(session)] == ["4"]
        assert len(fallout.waiting(session)) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE parcels SET tracking_number = '4', tracking_key = '4'"))
    sweep = next(one for one in runtime.sweeps.all() if one.name == "scans-that-waited")
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep.run(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep.run(uow) == 0
    with runtime.database.looking() as session:
        assert waiting.count(session) == 0
        assert fallout.waiting(session) == []


PARTNER = {
    "items": "data.events",
    "carrier": {"from": "by", "names": {"クロネコ": "yamato"}},
    "number": "no",
    "status": "what.said",
    "time": ["day", "hour"],
    "place": "where",
    "reason": "why",
    "estimate": "eta",
    "statuses": {"はいたつずみ": "delivered"},
    "reasons": {"ゆき": "snow"},
}


def partner(order: MadeOrder, **more: Any) -> bytes:
    said = {
        "by": "クロネコ",
        "no": order.tracking_number,
        "what": {"said": "配達中"},
        "day": "2026/11/22",
        "hour": "07:42",
        "where": "新宿",
        "why": "ゆき",
        "eta": "2026/11/23",
        **more,
    }
    return json.dumps({"data": {"events": [said, {"no": "1"}]}}).encode()


def test_a_mapping_of_the_shop_reads_calls_and_says_which_rows_are_wrong(
    app: Flask, runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    body = partner(order)
    path = "/webhooks/carriers/partner-json"
    signed = signing.headers(SECRET, clock.now(), body)
    assert app.test_client().post(path, data=body, headers=signed).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow:
        mappings.save(uow, "partner-json", form=Form.JSON, rules=PARTNER, version=0)
    assert app.test_client().post(path, data=body, headers=signed).status_code == 204
    assert told(runtime) == [("out_for_delivery", "snow", "新宿", "配達中 ゆき")]
    with runtime.database.looking() as session:
        (failed,) = fallout.waiting(session)
    assert failed.cause == (
        "1 scans kept, left over: 1 rows unreadable (row 2 what.said: is_empty)"
    )


def test_two_edits_of_a_mapping_do_not_overwrite_each_other(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        first = mappings.save(uow, "partner-json", form=Form.JSON, rules=PARTNER, version=0)
        mappings.save(uow, "partner-json", form=Form.JSON, rules=PARTNER, version=first.version)
        for stale in (0, first.version):
            with pytest.raises(MappingChanged):
                mappings.save(
                    uow,
                    "partner-json",
                    form=Form.JSON,
                    rules={**PARTNER, "zone": "UTC"},
                    version=stale,
                )
        assert mappings.find(uow.session, "partner-json").rules == PARTNER


def test_words_that_a_colleague_explains_move_past_and_later_scans(
    app: Flask, runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    def call(words: str, at: str) -> None:
        said = {"tracking_number": order.tracking_number, "status": words, "occurred_at": at}
        body = json.dumps({"scans": [said]}).encode()
        signed = signing.headers(SECRET, clock.now(), body)
        app.test_client().post("/webhooks/carriers/yamato", data=body, headers=signed)

    call("空輸中", "2026-11-22T08:00")
    with runtime.database.looking() as session:
        assert [(one.carrier, one.words, one.times) for one in wordings.unexplained(session)] == [
            ("yamato", "空輸中", 1)
        ]
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            again = wordings.explain(
                uow, carrier="yamato", words="空輸中", status=CarrierStatus.IN_TRANSIT
            )
            scanning.record(uow, again, zone=runtime.settings.zone)
    call("空輸中です", "2026-11-22T09:00")
    assert [row[0] for row in told(runtime)] == ["unknown", "in_transit", "in_transit"]
    assert rows(runtime, "SELECT status FROM parcels") == [("in_transit",)]
    with runtime.database.looking() as session:
        assert wordings.unexplained(session) == []


class Partner:
    """Answers what it is given, and counts."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.asked: list[tuple[str, str]] = []
        self.url = ""


@pytest.fixture
def server() -> Iterator[Partner]:
    fake = Partner()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            fake.asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(fake.body)))
            self.end_headers()
            self.wfile.write(fake.body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        fake.url = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield fake
        running.shutdown()
        thread.join()


def test_a_parcel_is_asked_about_until_it_has_arrived(
    settings: Settings, clock: StandingClock, server: Partner
) -> None:
    key = {server.url.removeprefix("http://"): "a-token-of-theirs"}
    settings = dataclasses.replace(settings, scan_source_keys=key)
    with an_app(settings, clock=clock) as app:
        runtime = held_by(app)
        rules = {
            **{name: path for name, path in PARTNER.items() if name != "carrier"},
            "carrier": {"fixed": "yamato"},
            "poll": server.url + "/track?number={number}",
        }
        server.status = 503
        with runtime.unit_of_work(SYSTEM) as uow:
            mappings.save(uow, "partner-json", form=Form.JSON, rules=rules, version=0)
            order = make_shipped_order(uow, make_shop(uow))
        settle(runtime)
        assert server.asked == [
            (f"/track?number={order.tracking_number}", "Bearer a-token-of-theirs")
        ]
        assert rows(runtime, "SELECT state, failures, failure FROM polls") == [
            ("asking", 1, "status_503")
        ]
        sweep = next(one for one in runtime.sweeps.all() if one.name == "ask-carriers")
        with runtime.unit_of_work(SYSTEM) as uow:
            assert sweep.run(uow) == 0
        server.status = 200
        server.body = partner(order, what={"said": "はいたつずみ"}, eta="")
        clock.advance(hours=9)
        with runtime.unit_of_work(SYSTEM) as uow:
            assert sweep.run(uow) == 1
            assert sweep.run(uow) == 0
        settle(runtime)
        assert rows(runtime, "SELECT status FROM parcels") == [("delivered",)]
        assert rows(runtime, "SELECT state, failures, failure FROM polls") == [("done", 0, "")]
        clock.advance(days=3)
        with runtime.unit_of_work(SYSTEM) as uow:
            assert sweep.run(uow) == 0
        assert len(server.asked) == 2


def test_a_key_goes_to_its_own_host_whatever_address_a_mapping_names(
    settings: Settings, clock: StandingClock, server: Partner
) -> None:
    keys = {"partner.example": "a-token-of-theirs", "partner-json": "a-token-of-theirs"}
    with an_app(dataclasses.replace(settings, scan_source_keys=keys), clock=clock) as app:
        runtime = held_by(app)
        rules = {
            **{name: path for name, path in PARTNER.items() if name != "carrier"},
            "carrier": {"fixed": "yamato"},
            "poll": server.url + "/partner.example?n={number}",
        }
        with runtime.unit_of_work(SYSTEM) as uow:
            mappings.save(uow, "partner-json", form=Form.JSON, rules=rules, version=0)
            make_shipped_order(uow, make_shop(uow))
        settle(runtime)
    assert [key for _path, key in server.asked] == [""]


def test_easypost_is_asked_for_a_tracker_when_a_parcel_leaves(
    settings: Settings, clock: StandingClock, server: Partner
) -> None:
    settings = dataclasses.replace(
        settings,
        easypost_api_key="EZTK-test",
        easypost_url=server.url + "/v2",
        easypost_carriers=("yamato",),
    )
    with an_app(settings, clock=clock) as app:
        runtime = held_by(app)
        with runtime.unit_of_work(SYSTEM) as uow:
            order = make_shipped_order(uow, make_shop(uow))
        server.body = json.dumps(scans.tracker(order.tracking_number)).encode()
        settle(runtime)
        assert [path for path, _ in server.asked] == ["/v2/trackers"]
        assert [row[0] for row in told(runtime)] == ["in_transit", "delayed"]
        assert rows(runtime, "SELECT source, state, failures FROM polls") == [
            ("carrier:easypost", "asking", 0)
        ]


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**40), 10**40) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(
    ["object", "Tracker", "Event", "result", "tracking_code", "tracking_details", "scans", "data"]
)
shaped = st.dictionaries(words, anything | words, max_size=6)


def encoded(said: object) -> bytes:
    return json.dumps(said).encode()


bodies = (
    st.binary()
    | anything.map(encoded)
    | shaped.map(encoded)
    | shaped.map(lambda more: scans.event(scans.tracker("1", **more)))
    | st.just(b"[" * 100_000)
    | st.just(b'{"object": "Tracker", "tracking_code": "\\ud800", "carrier": "\\u0000"}')
    | st.just(b'{"scans": [{"tracking_number": "1\\u0000", "status": "\\ud800"}]}')
    | st.just(b"9" * 10_000)
)


def test_no_body_in_any_form_is_a_fault_of_ours(
    app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        mappings.save(uow, "partner-json", form=Form.JSON, rules=PARTNER, version=0)
    client = app.test_client()

    @how(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bodies)
    def call(body: bytes) -> None:
        assert easypost(app, body).status_code == 204
        signed = signing.headers(SECRET, clock.now(), body)
        for slug in ("yamato", "partner-json"):
            path = f"/webhooks/carriers/{slug}"
            assert client.post(path, data=body, headers=signed).status_code == 204

    call()
    assert rows(runtime, "SELECT count(*) FROM inbound_bodies WHERE state = 'stored'") == [(0,)]
    strange = rows(runtime, "SELECT cause FROM fallout WHERE cause NOT LIKE 'unreadable:%'")
    allowed = ("0 scans kept", "1 rows unreadable", "rows unreadable")
    assert [cause for (cause,) in strange if not any(one in cause for one in allowed)] == []


def test_many_at_once_deliver_the_same_bodies_to_the_same_parcels(
    app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        orders = [make_shipped_order(uow, shop, items={"COFFEE": 1}) for _ in range(4)]
    steps = ("荷物受付", "発送済み", "配達中", "配達完了")
    calls = [
        json.dumps(
            {
                "scans": [
                    {
                        "tracking_number": one.tracking_number,
                        "status": step,
                        "occurred_at": f"2026-11-22T0{hour}:00",
                    }
                    for one in (orders if hour % 2 else reversed(orders))
                ],
                "call": call,
            }
        ).encode()
        for call in range(2)
        for hour, step in enumerate(steps, start=1)
    ]
    barrier = threading.Barrier(4)
    answers: list[int] = []

    def deliver(turn: int) -> None:
        client = app.test_client()
        barrier.wait()
        for body in calls[turn:] + calls[:turn]:
            signed = signing.headers(SECRET, clock.now(), body)
            answers.append(
                client.post("/webhooks/carriers/yamato", data=body, headers=signed).status_code
            )

    threads = [threading.Thread(target=deliver, args=(2 * turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 32
    assert rows(runtime, "SELECT status, count(*) FROM parcels GROUP BY 1") == [("delivered", 4)]
    assert rows(runtime, "SELECT count(*) FROM scans") == [(16,)]
    counts = (
        "SELECT name, count(*) FROM outbox"
        " WHERE name IN ('parcel.scanned', 'parcel.delivered') GROUP BY 1 ORDER BY 1"
    )
    assert rows(runtime, counts) == [("parcel.delivered", 4), ("parcel.scanned", 16)]
    assert rows(runtime, "SELECT state, count(*) FROM inbound_bodies GROUP BY 1") == [("taken", 8)]


def test_a_body_that_fails_does_not_hold_the_others_up(runtime: Runtime) -> None:
    """What cannot be read together is read one by one."""
    intake = Intake()
    seen: list[tuple[int, ...]] = []

    def one(_uow: Any, body: Any) -> str | None:
        if body.body == b"bad":
            raise ValueError("bad")
        seen.append((body.id,))
        return None

    def together(_uow: Any, bodies: Any) -> list[str | None]:
        if any(body.body == b"bad" for body in bodies):
            raise ValueError("bad")
        seen.append(tuple(body.id for body in bodies))
        return [None for _ in bodies]

    intake.add("test", one, owner="operations", together=together)
    ids = []
    for body in (b"one", b"bad", b"two"):
        with runtime.unit_of_work(SYSTEM) as uow:
            ids.append(inbound.keep(uow, source="test:x", body=body))
    actor = Actor(ActorKind.CARRIER, "x")
    intake._queues["test:x"] = _Queue([one for one in ids[:2] if one])
    intake.take_now(lambda: runtime.unit_of_work(actor), "test:x", ids[2] or 0)
    assert seen == [(ids[0],), (ids[2],)]
    assert rows(runtime, "SELECT state FROM inbound_bodies ORDER BY id") == [
        ("taken",),
        ("refused",),
        ("taken",),
    ]
