"""``/v1/pickups`` and the reservations of people who come to a shop, as programs see them."""

from typing import Any

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.pickups import make_counter, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import stock_up
from tests.integration.oms_service.api.conftest import Ask

WANTED = {
    "location": "ginza",
    "channel": "web",
    "lines": [{"sku": "COFFEE", "quantity": 2}],
    "pickup": {"customer": {"mail": "misaki.sato@example.jp"}},
}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=20)
        stocked_counter(uow, shop, 5)
        return shop


def post(ask: Ask, path: str, sent: dict[str, Any], key: str = "k") -> Any:
    return ask("POST", f"/v1/{path}", json=sent, headers={"Idempotency-Key": key})


def test_reserved_made_ready_and_bought_at_the_counter(
    ask: Ask, runtime: Runtime, shop: Shop
) -> None:
    made = post(ask, "reservations", WANTED)
    again = post(ask, "reservations", WANTED)
    assert (made.status_code, again.json) == (201, made.json)
    pickup = made.json["pickup"]
    assert [one["quantity"] for one in made.json["reservations"]] == [2]
    assert (pickup["state"], pickup["due"]) == ("reserved", {"minor": 2000, "currency": "JPY"})
    path = f"pickups/{pickup['number']}"
    assert post(ask, f"{path}/ready", {"version": 1}).json["state"] == "ready"
    stale = post(ask, f"{path}/ready", {"version": 1}, "other")
    assert (stale.status_code, stale.json["code"]) == (409, "stale-version")
    unpaid = post(ask, f"{path}/collect", {"identity_check": "code", "code": pickup["code"]})
    assert (unpaid.status_code, unpaid.json["code"], unpaid.json["due"]["minor"]) == (
        409,
        "pickup-not-paid",
        2000,
    )
    sent = {
        "identity_check": "code",
        "code": pickup["code"],
        "paid": {"minor": 2000, "currency": "JPY"},
    }
    done = post(ask, f"{path}/collect", sent)
    assert (done.status_code, done.json["state"]) == (200, "collected")
    assert done.json["items"] == [{"line": 1, "sku": "COFFEE", "quantity": 2, "collected": 2}]
    got = ask("GET", f"/v1/{path}")
    assert (
        ask("GET", f"/v1/{path}", headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    )
    drain(runtime)
    assert audit(runtime.database) == ()


def test_codes_cannot_be_guessed(ask: Ask, shop: Shop) -> None:
    number = post(ask, "reservations", WANTED).json["pickup"]["number"]
    wrong = {"identity_check": "code", "code": "AAAAAAAA"}
    codes = [
        post(ask, f"pickups/{number}/collect", wrong, f"try-{n}").json["code"] for n in range(7)
    ]
    assert codes == ["wrong-pickup-code"] * 5 + ["too-many-requests"] * 2


def test_a_shortage_names_the_nearest_stores(ask: Ask, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for code, at in (("umeda", (34.70, 135.49)), ("shibuya", (35.66, 139.70))):
            stock_up(uow, shop.coffee_id, make_counter(uow, code, region="", at=at), 9)
    sent = {**WANTED, "lines": [{"sku": "COFFEE", "quantity": 6}]}
    refused = post(ask, "reservations", sent)
    assert (refused.status_code, refused.json["code"]) == (409, "out-of-stock")
    assert [one["location"] for one in refused.json["nearest_stores"]] == ["shibuya", "umeda"]
    asked = "latitude=34.69&longitude=135.50&sku=COFFEE&quantity=6"
    shops: Any = ask("GET", f"/v1/pickup-points?{asked}").json
    assert [(one["location"], one["km"] < 2) for one in shops["shops"]] == [
        ("umeda", True),
        ("shibuya", False),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pickup": None}, "holder"),
        ({"holder": "cart:1"}, "holder"),
        ({"channel": ""}, "channel"),
        ({"location": "nowhere"}, "location"),
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, "lines[0].sku"),
        ({"location": "tokyo"}, "pickup_location"),
    ],
)
def test_what_is_wrong_is_named(ask: Ask, shop: Shop, change: dict[str, Any], field: str) -> None:
    refused = post(ask, "reservations", WANTED | change)
    assert refused.status_code == 422
    assert field in {one["field"] for one in refused.json["errors"]}


def test_an_order_to_fetch_is_listed_and_called_off(ask: Ask, shop: Shop) -> None:
    order = {
        "channel": "web",
        "external_ref": "cart-1",
        "lines": [{"sku": "COFFEE", "quantity": 1}],
        "customer": {"mail": "misaki.sato@example.jp"},
        "pickup_location": "ginza",
    }
    assert post(ask, "orders", order | {"pickup_location": "tokyo"}).status_code == 422
    assert post(ask, "orders", order).status_code == 201
    found: Any = ask("GET", "/v1/pickups?location=ginza&state=reserved").json
    (listed,) = found["pickups"]
    assert listed["items"][0]["sku"] == "COFFEE"
    gone = post(ask, f"pickups/{listed['number']}/cancel", {})
    assert (gone.status_code, gone.json["state"]) == (200, "cancelled")
    assert ask("GET", "/v1/pickups?location=ginza&cursor=WzFd").status_code == 422
