"""Customers over the API: where their parcels go from now on."""

from typing import Any

import pytest

from oms_service.customers import addresses, joining
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import MAIL, SHIP_TO
from tests.factories.shop import Shop, make_shop
from tests.integration.oms_service.api.conftest import Ask

PATH = "/v1/customers/address"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        person = joining.Person(scope="web", ref="C-1", mail=MAIL)
        assert joining.known_or_new(uow, person).customer_id == shop.customer_id
        return shop


def send(ask: Ask, body: dict[str, Any], key: str) -> Any:
    return ask("POST", PATH, json=body, headers={"Idempotency-Key": key})


def test_an_address_changes_by_reference_or_mail(ask: Ask, runtime: Runtime, shop: Shop) -> None:
    body = {"channel": "web", "ref": "C-1", "address": SHIP_TO | {"postal_code": "1600022"}}
    first, again = send(ask, body, "k1"), send(ask, body, "k1")
    assert first.status_code == 200
    assert first.get_json() == again.get_json()
    assert first.get_json()["postal_code"] == "160-0022"
    assert "recipient" not in first.get_json()
    body = {"channel": "web", "mail": MAIL, "address": SHIP_TO | {"line1": "2-2-2"}}
    assert send(ask, body, "k2").status_code == 200
    with runtime.database.looking() as session:
        found = addresses.default(session, shop.customer_id)
    assert found is not None
    assert (found.line1, found.recipient) == ("2-2-2", SHIP_TO["recipient"])


def test_unknown_people_and_odd_addresses_change_nothing(
    ask: Ask, runtime: Runtime, shop: Shop
) -> None:
    odd: tuple[tuple[dict[str, Any], int, set[str] | None], ...] = (
        ({"ref": "C-2"}, 404, None),
        ({"mail": "nobody@example.jp"}, 404, None),
        ({"ref": "C-1", "channel": "nowhere"}, 404, None),
        ({}, 422, {"mail"}),
        ({"ref": "C-1", "address": SHIP_TO | {"city": ""}}, 422, {"address.city"}),
        ({"ref": "C-1", "address": SHIP_TO | {"country": "12"}}, 422, {"address.country"}),
    )
    for index, (said, status, fields) in enumerate(odd):
        answer = send(ask, {"channel": "web", "address": SHIP_TO} | said, f"k{index}")
        assert answer.status_code == status, said
        if fields is not None:
            assert {one["field"] for one in answer.get_json()["errors"]} == fields
    with runtime.database.looking() as session:
        assert addresses.default(session, shop.customer_id) is None
