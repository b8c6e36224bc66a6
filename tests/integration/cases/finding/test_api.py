"""Finding and handling many cases by program: no personal data, named refusals, once by key."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from cases import queries as cases
from cases.views import CaseView
from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.ids import readable_code
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.shop import Shop

SCOPES = ("cases:read", "cases:work", "cases:configure", "customers:personal")


@pytest.fixture
def key(runtime: Runtime) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        return keys.create(uow, label="tests", scopes=SCOPES)[1]


@pytest.fixture
def client(app: Flask, shop: Shop) -> FlaskClient:
    return app.test_client()


def get(client: FlaskClient, key: str, path: str, **query: object) -> Any:
    answer = client.get(path, query_string=query, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def post(
    client: FlaskClient, key: str, path: str, body: object = None, *, once: str = ""
) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once or readable_code(12)}
    return client.post(path, json=body if body is not None else {}, headers=headers)


def test_a_program_searches_and_reads_no_personal_data(
    client: FlaskClient, key: str, asked: CaseView, many: list[CaseView]
) -> None:
    said = get(client, key, "/v1/case-search", text="サトウ", state="new,open", reason="damaged")
    (found,) = said["cases"]
    assert (found["number"], found["queue"], said["is_close"]) == (asked.number, "returns", False)
    assert "佐藤" not in str(said)
    first = client.get(
        "/v1/case-search?limit=4&sort=newest", headers={"Authorization": f"Bearer {key}"}
    )
    assert len(first.get_json()["cases"]) == 4
    assert 'rel="next"' in first.headers["Link"]


def test_filters_that_cannot_be_are_named(client: FlaskClient, key: str) -> None:
    for query in ("state=gone", "tag=unknown", "after=2026-99-01", "cursor=x", "sort=up"):
        answer = client.get(f"/v1/case-search?{query}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 422, query
        named = [one["field"] for one in answer.get_json()["errors"]]
        assert any(query.partition("=")[0] in one for one in named), (query, named)


def test_a_shared_view_is_kept_changed_by_version_and_dropped(
    client: FlaskClient, key: str
) -> None:
    wanted = {"name": "Returns", "filters": {"queue": ["returns"]}, "sort": "due"}
    made = post(client, key, "/v1/case-views", wanted, once="one")
    assert made.status_code == 201, made.text
    view = made.get_json()
    assert post(client, key, "/v1/case-views", wanted, once="one").get_json() == view
    assert get(client, key, "/v1/case-views")["case_views"] == [view]
    path = f"/v1/case-views/{view['id']}"
    changed = post(client, key, f"{path}/change", {**wanted, "name": "R", "version": 1})
    assert (changed.status_code, changed.get_json()["version"]) == (200, 2)
    stale = post(client, key, f"{path}/change", {**wanted, "version": 1})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale-version")
    wrong = post(client, key, "/v1/case-views", {"name": "x", "filters": {"state": ["gone"]}})
    assert wrong.status_code == 422
    assert post(client, key, f"{path}/drop").get_json() == {"case_views": []}
    assert post(client, key, f"{path}/drop").status_code == 404


def test_many_cases_are_handled_once_by_key_and_each_is_told(
    runtime: Runtime, client: FlaskClient, key: str, many: list[CaseView]
) -> None:
    wanted = {
        "action": "priority",
        "given": {"priority": "high"},
        "numbers": [case.number for case in many],
    }
    made = post(client, key, "/v1/case-bulks", wanted, once="one")
    assert made.status_code == 202, made.text
    again = post(client, key, "/v1/case-bulks", wanted, once="one")
    assert again.get_json()["id"] == made.get_json()["id"]
    settle(runtime)
    path = f"/v1/case-bulks/{made.get_json()['id']}"
    done = get(client, key, path)
    assert (done["state"], done["done"], done["skipped"]) == ("done", 5, 0)
    cases = get(client, key, f"{path}/cases", limit=3)["cases"]
    assert cases == [{"number": case.number, "state": "done", "why": ""} for case in many[:3]]
    assert post(client, key, f"{path}/cancel").get_json()["state"] == "done"


def test_what_a_bulk_lacks_is_named_and_nothing_is_kept(
    client: FlaskClient, key: str, many: list[CaseView]
) -> None:
    good = {"action": "priority", "given": {"priority": "high"}, "numbers": [many[0].number]}
    for change, status in (
        ({"given": {"priority": "gone"}}, 422),
        ({"numbers": []}, 422),
        ({"filters": {"state": ["open_ones"]}}, 422),
        ({"numbers": ["C-1"]}, 422),
        ({"action": "assign", "given": {"staff": "1"}}, 403),
    ):
        answer = post(client, key, "/v1/case-bulks", {**good, **change})
        assert answer.status_code == status, (change, answer.text)
    assert post(client, key, "/v1/case-bulks/unknown/cancel").status_code == 404


def test_nothing_goes_on_in_the_name_of_a_key_that_was_taken_away(
    runtime: Runtime, client: FlaskClient, many: list[CaseView]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        held, secret = keys.create(uow, label="gone", scopes=SCOPES)
    wish = {
        "action": "priority",
        "given": {"priority": "urgent"},
        "numbers": [case.number for case in many],
    }
    assert post(client, secret, "/v1/case-bulks", wish).status_code == 202
    with runtime.unit_of_work(SYSTEM) as uow:
        keys.revoke(uow, held.id)
    settle(runtime)
    with runtime.database.reading() as connection:
        now = {cases.by_id(connection, case.id).priority for case in many}
        state = connection.execute(text("SELECT state FROM case_bulks")).scalar_one()
    assert (now, state) == ({many[0].priority}, "cancelled")


def test_two_long_keys_that_begin_alike_are_two(
    client: FlaskClient, key: str, many: list[CaseView]
) -> None:
    made = []
    for case, ending in zip(many, ("a", "b"), strict=False):
        wish = {"action": "priority", "given": {"priority": "high"}, "numbers": [case.number]}
        sent = post(client, key, "/v1/case-bulks", wish, once="k" * 127 + ending)
        made.append(sent.get_json()["id"])
    assert len(set(made)) == 2
