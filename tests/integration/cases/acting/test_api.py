"""``/v1/cases/{number}/actions``: the same guards for programs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.payments.states import RefundState
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_returns
from tests.factories.money import adopt
from tests.integration.cases.acting.test_acting import Room

SCOPES = ["cases:act", "cases:read", "refunds:make", "returns:request", "orders:hold"]


class Program:
    """A program with a key."""

    def __init__(self, app: Flask, runtime: Runtime, room: Room, scopes: list[str]) -> None:
        self.client: FlaskClient = app.test_client()
        with runtime.unit_of_work(SYSTEM) as uow:
            secret = keys.create(uow, label="program", scopes=scopes)[1]
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.base = f"/v1/cases/{room.case.number}"

    def get(self, path: str):  # type: ignore[no-untyped-def]
        return self.client.get(f"{self.base}/{path}", headers=self.headers)

    def post(self, path: str, body: object, key: str = "k1"):  # type: ignore[no-untyped-def]
        headers = {**self.headers, "Idempotency-Key": key}
        return self.client.post(f"{self.base}/{path}", json=body, headers=headers)


@pytest.fixture
def room(runtime: Runtime) -> Room:
    return Room(runtime)


@pytest.fixture
def program(app: Flask, runtime: Runtime, room: Room) -> Program:
    return Program(app, runtime, room, SCOPES)


REFUND = {"refund": {"reason": "quality", "amount_minor": 500}}


def test_money_goes_back_once_for_a_key_and_is_listed(program: Program, room: Room) -> None:
    seen = program.post("actions/preview", REFUND)
    assert seen.status_code == 200, seen.text
    assert seen.json["refund"] == {"minor": 500, "currency": "JPY"}
    assert seen.json["needs_second_person"] is False
    body = {**REFUND, "digest": seen.json["digest"]}
    first, again = program.post("actions", body), program.post("actions", body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert room.refunds() == [(500, RefundState.REQUESTED)]
    listed = program.get("actions").json["actions"]
    assert [one["action"] for one in listed] == [1]
    one = program.get("actions/1")
    assert one.json == listed[0]
    assert one.json["why_not_undone"] == "money_on_its_way"
    assert one.headers["ETag"]
    undone = program.post("actions/1/undo", {}, "u1")
    assert undone.status_code == 409
    assert undone.json["code"] == "cannot-undo"


def test_above_the_keys_limit_it_waits_and_is_taken_back(
    runtime: Runtime, program: Program, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"integration": 100})
    done = program.post("actions", REFUND)
    assert done.json["waits"] is True
    undone = program.post("actions/1/undo", {}, "u1")
    assert undone.status_code == 200, undone.text
    assert undone.json["undone_at"] is not None
    assert room.refunds() == [(500, RefundState.DECLINED)]


def test_a_return_is_made_and_what_the_policy_refuses_is_explained(
    runtime: Runtime, program: Program, room: Room
) -> None:
    body = {"send_back": {"lines": [{"line": 1, "quantity": 1, "reason": "changed_mind"}]}}
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, window_days=1)
    refused = program.post("actions", body)
    assert (refused.status_code, refused.json["code"]) == (409, "refused-by-policy")
    assert refused.json["causes"][0]["code"] == "window_closed"
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop)
    made = program.post("actions", body, "k2")
    assert made.status_code == 201, made.text
    assert made.json["return_number"].startswith("R-")
    label = program.post("actions", {"label": {"return_number": made.json["return_number"]}}, "k3")
    assert label.status_code == 201, label.text


def test_offers_say_what_stands_against_each(program: Program) -> None:
    found = {one["kind"]: one for one in program.get("offers").json["offers"]}
    assert found["refund"]["is_possible"] is True
    assert found["cancel"]["why"] == "not_allowed"
    assert found["hold"]["why"] == "nothing_to_hold"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({**REFUND, "hold": {"reason": "customer"}}, 422),
        ({"refund": {"reason": "quality", "amount_minor": 2**63}}, 422),
        ({"refund": {"reason": "quality", "amount_minor": 2_001}}, 409),
        ({"refund": {"reason": "quality", "lines": [{"line": 9, "quantity": 1}]}}, 422),
        ({"refund": {"reason": "quality", "lines": [{"line": 1, "quantity": 9}]}}, 422),
        ({"cancel": {"reason": "no_longer_needed"}}, 403),
        ({"hold": {"reason": "customer"}}, 409),
        ({**REFUND, "order": "A-\0"}, 422),
        ({**REFUND, "order": "A-999999"}, 404),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    program: Program, room: Room, body: dict[str, object], status: int
) -> None:
    assert program.post("actions", body).status_code == status
    assert room.said() == []


def test_a_key_without_the_scope_is_refused(app: Flask, runtime: Runtime, room: Room) -> None:
    poor = Program(app, runtime, room, ["cases:act", "cases:read"])
    assert poor.post("actions", REFUND).status_code == 403
    poorer = Program(app, runtime, room, ["cases:read"])
    assert poorer.post("actions", REFUND).status_code == 403
    assert poorer.get("offers").status_code == 403
    assert room.refunds() == []
