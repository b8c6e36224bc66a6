"""Placing, listing and holding orders over the API: each refusal named, nothing changed by it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import placing_rules
from oms_service.runtime import Runtime
from tests.factories.orders import SHIP_TO
from tests.factories.shop import Shop, make_shop

SCOPES = (
    "orders:place",
    "orders:read",
    "orders:hold",
    "catalog:read",
    "customers:personal",
    "customers:write",
    "selling:manage",
)
Send = Callable[..., TestResponse]


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=10)
        placing_rules.adopt(
            uow,
            channel_id=made.channel_id,
            kind=placing_rules.SHIPPING,
            rules={
                "rates": [
                    {"countries": ["JP"], "regions": ["沖縄県"], "charge_minor": 1_500},
                    {"countries": ["JP"], "charge_minor": 550},
                ],
                "free_from_minor": 8_000,
                "tax_rate_bp": 1_000,
            },
            text={},
        )
        return made


@pytest.fixture
def send(app: Flask, runtime: Runtime, shop: Shop) -> Send:
    """``send("POST", path, body, key="k")`` with all scopes."""
    with runtime.unit_of_work(SYSTEM) as uow:
        secret = keys.create(uow, label="tests", scopes=SCOPES)[1]
    client = app.test_client()

    def call(method: str, path: str, body: Any = None, *, key: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {secret}"}
        if key:
            headers["Idempotency-Key"] = key
        return client.open(path, method=method, json=body, headers=headers)

    return call


def body(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "web",
        "external_ref": "cart-1",
        "customer": {"mail": "misaki.sato@example.jp"},
        "lines": [{"sku": "COFFEE", "quantity": 2}, {"sku": "MUG", "quantity": 1}],
        "ship_to": SHIP_TO,
        "payments": [{"kind": "captured", "amount": {"minor": 5_050, "currency": "JPY"}}],
        **changes,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lines": [{"sku": "COFFEE", "quantity": 12}], "may_backorder": True},
        {"discount_minor": 100, "shipping_tax_rate_bp": 800, "number": "W-77"},
    ],
    ids=["plain", "waiting", "off"],
)
def test_what_is_answered_is_what_can_be_read(
    send: Send, runtime: Runtime, shop: Shop, changes: dict[str, Any]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placing_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            kind=placing_rules.HOLDS,
            rules={"unpaid": True, "total_above_minor": 1},
            text={},
        )
    wanted = {**body(), "payments": [], **changes}

    answer = send("POST", "/v1/orders", wanted, key="k1")

    assert answer.status_code == 201
    told = answer.get_json()["order"]
    assert told["holds"] == ["fraud", "payment"]
    assert send("GET", f"/v1/orders/{told['number']}").get_json() == told


def counted(runtime: Runtime) -> list[int]:
    tables = ("orders", "stock_movements", "payment_entries", "outbox", "customers", "order_holds")
    with runtime.database.reading() as connection:
        return [
            connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - own names
            or 0
            for table in tables
        ]


def test_an_order_is_placed_with_its_tax_per_rate(send: Send, runtime: Runtime) -> None:
    answer = send("POST", "/v1/orders", body(), key="k1")
    assert answer.status_code == 201, answer.text
    order = answer.get_json()["order"]
    assert (order["total"]["minor"], order["shipping"]["minor"]) == (5_050, 550)
    # 2,000 at 8 % holds 148.15; 3,050 at 10 % (the mug and sending it) holds 277.27.
    assert [(t["rate_bp"], t["taxable"]["minor"], t["tax"]["minor"]) for t in order["taxes"]] == [
        (800, 2_000, 148),
        (1_000, 3_050, 277),
    ]
    assert (order["order_state"], order["payment_state"]) == ("placed", "paid")
    read = send("GET", f"/v1/orders/{order['number']}")
    assert read.get_json() == order
    assert read.headers["ETag"] == f'"{order["version"]}"'
    assert audit(runtime.database) == ()


def test_the_same_again_is_the_same_order(send: Send, runtime: Runtime) -> None:
    first = send("POST", "/v1/orders", body(), key="k1")
    before = counted(runtime)
    replayed = send("POST", "/v1/orders", body(), key="k1")
    again = send("POST", "/v1/orders", body(), key="k2")
    assert (replayed.status_code, replayed.headers["Idempotency-Replayed"]) == (201, "true")
    assert (again.status_code, again.get_json()["is_new"]) == (200, False)
    assert again.get_json()["order"]["number"] == first.get_json()["order"]["number"]
    assert counted(runtime) == before


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"lines": [{"sku": "NO SUCH", "quantity": 1}]}, 422, "invalid"),
    ({"lines": [{"sku": "COFFEE", "quantity": -1}]}, 422, "invalid"),
    ({"lines": [{"sku": "COFFEE", "quantity": 10**30}]}, 422, "invalid"),
    ({"lines": []}, 422, "invalid"),
    ({"lines": [{"sku": "COFFEE", "quantity": 11}]}, 409, "out-of-stock"),
    ({"discount_minor": 10**12, "payments": []}, 422, "invalid"),
    (
        {"payments": [{"kind": "captured", "amount": {"minor": 1, "currency": "USD"}}]},
        422,
        "invalid",
    ),
    (
        {"payments": [{"kind": "captured", "amount": {"minor": 5_051, "currency": "JPY"}}]},
        422,
        "invalid",
    ),
    ({"ship_to": {**SHIP_TO, "country": "US"}}, 422, "address-not-served"),
    ({"ship_to": {**SHIP_TO, "postal_code": "12"}}, 422, "invalid"),
    ({"ship_to": {**SHIP_TO, "region": "Atlantis"}}, 422, "invalid"),
    ({"ship_to": {**SHIP_TO, "city": "\0"}}, 422, "invalid"),
    ({"channel": "nowhere"}, 404, "not-found"),
    ({"customer": {}}, 422, "invalid"),
    ({"number": "none"}, 422, "invalid"),
]


@pytest.mark.parametrize(("changes", "status", "code"), REFUSALS)
def test_what_cannot_be_placed_is_a_named_problem(
    send: Send, runtime: Runtime, changes: dict[str, Any], status: int, code: str
) -> None:
    before = counted(runtime)
    answer = send("POST", "/v1/orders", body(**changes), key="k1")
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    assert counted(runtime) == before


def test_a_key_or_a_reference_used_for_something_else_is_a_conflict(
    send: Send, runtime: Runtime
) -> None:
    assert send("POST", "/v1/orders", body(), key="k1").status_code == 201
    before = counted(runtime)
    other = body(lines=[{"sku": "MUG", "quantity": 1}], payments=[])
    reused = send("POST", "/v1/orders", other, key="k1")
    assert (reused.status_code, reused.get_json()["code"]) == (422, "idempotency-key-reused")
    conflict = send("POST", "/v1/orders", other, key="k2")
    assert (conflict.status_code, conflict.get_json()["code"]) == (409, "external-ref-reused")
    assert counted(runtime) == before


def test_a_refusal_names_the_line_that_lacks(send: Send) -> None:
    lines = [{"sku": "MUG", "quantity": 1}, {"sku": "COFFEE", "quantity": 11}]
    answer = send("POST", "/v1/orders", body(lines=lines, payments=[]), key="k1")
    assert answer.get_json()["errors"] == [
        {"field": "lines[1].quantity", "message": "only 10 of COFFEE to be had"}
    ]


def test_a_quote_promises_nothing(send: Send, runtime: Runtime) -> None:
    before = counted(runtime)
    asked: dict[str, Any] = {
        "channel": "web",
        "lines": [{"sku": "COFFEE", "quantity": 12}],
        "ship_to": {"region": "沖縄県"},
    }
    answer = send("POST", "/v1/orders/quote", asked)
    assert answer.status_code == 422  # half an address: say what it lacks
    asked["ship_to"] = {**SHIP_TO, "region": "沖縄"}
    quoted = send("POST", "/v1/orders/quote", asked).get_json()
    (line,) = quoted["lines"]
    assert (line["in_stock"], line["waiting"], line["may_wait"]) == (10, 2, False)
    assert (quoted["can_be_placed"], quoted["shipping"]["minor"]) == (False, 0)  # free from 8,000
    asked["lines"] = [{"sku": "COFFEE", "quantity": 1}]
    assert send("POST", "/v1/orders/quote", asked).get_json()["total"]["minor"] == 2_500
    assert counted(runtime) == before


def test_of_many_orders_a_bad_one_spoils_no_other(send: Send, runtime: Runtime) -> None:
    rows = [
        body(external_ref="a", payments=[]),
        body(external_ref="b", payments=[], lines=[{"sku": "NO SUCH", "quantity": 1}]),
        body(external_ref="c", payments=[], customer={"mail": "new@example.jp"}),
        body(external_ref="a", payments=[]),
    ]
    done = send("POST", "/v1/orders/bulk", {"orders": rows}, key="k1").get_json()
    assert [one["result"] for one in done["results"]] == ["placed", "refused", "placed", "known"]
    assert done["results"][1]["problem"]["fields"] == {"lines[0].sku": "is not in the catalogue"}
    again = send("POST", "/v1/orders/bulk", {"orders": rows}, key="k2").get_json()
    assert (again["placed"], again["known"], again["refused"]) == (0, 3, 1)
    assert audit(runtime.database) == ()


def test_a_hold_keeps_an_order_and_its_release_lets_it_go(send: Send, runtime: Runtime) -> None:
    order = send("POST", "/v1/orders", body(), key="k1").get_json()["order"]
    path = f"/v1/orders/{order['number']}"
    asked = {"reason": "address", "version": order["version"]}
    held = send("POST", f"{path}/hold", asked, key="h1").get_json()
    assert (held["order_state"], held["holds"]) == ("on_hold", ["address"])
    before = counted(runtime)
    stale = send("POST", f"{path}/release", asked, key="r1")
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale-version")
    assert counted(runtime) == before
    now = {"reason": "address", "version": held["version"]}
    again = send("POST", f"{path}/hold", now, key="h2").get_json()
    assert (again["version"], counted(runtime)) == (held["version"], before)
    free = send("POST", f"{path}/release", now, key="r2").get_json()
    assert (free["order_state"], free["holds"]) == ("placed", [])
    assert audit(runtime.database) == ()


def test_lists_are_cut_into_pages_and_filtered(send: Send) -> None:
    for number in range(5):
        ref = f"cart-{number}"
        send(
            "POST", "/v1/orders", body(external_ref=ref, payments=[], number=f"W-{number}"), key=ref
        )
    first = send("GET", "/v1/orders?limit=3")
    assert [one["number"] for one in first.get_json()["orders"]] == ["W-4", "W-3", "W-2"]
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert [one["number"] for one in send("GET", following).get_json()["orders"]] == ["W-1", "W-0"]

    def numbers(query: str) -> list[str]:
        return [one["number"] for one in send("GET", f"/v1/orders?{query}").get_json()["orders"]]

    assert numbers("text=w%EF%BC%8D3") == ["W-3"]
    assert len(numbers("text=misaki.sato@example.jp")) == 5
    assert numbers("text=nobody") == []
    assert numbers("payment_state=paid") == []
    assert len(numbers("fulfilment_state=allocated&order_state=placed&channel=web")) == 5
    assert numbers("placed_from=2030-01-01T00:00:00%2B00:00") == []


def test_variants_say_price_stock_and_how_they_wait(send: Send) -> None:
    rule = {"mode": "backorder", "limit_units": 3, "ships_by": "2026-12-10", "version": 0}
    told = send("POST", "/v1/variants/COFFEE/selling", rule, key="s1").get_json()
    assert (told["version"], told["waiting_units"]) == (1, 0)
    lines = [{"sku": "COFFEE", "quantity": 12}]
    order = send("POST", "/v1/orders", body(lines=lines, payments=[]), key="k1").get_json()["order"]
    assert order["lines"][0]["ships_by"] == "2026-12-10"
    found = send("GET", "/v1/variants?channel=web&text=drip").get_json()["variants"]
    assert [(one["sku"], one["price"]["minor"], one["available"]) for one in found] == [
        ("COFFEE", 1_000, 0),
        ("MUG", 2_500, 10),
    ]
    assert found[0]["selling"]["waiting_units"] == 2
    more = body(external_ref="cart-2", lines=[{"sku": "COFFEE", "quantity": 2}], payments=[])
    assert send("POST", "/v1/orders", more, key="k2").get_json()["code"] == "out-of-stock"
    stale = send("POST", "/v1/variants/COFFEE/selling", rule, key="s2")
    assert stale.get_json()["code"] == "stale-version"


def test_orders_are_found_by_a_part_of_a_name(send: Send) -> None:
    buyer = {"mail": "ken@example.jp", "family_name": "鈴木", "given_name": "健"}
    made = send("POST", "/v1/orders", body(customer=buyer, payments=[]), key="k1").get_json()[
        "order"
    ]
    found = send("GET", "/v1/orders?text=%E9%88%B4%E6%9C%A8").get_json()["orders"]
    assert [one["number"] for one in found] == [made["number"]]


def test_a_customer_is_added_once(send: Send, runtime: Runtime) -> None:
    said = {"channel": "web", "ref": "C-1", "mail": "ken@example.jp", "address": SHIP_TO}
    assert send("POST", "/v1/customers", said, key="c1").status_code == 201
    before = counted(runtime)
    assert send("POST", "/v1/customers", said, key="c2").get_json() == {"is_new": False}
    other = {**said, "mail": "misaki.sato@example.jp"}
    taken = send("POST", "/v1/customers", other, key="c3")
    assert (taken.status_code, taken.get_json()["code"]) == (409, "identity-taken")
    assert counted(runtime) == before
