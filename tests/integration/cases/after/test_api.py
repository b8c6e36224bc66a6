"""How cases and deliveries were, by program: read, passed on once, and asked for by the rules."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cases import queries
from cases.after import feedback, rules, surveys
from cases.after import queries as asked
from cases.states import CaseState
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.afterwards import Settled, make_settled
from tests.factories.staff import bearer, make_key
from tests.fakes.clock import StandingClock

SCOPES = ("feedback:read", "feedback:manage", "feedback:pass")


@pytest.fixture
def settled(runtime: Runtime, clock: StandingClock) -> Settled:
    """A case that its customer has been asked about."""
    made = make_settled(runtime)
    drain(runtime)
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
    return made


@pytest.fixture
def key(runtime: Runtime) -> dict[str, str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        return bearer(make_key(uow, *SCOPES)[1])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def told(answer: TestResponse) -> dict[str, Any]:
    """What an answer says."""
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_a_score_is_passed_on_once_and_read(
    client: FlaskClient, key: dict[str, str], runtime: Runtime, settled: Settled
) -> None:
    path = f"/v1/cases/{settled.case.number}/satisfaction"
    first = client.get(path, headers=key)
    assert (first.status_code, told(first)["state"], told(first)["score"]) == (200, "asked", None)
    again = client.get(path, headers={**key, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    sent = {"score": 4, "words": "速い"}
    once = {**key, "Idempotency-Key": "one"}
    for status, body in ((422, {"score": 6}), (422, {"score": True}), (422, {"words": "?"})):
        assert client.post(path, json=body, headers=once).status_code == status, body
    done = client.post(path, json=sent, headers=once)
    assert (done.status_code, told(done)["score"], told(done)["answered_on"]) == (200, 4, "api")
    replayed = client.post(path, json=sent, headers=once)
    assert replayed.headers["Idempotency-Replayed"] == "true"
    listed = client.get("/v1/satisfaction?most_score=4&reason=other", headers=key)
    assert [one["words"] for one in told(listed)["satisfaction"]] == ["速い"]
    assert told(client.get("/v1/satisfaction?most_score=3", headers=key)) == {"satisfaction": []}
    with runtime.database.looking() as session:
        (one,) = asked.surveys_of_case(session, settled.case.id)
    assert one.score == 4


def test_a_customers_no_brings_the_case_back_and_their_yes_closes_it(
    client: FlaskClient, key: dict[str, str], runtime: Runtime, settled: Settled
) -> None:
    path = f"/v1/cases/{settled.case.number}/acceptance"
    once = {**key, "Idempotency-Key": "no"}
    assert client.post(path, json={"is_settled": False}, headers=once).status_code == 422
    no = {"is_settled": False, "text": "まだです"}
    done = client.post(path, json=no, headers=once)
    assert (done.status_code, told(done)["outcome"]) == (200, "reopened")
    yes = client.post(path, json={"is_settled": True}, headers={**key, "Idempotency-Key": "yes"})
    assert (yes.status_code, told(yes)["code"]) == (409, "illegal-transition")
    drain(runtime)
    with runtime.database.looking() as session:
        assert queries.by_id(session, settled.case.id).state is CaseState.OPEN


def test_feedback_is_passed_on_by_sku(
    client: FlaskClient, key: dict[str, str], runtime: Runtime, settled: Settled
) -> None:
    path = f"/v1/orders/{settled.order.number}/feedback"
    assert told(client.get(path, headers=key))["state"] == "waiting"
    once = {**key, "Idempotency-Key": "one"}
    assert client.post(path, json={"score": 5}, headers=once).status_code == 404
    with runtime.unit_of_work(SYSTEM) as uow:
        held = rules.in_force(uow.session)
        rules.change(uow, rules.Rules(not_again_days=0, version=held.version))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert feedback.ask_due(uow) == 1
    wrong = {"score": 5, "lines": [{"sku": "NONE", "score": 5}]}
    assert client.post(path, json=wrong, headers=once).status_code == 422
    sent = {"score": 5, "lines": [{"sku": "COFFEE", "score": 2, "words": "苦い"}]}
    done = client.post(path, json=sent, headers=once)
    assert (done.status_code, told(done)["lines"][0]["score"]) == (200, 2)
    assert told(client.get(path, headers=key)) == told(done)
    listed = client.get("/v1/feedback?sku=COFFEE&carrier=yamato", headers=key)
    assert told(listed) == {"feedback": [told(done)]}
    assert client.get("/v1/feedback?cursor=nonsense", headers=key).status_code == 422


def test_rules_are_put_whole_by_who_has_read_them(
    client: FlaskClient, key: dict[str, str], runtime: Runtime
) -> None:
    read = client.get("/v1/feedback-rules", headers=key)
    wanted = {**told(read), "reopen_days": 5}
    assert client.put("/v1/feedback-rules", json=wanted, headers=key).status_code == 428
    match = {**key, "If-Match": read.headers["ETag"]}
    done = client.put("/v1/feedback-rules", json=wanted, headers=match)
    assert (done.status_code, told(done)["reopen_days"]) == (200, 5)
    assert client.put("/v1/feedback-rules", json=wanted, headers=match).status_code == 412
    wrong = {**wanted, "low_score": 10**30}
    match = {**key, "If-Match": done.headers["ETag"]}
    assert client.put("/v1/feedback-rules", json=wrong, headers=match).status_code == 422
    with runtime.unit_of_work(SYSTEM) as uow:
        weak = bearer(make_key(uow, "feedback:read", label="weak")[1])
    assert client.get("/v1/feedback-rules", headers=weak).status_code == 403
