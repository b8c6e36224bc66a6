"""What programs can do with tasks, links, merges and splits."""

import itertools

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cases.views import CaseView
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_key

KEYS = itertools.count()


class Api:
    """A program with a key."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client, self.headers = client, bearer(secret)

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/v1{path}", headers=self.headers)

    def post(self, path: str, key: str | None = None, **body: object) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key or f"k{next(KEYS)}"}
        return self.client.post(f"/v1{path}", json=body, headers=headers)


@pytest.fixture
def api(app: Flask, runtime: Runtime) -> Api:
    with runtime.unit_of_work(SYSTEM) as uow:
        _view, secret = make_key(
            uow, "cases:read", "cases:work", "tasks:work", "customers:personal"
        )
    return Api(app.test_client(), secret)


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture
def pair(runtime: Runtime) -> tuple[CaseView, CaseView]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        made = []
        for reason in ("damaged", "missing"):
            chat = make_chat(uow, customer_id=shop.customer_id)
            talking.receive(uow, chat.id, key=reason, text=f"about {reason}")
            made.append(make_case(uow, order_id=order.id, reason=reason, conversation_id=chat.id))
    return made[0], made[1]


def test_a_merge_its_undo_and_a_split(api: Api, pair: tuple[CaseView, CaseView]) -> None:
    one, two = pair
    suggested = api.get(f"/cases/{one.number}/suggested-merges").get_json()["suggestions"]
    assert [each["number"] for each in suggested] == [two.number]
    path = f"/cases/{two.number}/merge"
    done = api.post(path, "m", into=one.number)
    assert done.get_json()["taken_in"] == [two.number]
    again = api.post(path, "m", into=one.number)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post(path, into=one.number).status_code == 409
    assert api.get(f"/cases/{two.number}/merges").get_json()["part_of"] == one.number
    said = api.get(f"/cases/{one.number}/messages").get_json()["messages"]
    assert [each["text"] for each in said] == ["about damaged", "about missing"]
    split = api.post(f"/cases/{one.number}/split", reason="payment", messages=[said[1]["id"]])
    assert split.status_code == 201
    new = split.get_json()["number"]
    assert api.get(f"/cases/{one.number}/merges").get_json()["split_off"] == [new]
    assert api.post(f"/cases/{new}/unsplit").status_code == 200
    assert api.post(f"/cases/{two.number}/unmerge").get_json()["part_of"] is None
    assert api.post(f"/cases/{two.number}/unmerge").status_code == 404
    wrong = api.post(f"/cases/{one.number}/split", reason="payment", messages=[2**62])
    assert wrong.status_code == 422
    assert api.post(f"/cases/{one.number}/split", reason="x", skus=["y"]).status_code == 422
    assert api.post(f"/cases/{one.number}/not-same", other=two.number).status_code == 200
    assert api.get(f"/cases/{one.number}/suggested-merges").get_json() == {"suggestions": []}


def test_a_task_from_asking_to_taking_back(
    api: Api, agent: int, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    asked = api.post(f"/cases/{case.number}/tasks", title="Look", team="warehouse", waits=True)
    assert asked.status_code == 201
    number = asked.get_json()["number"]
    assert asked.get_json()["case_number"] == case.number
    assert api.post(f"/tasks/{number}/start").get_json()["state"] == "doing"
    assert api.post(f"/tasks/{number}/start").status_code == 409
    assert api.post(f"/tasks/{number}/finish", remark="").status_code == 422
    assert api.post(f"/tasks/{number}/finish", remark="ok").get_json()["state"] == "done"
    assert api.post(f"/tasks/{number}/undo").get_json()["state"] == "doing"
    assert api.post(f"/tasks/{number}/cancel").get_json()["state"] == "cancelled"
    assert api.get("/tasks").get_json() == {"tasks": []}
    (ended,) = api.get("/tasks?ended=true").get_json()["tasks"]
    assert ended == api.get(f"/tasks/{number}").get_json()
    assert api.get(f"/cases/{case.number}/tasks").get_json() == {"tasks": [ended]}
    assert api.get("/tasks/T-9").status_code == 404
    wrong = api.post(f"/cases/{case.number}/tasks", title="Look", team="warehouse", agent=999)
    assert wrong.status_code == 422


def test_relatives_of_a_case(api: Api, agent: int, pair: tuple[CaseView, CaseView]) -> None:
    one, two = pair
    here = f"/cases/{one.number}"
    linked = api.post(f"{here}/links", to=two.number, kind="blocks").get_json()
    assert linked["links"] == [
        {"number": two.number, "state": "new", "kind": "blocks", "is_first": True}
    ]
    assert api.post(f"{here}/links", to="C-9", kind="blocks").status_code == 404
    gone = api.post(f"{here}/links/remove", to=two.number, kind="blocks").get_json()
    assert gone["links"] == []
    child = api.post(f"{here}/children", reason="payment", is_blocking=True, agent=agent)
    assert child.status_code == 201
    watched = api.post(f"{here}/watchers/{agent}").get_json()
    assert watched["watchers"] == [agent]
    assert watched["children"] == [child.get_json()]
    assert api.post(f"{here}/watchers/{agent}/remove").get_json()["watchers"] == []
    assert api.post(f"{here}/watchers/{agent}/remove").status_code == 404
    parent = api.get(f"/cases/{child.get_json()['number']}/relatives").get_json()["parent"]
    assert parent["number"] == one.number
