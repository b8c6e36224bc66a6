"""``/v1/webhook-endpoints``: secrets told once, versions, what was told, told again."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.webhooks import queries
from tests.factories.staff import bearer, make_key
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver
from tests.integration.oms_service.webhooks.conftest import Deliver, a_reservation
from tests.integration.oms_service.webhooks.test_delivering import is_genuine

PATH = "/v1/webhook-endpoints"


class Client:
    """A partner's program with a key."""

    def __init__(self, app: Flask, secret: str) -> None:
        self._client = app.test_client()
        self._headers = bearer(secret)
        self._sent = 0

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, headers={**self._headers, **headers})

    def post(self, path: str, body: Any = None, *, key: str = "") -> TestResponse:
        self._sent += 1
        headers = {**self._headers, "Idempotency-Key": key or f"k-{self._sent}"}
        return self._client.post(path, json=body or {}, headers=headers)


@pytest.fixture
def partner(app: Flask, runtime: Runtime) -> Client:
    with runtime.unit_of_work(SYSTEM) as uow:
        return Client(app, make_key(uow, "webhooks:manage")[1])


@pytest.fixture
def made(partner: Client, receiver: Receiver) -> dict[str, Any]:
    wanted = {"url": f"{receiver.url}/hook", "events": ["pickup.*"], "label": "Books"}
    answer = partner.post(PATH, wanted, key="made")
    assert answer.status_code == 201
    found: dict[str, Any] = answer.get_json()
    return found


def complete(runtime: Runtime, order_id: int = 1) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.emit(a_reservation(order_id))


def test_the_secret_is_told_once_and_is_the_one_that_signs(
    partner: Client,
    made: dict[str, Any],
    receiver: Receiver,
    runtime: Runtime,
    deliver: Deliver,
) -> None:
    wanted = {"url": made["url"], "events": ["pickup.*"], "label": "Books"}
    again = partner.post(PATH, wanted, key="made")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == {**made, "secret": None}
    listed = partner.get(PATH).get_json()["webhook_endpoints"]
    assert listed == [{name: made[name] for name in made if name != "secret"}]
    complete(runtime)
    deliver()
    assert is_genuine(receiver.calls[0], made["secret"])


def test_deliveries_are_read_filtered_and_replayed(
    partner: Client,
    made: dict[str, Any],
    receiver: Receiver,
    runtime: Runtime,
    deliver: Deliver,
    clock: StandingClock,
) -> None:
    receiver.answers = [(500, "no")]
    complete(runtime, 1)
    deliver()
    complete(runtime, 2)
    path = f"{PATH}/{made['number']}/deliveries"
    clock.advance(seconds=2)
    deliver()
    (waiting,) = partner.get(f"{path}?state=waiting&type=pickup.reserved").get_json()["deliveries"]
    assert (waiting["tries"], waiting["delivered_at"]) == (1, None)
    first = partner.get(f"{path}?limit=1")
    assert len(first.get_json()["deliveries"]) == 1
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert partner.get(following).get_json()["deliveries"] == [waiting]
    one = partner.get(f"{path}/{waiting['event_id']}")
    (attempt,) = one.get_json()["attempts"]
    assert (attempt["outcome"], attempt["status"], attempt["excerpt"]) == ("refused", 500, "no")
    tag = one.headers["ETag"]
    assert partner.get(f"{path}/{waiting['event_id']}", **{"If-None-Match": tag}).status_code == 304
    said = partner.post(f"{path}/{waiting['event_id']}/replay")
    assert (said.status_code, said.get_json()) == (202, {"events": 1})
    assert deliver() == 1
    since = partner.post(f"{PATH}/{made['number']}/replay", {"since": "2026-11-22T00:00:00+09:00"})
    assert (since.status_code, since.get_json()) == (202, {"events": 2})


def test_a_test_arrives(
    partner: Client, made: dict[str, Any], receiver: Receiver, deliver: Deliver
) -> None:
    assert partner.post(f"{PATH}/{made['number']}/test", key="t").status_code == 202
    assert partner.post(f"{PATH}/{made['number']}/test", key="t").status_code == 202
    deliver()
    assert len(receiver.calls) == 1


def test_changes_rotations_and_ends_need_the_present_version(
    partner: Client, made: dict[str, Any]
) -> None:
    path = f"{PATH}/{made['number']}"
    off = {"url": made["url"], "events": ["*"], "is_active": False, "version": 1}
    changed = partner.post(f"{path}/change", off)
    assert (changed.get_json()["is_active"], changed.get_json()["version"]) == (False, 2)
    for action, body in (("change", off), ("rotate", {"version": 1}), ("end", {"version": 1})):
        refused = partner.post(f"{path}/{action}", body)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "stale-version"), action
    tested = partner.post(f"{path}/test")
    assert (tested.status_code, tested.get_json()["code"]) == (409, "webhook-endpoint-off")
    rotated = partner.post(f"{path}/rotate", {"version": 2, "overlap_hours": 1}).get_json()
    assert rotated["secret"] not in {None, made["secret"]}
    assert rotated["former_secret_until"] == "2026-11-22T02:00:00+00:00"
    assert partner.post(f"{path}/end", {"version": 3}).status_code == 200
    assert partner.get(path).status_code == 404


def test_one_endpoint_is_read_by_version(partner: Client, made: dict[str, Any]) -> None:
    path = f"{PATH}/{made['number']}"
    tag = partner.get(path).headers["ETag"]
    assert partner.get(path, **{"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": "ftp://partner.example", "events": ["*"]}, 422),
        ({"url": "https://partner.example", "events": ["order"]}, 422),
        ({"url": "https://partner.example", "events": []}, 422),
        ({"url": "https://partner.example"}, 422),
        ({"url": "https://partner.example/\0", "events": ["*"]}, 422),
        ({"url": "https://partner.example", "events": ["*"], "secret": "mine"}, 422),
    ],
)
def test_a_bad_endpoint_is_refused_and_nothing_is_kept(
    partner: Client, runtime: Runtime, body: dict[str, Any], status: int
) -> None:
    assert partner.post(PATH, body).status_code == status
    with runtime.database.looking() as session:
        assert queries.endpoints(session).items == ()


def test_without_the_scope_nothing_is_told(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = Client(app, make_key(uow, "orders:read")[1])
    assert other.get(PATH).status_code == 403
    assert other.post(PATH, {"url": "https://partner.example", "events": ["*"]}).status_code == 403


@pytest.mark.parametrize("event", ["x", "01936f6e-5f00-7c3a-9a52-0b1d2c3e4f50"])
def test_an_unknown_delivery_is_not_found(
    partner: Client, made: dict[str, Any], event: str
) -> None:
    path = f"{PATH}/{made['number']}/deliveries/{event}"
    assert partner.get(path).status_code == 404
    assert partner.post(f"{path}/replay").status_code == 404
    assert partner.get(f"{PATH}/W-22222222").status_code == 404
