"""The shop's own words for cases, and what a case is about, by program."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cases import queries as cases
from cases.views import CaseView
from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.ids import token
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer

Ask = Callable[..., TestResponse]
NAMES = {"ja": "包装", "en": "Wrapping"}
REASON = {"name": NAMES, "public_name": NAMES, "queue": "orders", "stages": ["shipped"]}
FIELD = {"name": {"ja": "箇所", "en": "Where"}, "choices": [{"ja": "外箱", "en": "Outer box"}]}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def case(runtime: Runtime, shop: Shop) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop)
        return make_case(uow, order_id=order.id, customer_id=shop.customer_id)


@pytest.fixture
def ask(app: Flask, runtime: Runtime) -> Ask:
    scopes = ["cases:read", "cases:work", "cases:configure", "customers:personal"]
    with runtime.unit_of_work(SYSTEM) as uow:
        key = bearer(keys.create(uow, label="tests", scopes=scopes)[1])
    client = app.test_client()

    def send(method: str, path: str, sent: Any = None, **headers: str) -> TestResponse:
        own = {"Idempotency-Key": token()} if method == "POST" else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(path, method=method, json=sent, headers={**key, **own, **named})

    return send


def test_reasons_are_listed_added_and_changed(ask: Ask, case: CaseView) -> None:
    number = case.snapshot["number"]
    offered = ask("GET", f"/v1/case-reasons?order={number}").get_json()["reasons"]
    assert "damaged" in [one["code"] for one in offered]
    assert "stuck" not in [one["code"] for one in offered]
    every = [one["code"] for one in ask("GET", "/v1/case-reasons").get_json()["reasons"]]
    assert {"damaged", "stuck", "delivery_failed", "question"} < set(every)
    once = {"Idempotency_Key": "once"}
    for replayed in (None, "true"):
        made = ask("POST", "/v1/case-reasons", REASON, **once)
        assert (made.status_code, made.headers.get("Idempotency-Replayed")) == (201, replayed)
    again = ask("POST", "/v1/case-reasons", REASON)
    assert (again.status_code, again.get_json()["code"]) == (409, "code-taken")
    seen = ask("GET", "/v1/case-reasons/wrapping")
    rest = {**REASON, "is_active": False}
    assert ask("PUT", "/v1/case-reasons/wrapping", rest).status_code == 428
    changed = ask("PUT", "/v1/case-reasons/wrapping", rest, If_Match=seen.headers["ETag"])
    assert changed.get_json()["version"] == 2
    old = ask("PUT", "/v1/case-reasons/wrapping", rest, If_Match=seen.headers["ETag"])
    assert old.status_code == 412
    assert ask("GET", "/v1/case-reasons/nowhere").status_code == 404


def test_statuses_are_named_and_given_back(ask: Ask) -> None:
    at, words = "/v1/case-statuses/open", {"agent": NAMES, "customer": NAMES}
    assert ask("GET", at).status_code == 404
    assert ask("PUT", at, words, If_Match='"0"').get_json()["version"] == 1
    assert ask("PUT", at, words, If_Match='"0"').status_code == 412
    assert [ask("DELETE", at).status_code for _ in range(2)] == [204, 204]
    made = ask("POST", "/v1/case-statuses", {**words, "category": "open", "code": "packing"})
    assert made.status_code == 201
    refused = ask("POST", "/v1/case-statuses", {**words, "category": "closed"})
    assert refused.get_json()["code"] == "invalid"
    listed = ask("GET", "/v1/case-statuses").get_json()["statuses"]
    assert {one["code"] for one in listed} == {
        *("with_carrier", "with_warehouse", "with_bank", "packing")
    }


def test_a_case_is_sorted_tagged_and_described(
    ask: Ask, case: CaseView, runtime: Runtime, shop: Shop
) -> None:
    at = f"/v1/cases/{case.number}"
    field = ask("POST", "/v1/case-fields", {**FIELD, "kind": "choice"}).get_json()["code"]
    sorted_ = ask("POST", f"{at}/sort", {"reason": "damaged", "version": case.version})
    assert sorted_.get_json()["queue"] == "returns"
    stale = ask("POST", f"{at}/sort", {"priority": "low", "version": case.version})
    assert stale.get_json()["code"] == "stale-version"
    (tag,) = ask("POST", f"{at}/tags", {"tag": "割れ物"}).get_json()["tags"]
    sent = {"fields": [{"field": field, "value": "outer_box"}]}
    assert ask("POST", f"{at}/fields", sent).get_json()["fields"] == sent["fields"]
    wrong = ask("POST", f"{at}/fields", {"fields": [{"field": field, "value": "inner"}]})
    assert wrong.status_code == 422
    with runtime.unit_of_work(SYSTEM) as uow:
        more = make_order(uow, shop, number="A-77")
    assert len(ask("POST", f"{at}/orders", {"order": "A-77"}).get_json()["orders"]) == 2
    main = case.snapshot["number"]
    line = {"order": main, "line": 1, "quantity": 1}
    assert ask("POST", f"{at}/lines", {"lines": [line]}).status_code == 200
    ended = ask("POST", f"{at}/lines", {"lines": [{**line, "ending": "replaced"}]}).get_json()
    assert ended["orders"][0]["lines"][0]["ending"] == "replaced"
    none = ask("POST", f"{at}/lines", {"lines": [{**line, "line": 9}]})
    assert none.status_code == 422
    assert ask("DELETE", f"{at}/orders/{main}").get_json()["code"] == "lines-settled"
    assert ask("DELETE", f"{at}/orders/A-77").status_code == 204
    assert [ask("DELETE", f"{at}/tags/{tag['tag']}").status_code for _ in range(2)] == [204, 204]
    seen = ask("GET", f"{at}/sheet").get_json()
    assert (seen["tags"], len(seen["orders"]), seen["reason"]) == ([], 1, "damaged")
    assert more.id not in [order.order_id for order in [cases_of(runtime, case)]]


def cases_of(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.reading() as connection:
        return cases.by_id(connection, case.id)


def test_tags_are_merged_and_dropped(ask: Ask, case: CaseView) -> None:
    at = f"/v1/cases/{case.number}/tags"
    for name in ("a", "b"):
        ask("POST", at, {"tag": name})
    first, second = ask("GET", "/v1/case-tags").get_json()["tags"]
    seen = f'"{first["version"]}"'
    renamed = ask("PUT", f"/v1/case-tags/{first['tag']}", {"name": "b"}, If_Match=seen)
    assert renamed.get_json()["code"] == "tag-taken"
    assert ask("DELETE", f"/v1/case-tags/{first['tag']}").get_json()["code"] == "tag-in-use"
    into = {"into": second["tag"]}
    merged = ask("POST", f"/v1/case-tags/{first['tag']}/merge", into)
    assert merged.get_json() == {"cases": 1}
    assert ask("POST", f"/v1/case-tags/{first['tag']}/merge", into).status_code == 404
    assert ask("DELETE", f"/v1/case-tags/{first['tag']}").status_code == 204
    assert ask("DELETE", f"/v1/case-tags/{10**30}").status_code == 404
    assert ask("DELETE", f"{at}/{10**30}").status_code == 404


def test_keys_without_the_scope_set_nothing(app: Flask, runtime: Runtime, case: CaseView) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        headers = bearer(keys.create(uow, label="reads", scopes=["cases:read"])[1])
    client = app.test_client()
    own = {**headers, "Idempotency-Key": "1"}
    for path in (f"/v1/cases/{case.number}/sort", "/v1/case-reasons"):
        assert client.post(path, json={}, headers=own).status_code == 403
