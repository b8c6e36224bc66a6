"""``/v1/fulfilments``: the work of a warehouse, as a scanner's app does it."""

from typing import Any

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.warehouse import queries
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.warehouse import COFFEE_BARCODE, furnish
from tests.integration.oms_service.api.conftest import Ask


@pytest.fixture
def number(runtime: Runtime) -> str:
    """The fulfilment of an order of two coffees and a mug."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop: Shop = make_shop(uow)
        furnish(uow, shop)
        made = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number="A-10500")
    drain(runtime)
    with runtime.database.looking() as session:
        return queries.fulfilments_of(session, made.id)[0].number


def post(ask: Ask, path: str, sent: dict[str, Any], key: str = "k") -> Any:
    return ask("POST", f"/v1/{path}", json=sent, headers={"Idempotency-Key": key})


def get(ask: Ask, path: str) -> Any:
    return ask("GET", f"/v1/{path}").json


def version(ask: Ask, number: str) -> int:
    return int(get(ask, f"fulfilments/{number}")["version"])


def test_from_shelf_to_carrier(ask: Ask, number: str) -> None:
    listed = get(ask, "fulfilments?location=tokyo&state=open")["fulfilments"]
    assert [one["number"] for one in listed] == [number]
    items = [{"code": COFFEE_BARCODE, "quantity": 2}, {"code": "mug"}]
    sent = {"version": version(ask, number), "items": items}
    picked = post(ask, f"fulfilments/{number}/pick", sent)
    again = post(ask, f"fulfilments/{number}/pick", sent)
    assert (picked.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert [line["picked"] for line in picked.json["lines"]] == [2, 1]
    packed = {
        "version": version(ask, number),
        "box": "M",
        "items": items,
        "weight_g": 9_000,
        "carrier": "yamato",
    }
    refused = post(ask, f"fulfilments/{number}/pack", packed)
    assert (refused.status_code, refused.json["code"]) == (409, "weight-differs")
    box = post(ask, f"fulfilments/{number}/pack", {**packed, "weight_g": 750})
    assert (box.status_code, box.json["state"], box.json["size_mm"]) == (
        201,
        "packed",
        [406, 306, 206],
    )
    early = post(ask, f"fulfilments/{number}/hand-over", {"version": version(ask, number)})
    assert (early.status_code, early.json["code"]) == (409, "nothing-to-hand-over")
    label = {"carrier": "yamato", "tracking_number": "123456789012"}
    assert post(ask, f"boxes/{box.json['number']}/label", label).json["state"] == "labelled"
    gone = post(ask, f"fulfilments/{number}/hand-over", {"version": version(ask, number)})
    assert [one["state"] for one in gone.json["boxes"]] == ["handed_over"]
    assert get(ask, f"fulfilments/{number}")["state"] == "closed"
    late = post(ask, f"boxes/{box.json['number']}/unpack", {"version": 5})
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("path", "sent", "status", "code"),
    [
        ("pick", {"items": [{"code": "TEA"}]}, 409, "wrong-item"),
        ("pick", {"items": [{"code": "mug", "quantity": 2}]}, 409, "more-than-wanted"),
        ("pick", {"items": [{"code": "mug", "quantity": 2**40}]}, 422, "invalid"),
        ("pick", {"items": [{"code": "m\0g"}]}, 422, "invalid"),
        ("pick", {"items": [{"code": "mug"}], "version": 99}, 409, "stale-version"),
        ("short", {"code": "mug", "found": 1, "reason": "not_found"}, 422, "invalid"),
        ("short", {"code": "mug", "found": 0, "reason": "eaten"}, 422, "invalid"),
        ("pack", {"items": [{"code": "mug"}], "weight_g": 430}, 409, "more-than-wanted"),
    ],
)
def test_what_is_refused_changes_nothing(
    ask: Ask, number: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    before = get(ask, f"fulfilments/{number}")
    said = post(ask, f"fulfilments/{number}/{path}", {"version": before["version"], **sent})
    assert (said.status_code, said.json["code"]) == (status, code)
    assert get(ask, f"fulfilments/{number}") == before


def test_what_is_short_waits_or_comes_from_elsewhere(ask: Ask, number: str) -> None:
    sent = {"version": version(ask, number), "code": "mug", "found": 0, "reason": "damaged"}
    said = post(ask, f"fulfilments/{number}/short", sent)
    assert [(one["wanted"], one["short"]) for one in said.json["lines"]] == [(2, 0), (0, 1)]


def test_an_unknown_fulfilment_is_not_found(ask: Ask, number: str) -> None:
    assert ask("GET", "/v1/fulfilments/F-XXXXXXXX").status_code == 404
    assert ask("GET", "/v1/fulfilments?location=nowhere").status_code == 404
    assert ask("GET", "/v1/fulfilments?cursor=nonsense").status_code == 422
    assert post(ask, "boxes/B-1/label", {"carrier": "x", "tracking_number": "1"}).status_code == 404


def test_shelves_are_read_and_said(ask: Ask, number: str) -> None:
    new = {"sku": "MUG", "location": "tokyo", "zone": "A", "shelf": "A-01"}
    assert post(ask, "bins", {"bins": [new]}, "a").status_code == 200
    wrong = post(ask, "bins", {"bins": [new, {**new, "sku": "NOPE"}]}, "b")
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid")
    assert post(ask, "bins", {"bins": [{**new, "location": "mars"}]}, "c").status_code == 422
    assert post(ask, "bins", {"bins": []}, "d").status_code == 422
    first = ask("GET", "/v1/bins?location=tokyo&limit=1")
    assert (first.json or {})["bins"] == [new]
    rest = ask("GET", first.headers["Link"].split(";")[0].strip("<>"))
    assert [one["sku"] for one in (rest.json or {})["bins"]] == ["COFFEE"]
    assert ask("GET", "/v1/bins?location=mars").status_code == 404
