"""What waits for stock over the API, and what is chosen for it."""

from typing import Any

import pytest
from sqlalchemy import select

from oms_service.access import keys
from oms_service.catalog.models import Price, Variant
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer
from tests.factories.stock import stock_up
from tests.integration.oms_service.api.conftest import Ask

PATH = "/v1/orders/A-10500/waiting"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=1)
        query = select(Variant.product_id).where(Variant.id == shop.coffee_id)
        large = Variant(
            product_id=uow.session.scalar(query),
            sku="COFFEE-L",
            options={"size": "500 g"},
            option_words={},
            tax_rate_bp=800,
        )
        uow.session.add(large)
        uow.session.flush()
        uow.session.add(Price(variant_id=large.id, currency="JPY", amount_minor=800))
        stock_up(uow, large.id, shop.location_id, 5)
        return shop


@pytest.fixture
def waits(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        items = {"COFFEE": 3, "MUG": 1}
        return make_order(uow, shop, number="A-10500", items=items, may_backorder=True)


def send(ask: Ask, body: dict[str, Any], key: str = "k1", line: int = 1) -> Any:
    return ask("POST", f"{PATH}/{line}", json=body, headers={"Idempotency-Key": key})


def version(ask: Ask) -> int:
    said: int = ask("GET", PATH).get_json()["version"]
    return said


def test_what_waits_is_told_with_what_is_there_instead(ask: Ask, waits: MadeOrder) -> None:
    answer = ask("GET", PATH)
    assert answer.get_json() == {
        "number": "A-10500",
        "version": answer.get_json()["version"],
        "lines": [
            {
                "line": 1,
                "sku": "COFFEE",
                "units": 2,
                "ships_by": None,
                "may_cancel": True,
                "substitutes": [
                    {
                        "sku": "COFFEE-L",
                        "options": {"size": "500 g"},
                        "available": 5,
                        "unit_price": {"minor": 800, "currency": "JPY"},
                    }
                ],
            }
        ],
    }
    again = ask("GET", PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_each_choice_is_made_once(ask: Ask, runtime: Runtime, waits: MadeOrder) -> None:
    wait = send(ask, {"choice": "wait", "version": version(ask)})
    assert (wait.status_code, wait.get_json()) == (200, {"choice": "wait", "change": None})
    body = {"choice": "substitute", "sku": "COFFEE-L", "version": version(ask)}
    first, second = send(ask, body, "k2"), send(ask, body, "k2")
    assert first.get_json() == second.get_json()
    assert first.get_json()["change"]["state"] == "confirmed"
    assert first.get_json()["change"]["settled"] == {"minor": -400, "currency": "JPY"}
    assert ask("GET", PATH).get_json()["lines"] == []
    gone = send(ask, {"choice": "cancel", "version": version(ask)}, "k3")
    assert (gone.status_code, gone.get_json()["code"]) == (409, "nothing-waits")
    assert audit(runtime.database) == ()


def test_what_cannot_be_chosen_is_named(ask: Ask, runtime: Runtime, waits: MadeOrder) -> None:
    now = version(ask)
    for body, line, status, code in (
        ({"choice": "burn", "version": now}, 1, 422, "invalid"),
        ({"choice": "substitute", "version": now}, 1, 422, "invalid"),
        ({"choice": "substitute", "sku": "NOTHING", "version": now}, 1, 422, "invalid"),
        ({"choice": "substitute", "sku": "MUG", "version": now}, 1, 409, "change-refused"),
        ({"choice": "cancel", "version": now + 1}, 1, 409, "stale-version"),
        ({"choice": "cancel", "version": now}, 9, 404, "not-found"),
        ({"choice": "wait", "version": now}, 2, 409, "nothing-waits"),
    ):
        answer = send(ask, body, f"{body}{line}".replace(" ", ""), line)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), body
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = keys.create(uow, label="changes only", scopes=["orders:change"])
    body = {"choice": "cancel", "version": now}
    headers = bearer(secret) | {"Idempotency-Key": "k9"}
    assert ask("POST", f"{PATH}/1", json=body, headers=headers).status_code == 403
    assert version(ask) == now
