"""Returns, exchanges and claims over HTTP: previewed, asked for, decided, received."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from oms_service import relay as process
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_claims, adopt_exchanges, adopt_returns, make_sibling
from tests.factories.money import adopt
from tests.factories.orders import make_delivered_order
from tests.factories.shop import Shop, make_shop


class Caller:
    """A program with a key; each of its changes has a key of its own."""

    def __init__(self, app: Flask, key: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {key}"}
        self.count = 0

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/v1{path}", headers={**self.headers, **headers})

    def post(self, path: str, body: Any, *, again: bool = False) -> TestResponse:
        self.count += not again
        headers = {**self.headers, "Idempotency-Key": f"k{self.count}"}
        return self.client.post(f"/v1{path}", json=body, headers=headers)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt_returns(uow, made, fee_minor=300)
        adopt_exchanges(uow, made)
        adopt_claims(uow, made, at_once_up_to_minor=1_500)
        make_sibling(uow, made, "SMALL", price=600)
        make_delivered_order(uow, made, number="A-1")
    process.drain(runtime)
    return made


@pytest.fixture
def caller(app: Flask, key: str, shop: Shop) -> Caller:
    return Caller(app, key)


def back(quantity: int = 1, reason: str = "changed_mind", **more: Any) -> dict[str, Any]:
    line = {"line": 1, "quantity": quantity, "reason": reason}
    return {"order": "A-1", "lines": [line], **more}


def test_a_return_from_preview_to_receipt(caller: Caller) -> None:
    seen = caller.post("/returns/preview", back()).get_json()
    assert (seen["outcome"], seen["refund"]) == ("at_once", {"minor": 700, "currency": "JPY"})
    made = caller.post("/returns", back(digest=seen["digest"]))
    again = caller.post("/returns", back(digest=seen["digest"]), again=True)
    assert (made.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    number, version = made.get_json()["number"], made.get_json()["version"]
    assert made.get_json() == again.get_json()
    parcel = {"carrier": "yamato", "tracking_number": "1234-5678-9012"}
    caller.post(f"/returns/{number}/parcels", parcel)
    found = caller.get("/returns/123456789012")
    assert (found.get_json()["number"], found.get_json()["parcels"][0]["state"]) == (
        number,
        "announced",
    )
    same = caller.get(f"/returns/{number}", **{"If-None-Match": found.headers["ETag"]})
    assert same.status_code == 304
    received = caller.post(
        f"/returns/{number}/receive",
        {
            "version": version,
            "tracking_number": "1234 5678 9012",
            "arrived": [{"line": 1, "quantity": 1, "disposition": "restock"}],
            "strays": [{"sku": "MUG", "quantity": 1}],
        },
    )
    assert (received.status_code, received.get_json()["state"]) == (200, "received")
    late = caller.post(f"/returns/{number}/cancel", {"version": received.get_json()["version"]})
    assert (late.status_code, late.get_json()["code"]) == (409, "already-decided")


def test_a_refusal_says_why_in_both_languages_and_changes_nothing(caller: Caller) -> None:
    refused = caller.post("/returns", back(3))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "refused-by-policy")
    (cause,) = refused.get_json()["causes"]
    assert cause["code"] == "too_many"
    assert cause["en"] == "You can return at most 2 of this item."
    assert cause["ja"] == "返品いただけるのは2点までです。"
    assert caller.get("/returns").get_json() == {"returns": []}


def test_an_exchange_is_a_return_with_pairs(caller: Caller) -> None:
    wish = {"order": "A-1", "swaps": [{"line": 1, "sku": "SMALL", "quantity": 1}]}
    seen = caller.post("/exchanges/preview", wish).get_json()
    assert (seen["difference"]["minor"], seen["needs_method"]) == (-400, False)
    made = caller.post("/exchanges", {**wish, "digest": seen["digest"]})
    assert made.status_code == 201
    assert made.get_json()["exchange"]["state"] == "waiting"
    assert made.get_json()["exchange"]["pairs"][0]["sku"] == "SMALL"
    listed = caller.get("/returns?kind=exchange&order=A-1&limit=1").get_json()["returns"]
    assert [one["number"] for one in listed] == [made.get_json()["number"]]
    off = caller.post(
        f"/returns/{made.get_json()['number']}/cancel", {"version": made.get_json()["version"]}
    )
    assert (off.get_json()["state"], off.get_json()["exchange"]["state"]) == (
        "cancelled",
        "cancelled",
    )


def test_a_claim_is_put_right_at_once_or_by_a_person(caller: Caller) -> None:
    wish = back(reason="damaged", remedy="refund")
    seen = caller.post("/claims/preview", wish).get_json()
    assert (seen["outcome"], seen["goods"]) == ("at_once", "stay")
    made = caller.post("/claims", wish)
    assert (made.status_code, made.get_json()["state"]) == (201, "remedied")
    twice = caller.post("/claims", back(2, reason="damaged", remedy="refund"))
    assert twice.get_json()["causes"][0]["code"] == "too_many"
    assert caller.get(f"/claims/{made.get_json()['number'].lower()}").get_json() == made.get_json()
    assert len(caller.get("/claims?state=remedied").get_json()["claims"]) == 1


def test_pages_follow_each_other(caller: Caller) -> None:
    for _ in range(2):
        caller.post("/returns", back())
    first = caller.get("/returns?limit=1")
    _, _, cursor = first.headers["Link"].partition("</v1")
    second = caller.get(cursor.partition(">")[0])
    numbers = [page.get_json()["returns"][0]["number"] for page in (first, second)]
    assert len(set(numbers)) == 2
    assert "Link" not in second.headers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"order": "A-1", "lines": []}, "lines"),
        (back(0), "lines[0].quantity"),
        (back(10**12), "lines[0].quantity"),
        (back(reason="boredom"), "lines[0].reason"),
        (back(refund_to={"kind": "gift_card"}), "method"),
        ({"order": "A-1", "lines": [{**back()["lines"][0], "line": 9}]}, "lines[0].line"),
    ],
)
def test_an_odd_wish_is_named(caller: Caller, body: dict[str, Any], field: str) -> None:
    answer = caller.post("/returns", body)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, field)


def test_a_stale_version_and_an_unknown_number(caller: Caller) -> None:
    number = caller.post("/returns", back()).get_json()["number"]
    stale = caller.post(f"/returns/{number}/receive", {"version": 1})
    assert (stale.status_code, stale.get_json()["code"]) == (409, "stale-version")
    assert caller.get("/returns/R-NOTHING").status_code == 404
    assert caller.post("/claims/CL-X/approve", {"version": 1}).status_code == 404


def test_what_is_above_the_limit_of_programs_waits_for_a_second_person(
    caller: Caller, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, refund_up_to_minor={"integration": 500})
        adopt_returns(uow, shop, at_once_up_to_minor=0)
        adopt_claims(uow, shop, approval="person")
    made = caller.post("/returns", back()).get_json()
    assert (made["state"], made["needs_second_person"]) == ("requested", False)
    said = caller.post(f"/returns/{made['number']}/approve", {"version": made["version"]})
    assert (said.status_code, said.get_json()["needs_second_person"]) == (200, True)
    claim = caller.post("/claims", back(reason="damaged", remedy="refund")).get_json()
    said = caller.post(f"/claims/{claim['number']}/approve", {"version": claim["version"]})
    assert (said.status_code, said.get_json()["needs_second_person"]) == (200, True)
    process.drain(runtime)
    with runtime.database.reading() as connection:
        (waits,) = payments.unsettled_refunds(connection)
    assert (waits.amount.minor, waits.state) == (1_000, "awaiting_approval")
    with runtime.unit_of_work(staff(1)) as uow:
        refunds.decline(uow, waits.id)
    process.drain(runtime)
    assert caller.get(f"/claims/{claim['number']}").get_json()["state"] == "requested"
