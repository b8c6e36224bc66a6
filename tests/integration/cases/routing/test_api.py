"""Routing and answer times for programs: what they read, change once, and are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cases import queries as cases
from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.factories.staff import bearer

Ask = Callable[..., TestResponse]
NAME = {"ja": "英語のお客様", "en": "English-speaking customers"}


@pytest.fixture
def ask(app: Flask, runtime: Runtime) -> Ask:
    with runtime.unit_of_work(SYSTEM) as uow:
        scopes = ["cases:read", "cases:work", "routing:manage", "sla:manage"]
        headers = bearer(keys.create(uow, label="tests", scopes=scopes)[1])
    client = app.test_client()

    def send(method: str, path: str, json: Any = None, **more: str) -> TestResponse:
        named = {name.replace("_", "-"): said for name, said in more.items()}
        body = {} if json is None else {"json": json}
        return client.open(path, method=method, headers=headers | named, **body)

    return send


def test_a_key_that_only_reads_changes_nothing(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        headers = bearer(keys.create(uow, label="reads", scopes=["cases:read"])[1])
    client = app.test_client()
    assert client.get("/v1/agents", headers=headers).status_code == 200
    once = headers | {"Idempotency-Key": "k"}
    for path in ("/v1/queues", "/v1/routing-rules", "/v1/answer-times/policies"):
        assert client.post(path, json={}, headers=once).status_code == 403


def test_a_rule_sent_twice_is_one_and_decides_about_the_next_case(
    ask: Ask, runtime: Runtime
) -> None:
    queue = ask(
        "POST",
        "/v1/queues",
        {"name": NAME, "members": [], "is_default": False},
        Idempotency_Key="q",
    ).json
    assert queue is not None
    rule = {"name": NAME, "languages": ["ja"], "queue": queue["code"], "priority": "urgent"}
    first = ask("POST", "/v1/routing-rules", rule, Idempotency_Key="r")
    again = ask("POST", "/v1/routing-rules", rule, Idempotency_Key="r")
    assert (first.status_code, first.json) == (201, again.json)
    assert first.json is not None
    trial = ask("GET", "/v1/routing-trial?reason=other&language=ja").json
    assert trial is not None
    assert (trial["rule"], trial["queue"], trial["priority"]) == (
        first.json["id"],
        queue["code"],
        "urgent",
    )
    assert trial["nobody"] == "nobody_in_queue"
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_case(uow)
    drain(runtime)
    said = ask("GET", f"/v1/cases/{case.number}/routing").json
    assert said is not None
    assert (said["queue"], said["agent"], said["why"]) == (queue["code"], agent, "only_one")
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, case.id).priority == "urgent"


def test_a_colleague_is_changed_by_who_has_read_them(ask: Ask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
    path = f"/v1/agents/{agent}"
    read = ask("GET", path)
    wish = {"capacity": 3, "languages": ["ja", "en"], "skills": [], "queues": ["returns"]}
    assert ask("PUT", path, wish).status_code == 428
    changed = ask("PUT", path, wish, If_Match=read.headers["ETag"])
    assert changed.status_code == 200
    assert changed.json is not None
    assert (changed.json["capacity"], changed.json["queues"]) == (3, ["returns"])
    assert ask("PUT", path, wish, If_Match=read.headers["ETag"]).status_code == 412
    refused: list[dict[str, Any]] = [{"capacity": 1001}, {"languages": []}, {"queues": ["x"]}]
    for wrong in refused:
        answer = ask("PUT", path, wish | wrong, If_Match=changed.headers["ETag"])
        assert answer.status_code == 422, wrong
    assert ask("GET", "/v1/agents/99999999999999999999").status_code == 404


def test_presence_and_the_next_case(ask: Ask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
    path = f"/v1/agents/{agent}"
    away = ask("PUT", f"{path}/presence", {"presence": "away"})
    assert away.json is not None
    assert away.json["presence"] == "away"
    late = {"presence": "away", "back_at": "2099-01-01T00:00:00Z"}
    assert ask("PUT", f"{path}/presence", late).status_code == 422
    nothing = ask("POST", f"{path}/next-case", {}, Idempotency_Key="none")
    assert (nothing.status_code, (nothing.json or {})["code"]) == (404, "nothing-waits")
    with runtime.unit_of_work(SYSTEM) as uow:
        number = make_case(uow).number
        make_case(uow)
    drain(runtime)
    for _ in range(2):
        taken = ask("POST", f"{path}/next-case", {}, Idempotency_Key="next")
        assert (taken.status_code, taken.json) == (200, {"number": number})


def test_policies_and_hours_are_added_and_switched_off(ask: Ask, runtime: Runtime) -> None:
    week = [[["22:00", "06:00"]]] * 7
    hours = {"name": NAME, "zone": "Europe/Berlin", "country": "", "week": week}
    added = ask("POST", "/v1/answer-times/hours", hours, Idempotency_Key="h").json
    assert added is not None
    policy = {
        "name": NAME,
        "hours": added["code"],
        "first_response_s": 600,
        "ladder": [{"percent": 50, "step": "tell_lead"}],
    }
    made = ask("POST", "/v1/answer-times/policies", policy, Idempotency_Key="p").json
    assert made is not None
    listed = ask("GET", "/v1/answer-times/policies").json
    assert listed is not None
    assert listed["policies"][0] == made
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
    drain(runtime)
    clocks = ask("GET", f"/v1/cases/{case.number}/clocks").json
    assert clocks is not None
    assert [(one["metric"], one["target_s"]) for one in clocks["clocks"]] == [
        ("first_response", 600)
    ]
    path = f"/v1/answer-times/policies/{made['code']}"
    off = {"hours": added["code"], "is_active": False}
    assert ask("PUT", path, off, If_Match='"1"').status_code == 200
    assert ask("PUT", path, off | {"hours": "never"}, If_Match='"2"').status_code == 422
    refused: list[dict[str, Any]] = [{"zone": "Mars"}, {"week": [[]] * 7}, {"country": "ZZ"}]
    for wrong in refused:
        answer = ask("POST", "/v1/answer-times/hours", hours | wrong, Idempotency_Key=str(wrong))
        assert answer.status_code in {400, 422}, wrong
