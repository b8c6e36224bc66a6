"""Stock over the API: read, reserved, moved by hand, bought, transferred, counted."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.papers import make_purchase
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up

SCOPES = (
    "stock:read",
    "stock:adjust",
    "stock:buy",
    "stock:receive",
    "stock:transfer",
    "stock:count",
    "stock:reserve",
)
Send = Callable[..., tuple[int, Any]]


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """10 of each in Tokyo, 3 coffees in Osaka, 24 coffees on order for Tokyo."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        stock_up(uow, shop.coffee_id, make_location(uow, "osaka"), 3)
        make_purchase(uow, shop.location_id, {shop.coffee_id: 24})
    return shop


@pytest.fixture
def key(runtime: Runtime, shop: Shop) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        return keys.create(uow, label="stock", scopes=SCOPES)[1]


@pytest.fixture
def send(app: Flask, key: str) -> Send:
    client = app.test_client()

    def to(path: str, body: Any = None, *, idem: str = "k-1", **query: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idem}
        method = "GET" if body is None else "POST"
        answer = client.open(
            f"/v1/{path}", method=method, json=body, headers=headers, query_string=query
        )
        return answer.status_code, answer.get_json()

    return to


def lines(**units: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]


def test_availability_names_locations_and_what_is_to_come(send: Send) -> None:
    status, said = send("availability", sku=["COFFEE", "TEA"], channel="web")
    assert status == 200
    (coffee,) = said["availability"]
    assert (coffee["available"], coffee["incoming"]) == (13, 24)
    assert coffee["locations"] == [
        {"location": "tokyo", "available": 10},
        {"location": "osaka", "available": 3},
    ]
    assert coffee["next_expected"] == {"on": "2026-11-29", "quantity": 24}
    assert send("availability", sku="COFFEE", channel="moon")[0] == 422


def test_levels_are_found_by_name_and_go_on_by_cursor(app: Flask, send: Send, key: str) -> None:
    _, said = send("stock", q="ドリップ coffee", location="tokyo", limit=1)
    assert [one["sku"] for one in said["levels"]] == ["COFFEE"]
    _, said = send("stock", sku="COFFEE")
    assert [(one["location"], one["on_hand"]) for one in said["levels"]] == [
        ("tokyo", 10),
        ("osaka", 3),
    ]
    assert send("stock", cursor="x")[1]["errors"][0]["field"] == "cursor"
    assert send("stock", location="moon")[0] == 422
    client = app.test_client()
    first = client.get("/v1/stock?limit=2", headers={"Authorization": f"Bearer {key}"})
    following = first.headers["Link"].split(">")[0].strip("<")
    second = client.get(following, headers={"Authorization": f"Bearer {key}"})
    assert [one["sku"] for one in second.get_json()["levels"]] == ["MUG"]
    assert "Link" not in second.headers


def test_a_level_says_why_and_has_a_version(app: Flask, send: Send, key: str) -> None:
    body = {
        "action": "adjust",
        "reason": "broken",
        "lines": [{"sku": "MUG", "location": "tokyo", "quantity": -3}],
    }
    status, said = send("stock-adjustments", body)
    assert (status, said["levels"][0]["on_hand"]) == (201, 7)
    assert send("stock-adjustments", body)[1] == said
    _, told = send("stock/MUG/tokyo/movements")
    assert [(one["kind"], one["after"]["on_hand"]) for one in told["movements"]] == [
        ("adjusted", 7),
        ("opening", 10),
    ]
    assert told["movements"][0]["reason"] == "broken"
    headers = {"Authorization": f"Bearer {key}"}
    tag = app.test_client().get("/v1/stock/MUG/tokyo", headers=headers).headers["ETag"]
    again = app.test_client().get("/v1/stock/MUG/tokyo", headers={**headers, "If-None-Match": tag})
    assert again.status_code == 304
    assert send("stock/MUG/moon")[0] == 404
    assert send("stock/TEA/tokyo/movements")[0] == 404


def test_a_shortage_says_where_else(send: Send, runtime: Runtime) -> None:
    body = {
        "location": "osaka",
        "holder": "cart:1",
        "until": "2026-11-22T03:00:00+00:00",
        "lines": lines(COFFEE=4),
    }
    status, said = send("reservations", body)
    assert (status, said["code"]) == (409, "out-of-stock")
    assert said["shortages"] == [
        {
            "sku": "COFFEE",
            "wanted": 4,
            "available": 3,
            "elsewhere": [{"location": "tokyo", "available": 10}],
        }
    ]
    assert audit(runtime.database) == ()


def test_a_reservation_lives_and_ends(send: Send, runtime: Runtime) -> None:
    body = {
        "location": "tokyo",
        "holder": "cart:1",
        "until": "2026-11-22T03:00:00+00:00",
        "lines": lines(COFFEE=4, MUG=1),
    }
    status, said = send("reservations", body)
    assert status == 201
    assert send("reservations", {**body, "holder": "cart:2"})[0] == 422
    number = said["reservations"][0]["number"]
    assert send("stock/COFFEE/tokyo")[1]["reserved"] == 4
    status, later = send(f"reservations/{number}/extend", {"until": "2026-11-22T09:00:00Z"})
    assert (status, later["until"]) == (200, "2026-11-22T09:00:00+00:00")
    past = {"until": "2026-11-21T09:00:00Z"}
    assert send(f"reservations/{number}/extend", past, idem="k-2")[0] == 422
    assert send(f"reservations/{number}/release", {}, idem="k-3")[1]["ended_how"] == "released"
    assert send(f"reservations/{number}/extend", past, idem="k-4")[1]["code"] == "reservation-over"
    assert send("stock/COFFEE/tokyo")[1]["reserved"] == 0
    assert audit(runtime.database) == ()


def test_goods_are_ordered_and_come_in_parts(send: Send, runtime: Runtime) -> None:
    wanted = {
        "supplier": "珈琲商会",
        "location": "tokyo",
        "expected_on": "2026-12-01",
        "lines": lines(MUG=5),
    }
    status, bought = send("purchase-orders", wanted)
    assert (status, bought["state"], bought["lines"][0]["outstanding"]) == (201, "ordered", 5)
    path = f"purchase-orders/{bought['number']}"
    came = {"lines": [{"sku": "MUG", "received": 3, "damaged": 1}], "version": 1}
    status, said = send(f"{path}/receipts", came)
    assert (status, said["state"], said["lines"][0]["outstanding"]) == (201, "partly_received", 1)
    assert send(f"{path}/receipts", came, idem="k-2")[1]["code"] == "stale-version"
    assert send(f"{path}/reschedule", {"expected_on": "2026-12-09"})[0] == 200
    assert send(f"{path}/reschedule", {"expected_on": "1999-12-09"}, idem="k-2")[0] == 422
    assert send(f"{path}/end", {"reason": "because"})[0] == 422
    assert send(f"{path}/end", {"reason": "supplier"})[1]["state"] == "closed"
    assert send(f"{path}/end", {"reason": "supplier"}, idem="k-2")[1]["code"] == (
        "illegal-transition"
    )
    newest = send("purchase-orders")[1]["purchase_orders"][0]
    assert newest["number"] == bought["number"]
    assert len(send("purchase-orders", open="true")[1]["purchase_orders"]) == 1
    assert send(path)[1]["version"] == 4
    assert audit(runtime.database) == ()


def test_goods_go_from_place_to_place(send: Send, runtime: Runtime) -> None:
    wanted = {"from_location": "tokyo", "to_location": "osaka", "lines": lines(COFFEE=6)}
    _, said = send("transfers", wanted)
    path = f"transfers/{said['number']}"
    too_many = {"lines": lines(COFFEE=11)}
    status, lacking = send(f"{path}/dispatch", too_many)
    assert (status, lacking["shortages"][0]["elsewhere"]) == (
        409,
        [{"location": "osaka", "available": 3}],
    )
    assert send(f"{path}/dispatch", {})[1]["state"] == "in_transit"
    came = {"lines": [{"sku": "COFFEE", "received": 5}]}
    assert send(f"{path}/receive", came)[1]["state"] == "discrepant"
    assert send(f"{path}/receive", came, idem="k-2")[1]["code"] == "illegal-transition"
    why = {"lines": [{"sku": "COFFEE", "explanation": "lost"}]}
    assert send(f"{path}/settle", why)[1]["state"] == "settled"
    assert send("stock/COFFEE/osaka")[1]["on_hand"] == 8
    assert send(f"{path}/cancel", {})[0] == 409
    assert send(path)[1]["lines"][0]["explanation"] == "lost"
    assert [one["number"] for one in send("transfers")[1]["transfers"]] == [said["number"]]
    assert send("transfers", open="true", location="osaka")[1]["transfers"] == []
    assert audit(runtime.database) == ()


def test_shelves_are_counted(send: Send, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 8})
    _, said = send("counts", {"location": "tokyo", "skus": ["COFFEE"]})
    path = f"counts/{said['number']}"
    assert send("counts", {"location": "tokyo", "skus": ["COFFEE"]}, idem="k-2")[1]["code"] == (
        "being-counted"
    )
    assert send(f"{path}/submit", {})[0] == 422
    counted = [{"sku": "COFFEE", "counted": 7}, {"sku": "MUG", "counted": 11}]
    _, said = send(f"{path}/lines", {"lines": counted})
    assert [one["variance"] for one in said["lines"]] == [-3, 1]
    assert send(f"{path}/submit", {})[1]["state"] == "submitted"
    status, refused = send(f"{path}/approve", {})
    assert (status, refused["code"]) == (409, "out-of-stock")
    assert send(f"{path}/send-back", {})[1]["state"] == "open"
    send(f"{path}/lines", {"lines": [{"sku": "COFFEE", "counted": 9}]}, idem="k-2")
    send(f"{path}/submit", {}, idem="k-2")
    assert send(f"{path}/approve", {}, idem="k-2")[1]["state"] == "approved"
    assert send("stock/COFFEE/tokyo")[1]["on_hand"] == 9
    assert send(f"{path}/cancel", {})[0] == 409
    assert [one["state"] for one in send("counts")[1]["counts"]] == ["approved"]
    assert audit(runtime.database) == ()


def test_what_is_kept_back_is_not_available(send: Send) -> None:
    body = {"sku": "MUG", "location": "tokyo", "safety_stock": 4, "reorder_point": 6}
    status, said = send("stock-settings", body)
    assert (status, said["available"], said["is_low"]) == (200, 6, True)
    assert [one["sku"] for one in send("stock", which="low")[1]["levels"]] == ["MUG"]
    assert send("stock-settings", {**body, "safety_stock": -1}, idem="k-2")[0] == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": [{"sku": "TEA", "location": "tokyo", "quantity": 1}]}, "lines[0].sku"),
        ({"lines": [{"sku": "MUG", "location": "moon", "quantity": 1}]}, "lines[0].location"),
        ({"lines": [{"sku": "MUG", "location": "tokyo", "quantity": 1}] * 2}, "lines[1]"),
        (
            {"lines": [{"sku": "MUG", "location": "tokyo", "quantity": 2**40}]},
            "lines[0].quantity",
        ),
        ({"reason": "because"}, "reason"),
        ({"action": "burn"}, "action"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_adjustment_names_the_field(
    send: Send, runtime: Runtime, change: dict[str, Any], field: str
) -> None:
    sound = {
        "action": "adjust",
        "reason": "found",
        "lines": [{"sku": "MUG", "location": "tokyo", "quantity": 1}],
    }
    status, said = send("stock-adjustments", {**sound, **change})
    assert (status, [one["field"] for one in said["errors"]]) == (422, [field])
    assert send("stock/MUG/tokyo")[1]["on_hand"] == 10


def test_a_key_needs_the_scope_of_what_it_does(app: Flask, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        weak = keys.create(uow, label="reader", scopes=("stock:read",))[1]
    answer = app.test_client().post(
        "/v1/purchase-orders",
        json={},
        headers={"Authorization": f"Bearer {weak}", "Idempotency-Key": "k"},
    )
    assert answer.status_code == 403
