"""Answering, noting and macros by program: the same guards, once for a key."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cases.states import CaseState
from cases.views import CaseView
from cases.writing import answering
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.staff import bearer, make_key
from tests.fakes.clock import StandingClock
from tests.integration.cases.writing.conftest import AOI, now, said

SCOPES = ("cases:read", "cases:reply", "cases:work", "cases:assign", "macros:manage")


class Program:
    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client, self.secret, self.count = client, secret, 0

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/v1{path}", headers=bearer(self.secret))

    def post(self, path: str, body: dict[str, Any], key: str = "") -> TestResponse:
        self.count += 1
        headers = {**bearer(self.secret), "Idempotency-Key": key or f"k{self.count}"}
        return self.client.post(f"/v1{path}", json=body, headers=headers)


@pytest.fixture
def program(app: Flask, runtime: Runtime) -> Program:
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = make_key(uow, *SCOPES)
    return Program(app.test_client(), secret)


def test_an_answer_by_program_can_be_undone_and_leaves_once(
    runtime: Runtime, clock: StandingClock, case: CaseView, program: Program
) -> None:
    path = f"/cases/{case.number}/replies"
    first = program.post(path, {"text": "はい", "wait_s": 30}, "one")
    again = program.post(path, {"text": "はい", "wait_s": 30}, "one")
    assert (first.status_code, first.json, again.json) == (201, first.json, first.json)
    assert first.json is not None
    assert (first.json["position"], first.json["state"]) == (1, "waiting")
    undone = program.post(f"{path}/1/undo", {})
    assert undone.json is not None
    assert undone.json["state"] == "undone"
    assert program.post(f"{path}/1/undo", {}).status_code == 409
    assert program.post(path, {"text": "いいえ", "macro": "settled"}).status_code == 201
    clock.advance(seconds=30)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert answering.send_due(uow) == 1
    assert said(runtime, case) == ["いいえ"]
    assert program.get(f"{path}/2").json == {
        "position": 2,
        "state": "sent",
        "asks": False,
        "pressed_at": (clock.now() - timedelta(seconds=30)).isoformat(),
        "send_at": (clock.now() - timedelta(seconds=20)).isoformat(),
        "settled_at": clock.now().isoformat(),
        "why": "",
    }
    assert now(runtime, case).resolution == "answered"
    assert program.get(f"{path}/3").status_code == 404
    assert program.post(path, {"text": ""}).status_code == 422


def test_a_case_is_worked_on_by_program(
    runtime: Runtime, clock: StandingClock, case: CaseView, program: Program
) -> None:
    path = f"/cases/{case.number}"
    later = (clock.now() + timedelta(days=2)).isoformat()
    assert program.post(f"{path}/notes", {"text": "要確認"}).status_code == 201
    assert program.post(f"{path}/notes", {"text": " "}).status_code == 422
    assert program.post(f"{path}/assign", {"staff": "nobody@x.example"}).status_code == 422
    given = program.post(f"{path}/assign", {"staff": AOI})
    assert given.status_code == 200
    assert program.post(f"{path}/wait", {"version": 1}).status_code == 409
    assert program.get(f"{path}/reminder").status_code == 404
    reminder = {"kind": "no_answer", "due_at": later}
    assert program.post(f"{path}/reminder", reminder).json == reminder
    assert program.get(f"{path}/reminder").json == reminder
    assert program.post(f"{path}/reminder/off", {}).status_code == 200
    assert program.post(f"{path}/reminder/off", {}).status_code == 404
    put = program.post(f"{path}/snooze", {"until": later})
    assert put.json is not None
    assert (put.json["state"], put.json["snoozed_until"]) == ("snoozed", later)
    assert program.post(f"{path}/resume", {}).status_code == 200
    assert program.post(f"{path}/wait", {}).status_code == 200
    assert program.post(f"{path}/release", {}).status_code == 200
    assert program.post(f"{path}/release", {}).status_code == 409
    found = now(runtime, case)
    assert (found.state, found.assignee_id) == (CaseState.WAITING_THIRD_PARTY, None)
    advice = program.get(f"{path}/suggestions").json
    assert advice is not None
    assert advice["suggestions"][0] == {
        "advice": "take",
        "why": "nobody",
        "value": "",
        "until": None,
        "count": 0,
        "of": 0,
    }


def test_it_is_settled_by_program_once_what_waits_has_left_and_comes_back(
    runtime: Runtime, case: CaseView, program: Program
) -> None:
    assert program.post(f"/cases/{case.number}/resolve", {"code": "answered"}).status_code == 422
    assert (
        program.post(f"/cases/{case.number}/replies", {"text": "お届けしました。"}).status_code
        == 201
    )
    assert said(runtime, case) == []
    ending = {"code": "answered", "note": "お届け済み", "version": case.version}
    done = program.post(f"/cases/{case.number}/resolve", ending)
    assert done.status_code == 200, done.json
    assert done.json is not None
    assert done.json["state"] == "resolved"
    assert said(runtime, case) == ["お届けしました。"]
    assert program.post(f"/cases/{case.number}/resolve", ending).status_code == 409
    back = program.post(f"/cases/{case.number}/reopen", {})
    assert back.status_code == 200
    assert now(runtime, case).state is CaseState.OPEN


def test_macros_by_program(runtime: Runtime, case: CaseView, program: Program) -> None:
    wish: dict[str, Any] = {
        "title": {"ja": "領収書"},
        "body": {"ja": "{{case_number}} の領収書です。"},
        "actions": [{"do": "wait"}],
    }
    made = program.post("/macros", {**wish, "code": "receipt"})
    assert made.status_code == 201
    assert program.post("/macros", {**wish, "code": "receipt"}).status_code == 409
    filled = program.get(f"/cases/{case.number}/macros/receipt")
    assert filled.json == {
        "text": f"{case.number} の領収書です。",
        "language": "ja",
        "actions": [{"do": "wait"}],
    }
    lacks = program.get(f"/cases/{case.number}/macros/return_refund")
    assert lacks.status_code == 422
    one = program.get("/macros/receipt")
    headers = bearer(program.secret)
    put = program.client.put("/v1/macros/receipt", json=wish, headers=headers)
    assert put.status_code == 428
    headers["If-Match"] = one.headers["ETag"]
    off = {**wish, "is_active": False}
    put = program.client.put("/v1/macros/receipt", json=off, headers=headers)
    assert put.json is not None
    assert (put.json["version"], put.json["is_active"]) == (2, False)
    put = program.client.put("/v1/macros/receipt", json=off, headers=headers)
    assert put.status_code == 412
    reply = program.post(f"/cases/{case.number}/replies", {"text": "領収書", "macro": "receipt"})
    assert program.get(f"/cases/{case.number}/macros/receipt").status_code == 422
    assert (reply.status_code, reply.json and reply.json["errors"]) == (
        422,
        [{"field": "macro", "message": "is switched off"}],
    )
    too_far = {"until": "2030-01-07T00:00:00+00:00", "version": case.version}
    asleep = program.post(f"/cases/{case.number}/snooze", too_far)
    assert asleep.json is not None
    assert asleep.json["errors"] == [{"field": "until", "message": "is more than a year away"}]
    codes: list[str] = []
    page = program.get("/macros?limit=4")
    while True:
        assert page.json is not None
        codes += [macro["code"] for macro in page.json["macros"]]
        link = page.headers.get("Link")
        if link is None:
            break
        page = program.get(link[1 : link.index(">")].removeprefix("/v1"))
    assert codes == sorted(codes)
    assert len(codes) == 11


def test_a_key_without_the_scope_does_nothing(app: Flask, runtime: Runtime, case: CaseView) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = make_key(uow, "cases:read")
    reader = Program(app.test_client(), secret)
    doors = ("replies", "notes", "snooze", "wait", "resume", "release", "assign", "reminder")
    for what in (*doors, "resolve", "reopen"):
        assert reader.post(f"/cases/{case.number}/{what}", {}).status_code == 403
    assert reader.post("/macros", {}).status_code == 403
    assert now(runtime, case).version == case.version


def test_a_macro_does_nothing_that_its_key_may_not(
    app: Flask, runtime: Runtime, case: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = make_key(uow, "cases:read", "cases:reply")
    answers = Program(app.test_client(), secret)
    sent = answers.post(f"/cases/{case.number}/replies", {"text": "はい", "macro": "settled"})
    assert (sent.status_code, said(runtime, case)) == (403, [])
    assert now(runtime, case).version == case.version
    plain = answers.post(f"/cases/{case.number}/replies", {"text": "はい"})
    assert plain.status_code == 201
