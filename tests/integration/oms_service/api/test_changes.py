"""Changing orders over the API: previewed, done once, refused with reasons."""

from typing import Any

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.integration.oms_service.api.conftest import Ask


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def placed(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, number="A-10500")


def path(order: MadeOrder, rest: str = "") -> str:
    return f"/v1/orders/{order.number}{rest}"


def send(ask: Ask, where: str, body: dict[str, Any], key: str = "k1") -> Any:
    return ask("POST", where, json=body, headers={"Idempotency-Key": key})


def version(ask: Ask, order: MadeOrder) -> int:
    said: int = ask("GET", path(order)).get_json()["version"]
    return said


FEWER = {"kind": "quantity", "quantities": [{"line": 1, "quantity": 1}]}


def test_a_preview_says_money_stock_and_day(ask: Ask, placed: MadeOrder) -> None:
    seen = ask("POST", path(placed, "/changes/preview"), json=FEWER)
    assert seen.status_code == 200
    said = seen.get_json()
    assert said["outcome"] == "at_once"
    assert (said["before"]["minor"], said["after"]["minor"]) == (2_000, 1_000)
    assert said["settled"] == {"minor": -1_000, "currency": "JPY"}
    assert said["stock"] == [
        {"sku": "COFFEE", "quantity": 1, "unit_price": {"minor": 1_000, "currency": "JPY"}}
    ]
    assert said["arrives_before"] == said["arrives_after"] is not None


def test_a_change_is_made_once_and_listed(ask: Ask, placed: MadeOrder) -> None:
    body = {**FEWER, "version": version(ask, placed)}
    first = send(ask, path(placed, "/changes"), body)
    assert first.status_code == 201
    assert first.get_json()["state"] == "confirmed"
    again = send(ask, path(placed, "/changes"), body)
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    listed = ask("GET", path(placed, "/changes")).get_json()["changes"]
    assert listed == [first.get_json()]
    one = ask("GET", path(placed, "/changes/1"))
    assert one.get_json() == listed[0]
    assert ask("GET", path(placed)).get_json()["total"]["minor"] == 1_000


def test_a_stale_version_is_refused_with_the_new_state(ask: Ask, placed: MadeOrder) -> None:
    stale = version(ask, placed)
    send(ask, path(placed, "/changes"), {**FEWER, "version": stale})
    refused = send(ask, path(placed, "/cancel"), {"reason": "other", "version": stale}, "k2")
    assert refused.status_code == 409
    said = refused.get_json()
    assert said["code"] == "stale-version"
    assert said["order"]["version"] > stale
    assert said["order"]["total"]["minor"] == 1_000


def test_a_refusal_says_why_in_both_languages(
    ask: Ask, runtime: Runtime, shop: Shop, placed: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"cancel": {"reasons": ["no_longer_needed"]}},
            text={"ja": "規約", "en": "Terms"},
        )
    body = {"reason": "other", "version": version(ask, placed)}
    refused = send(ask, path(placed, "/cancel"), body)
    assert refused.status_code == 409
    (cause,) = refused.get_json()["causes"]
    assert cause["code"] == "reason_not_accepted"
    assert cause["ja"] == "選ばれた理由では、キャンセルを承れません。"
    assert cause["en"] == "An order cannot be cancelled for this reason."


def test_cancelling_gives_stock_and_money_back(
    ask: Ask, runtime: Runtime, placed: MadeOrder
) -> None:
    body = {"reason": "no_longer_needed", "version": version(ask, placed)}
    done = send(ask, path(placed, "/cancel"), body).get_json()
    assert (done["kind"], done["state"], done["settled"]["minor"]) == (
        "cancel",
        "confirmed",
        -2_000,
    )
    order = ask("GET", path(placed)).get_json()
    assert order["order_state"] == "cancelled"
    assert audit(runtime.database) == ()


def test_a_proposal_waits_and_is_confirmed_or_declined(ask: Ask, placed: MadeOrder) -> None:
    body = {**FEWER, "version": version(ask, placed), "is_proposal": True}
    proposed = send(ask, path(placed, "/changes"), body).get_json()
    assert (proposed["state"], proposed["decided_at"]) == ("proposed", None)
    done = send(ask, path(placed, "/changes/1/confirm"), {}, "k2").get_json()
    assert done["state"] == "confirmed"
    twice = send(ask, path(placed, "/changes/1/decline"), {}, "k3")
    assert (twice.status_code, twice.get_json()["code"]) == (409, "change-decided")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "items"}, "swaps"),
        ({"kind": "address"}, "address"),
        ({"kind": "payment"}, "method"),
        ({"kind": "payment", "method": {"kind": "gift_card"}}, "method"),
        ({"kind": "expedite"}, "speed"),
        (
            {"kind": "items", "swaps": [{"line": 1, "quantity": 1, "sku": "NO"}]},
            "swaps[0].sku",
        ),
        (
            {"kind": "items", "swaps": [{"line": 9, "quantity": 1, "sku": "MUG"}]},
            "swaps[0].line",
        ),
        ({"kind": "quantity", "quantities": [{"line": 9, "quantity": 1}]}, "quantities[0].line"),
    ],
)
def test_what_cannot_be_meant_is_named(
    ask: Ask, placed: MadeOrder, body: dict[str, Any], field: str
) -> None:
    refused = ask("POST", path(placed, "/changes/preview"), json=body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [field]


def test_an_unknown_order_is_not_found(ask: Ask, placed: MadeOrder) -> None:
    assert ask("POST", "/v1/orders/X-9/changes/preview", json=FEWER).status_code == 404
    assert ask("GET", path(placed, "/changes/7")).status_code == 404
