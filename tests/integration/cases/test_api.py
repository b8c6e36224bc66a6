"""``/v1/cases``: which cases a program sees, how lists go on, and what they never say."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import service
from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.cases import make_case, make_return_case
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer
from tests.queries import counted

#: The key, the cases, their orders, the reasons; one more to find an order by its number.
LIST_QUERIES = 4


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def headers(runtime: Runtime) -> dict[str, str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        return bearer(keys.create(uow, label="tests", scopes=["cases:read"])[1])


def test_cases_are_listed_newest_first_and_go_on_with_the_same_filter(
    runtime: Runtime, shop: Shop, client: FlaskClient, headers: dict[str, str]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow, customer_id=shop.customer_id).number for _ in range(3)]
        done = make_case(uow, customer_id=shop.customer_id)
        service.resolve(uow, done.id, code="answered")
    first = client.get("/v1/cases?state=new&limit=2", headers=headers)
    assert first.json is not None
    assert [one["number"] for one in first.json["cases"]] == made[:0:-1]
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert "state=new" in following
    second = client.get(following, headers=headers)
    assert second.json is not None
    assert [one["number"] for one in second.json["cases"]] == made[:1]
    assert "Link" not in second.headers


def test_cases_of_an_order_are_found_by_its_number_as_typed(
    runtime: Runtime, shop: Shop, client: FlaskClient, headers: dict[str, str]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, number="#W2611340")
        case = make_case(uow, order_id=order.id, reason="delay")
        make_case(uow, customer_id=shop.customer_id)
    for typed, expected in (("w2611340", [case.number]), ("A-1", [])):
        answer = client.get("/v1/cases", query_string={"order": typed}, headers=headers)
        assert answer.json is not None
        assert [one["number"] for one in answer.json["cases"]] == expected


def test_one_case_tells_of_its_return_and_of_nobody(
    runtime: Runtime, shop: Shop, client: FlaskClient, headers: dict[str, str]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_return_case(uow, shop)
        service.note(uow, case.id, "秘密のメモ")
    answer = client.get(f"/v1/cases/{case.number}", headers=headers)
    assert answer.json is not None
    assert answer.json["refund"] == {"minor": 1000, "currency": "JPY"}
    assert answer.json["lines"] == [{"sku": "COFFEE", "quantity": 1}]
    assert answer.json["reason_name"]["ja"]
    assert "秘密" not in answer.text
    assert "佐藤" not in answer.text
    again = client.get(
        f"/v1/cases/{case.number}", headers={**headers, "If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/cases/C-999999", 404),
        ("/v1/cases?state=odd", 422),
        ("/v1/cases?cursor=odd", 422),
        ("/v1/cases?cursor=WzFlOTldCg", 422),
        ("/v1/cases?limit=0", 422),
    ],
)
def test_what_is_asked_wrongly_is_a_problem(
    client: FlaskClient, headers: dict[str, str], path: str, status: int
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_key_without_the_scope_sees_nothing(
    runtime: Runtime, shop: Shop, client: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = bearer(keys.create(uow, label="other", scopes=["orders:read"])[1])
    assert client.get("/v1/cases", headers=other).status_code == 403
    assert client.get("/v1/cases").status_code == 401


def test_the_list_costs_the_same_however_long(
    runtime: Runtime, shop: Shop, client: FlaskClient, headers: dict[str, str]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(8):
            make_case(uow, order_id=make_order(uow, shop).id, reason="delay")
    client.get("/v1/cases", headers=headers)
    with counted(runtime.database) as sent:
        assert client.get("/v1/cases", headers=headers).status_code == 200
    assert len(sent) == LIST_QUERIES, sent
