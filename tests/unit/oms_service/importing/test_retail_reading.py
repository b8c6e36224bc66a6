"""Reading a retail file: everything in it is looked at, every complaint has a place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oms_service.importing.report import Damaged
from oms_service.importing.retail import reading
from oms_service.importing.retail.file import Status

SMALL = Path(__file__).parents[3] / "data" / "retail_small.json"
Data = dict[str, Any]


@pytest.fixture
def data() -> Data:
    found: Data = json.loads(SMALL.read_text(encoding="utf-8"))
    return found


def order(data: Data, number: int) -> Data:
    found: Data = data["orders"][f"#T100000{number}"]
    return found


def test_a_whole_file_is_read() -> None:
    found = reading.read_file(SMALL)
    assert len(found.products) == 2
    assert [len(product.variants) for product in found.products] == [3, 2]
    assert len(found.users) == 3
    assert [one.status for one in found.orders] == [
        *list(Status)[:1],
        Status.PROCESSED,
        Status.DELIVERED,
        Status.CANCELLED,
        Status.PENDING_MODIFIED,
        Status.RETURN_REQUESTED,
        Status.EXCHANGE_REQUESTED,
    ]
    assert found.warnings == ()


def test_money_is_exact_to_the_cent() -> None:
    found = reading.read_file(SMALL)
    prices = {one.item_id: one.price_minor for p in found.products for one in p.variants}
    assert prices == {
        "6000000001": 3150,
        "6000000002": 4805,
        "6000000003": 3999,
        "6000000011": 12010,
        "6000000012": 11800,
    }
    assert [one.items_minor for one in found.orders] == [
        10299,
        12010,
        16605,
        12010,
        4805,
        15160,
        4805,
    ]


def test_equal_items_become_one_line_with_a_quantity() -> None:
    first = reading.read_file(SMALL).orders[0]
    assert [(line.item_id, line.quantity) for line in first.lines] == [
        ("6000000001", 2),
        ("6000000003", 1),
    ]


def _set(*path: str | int, to: Any) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        spot: Any = data
        for step in path[:-1]:
            spot = spot[step]
        spot[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        spot: Any = data
        for step in path[:-1]:
            spot = spot[step]
        del spot[path[-1]]

    return change


_ITEM = ("orders", "#T1000003", "items", 1)
_USER = ("users", "nina_berg_1001")
_VARIANT = ("products", "5000000001", "variants", "6000000002")
_PAYMENT = ("orders", "#T1000003", "payment_history", 0)
_SENT = ("orders", "#T1000003", "fulfillments", 0)

DAMAGES = [
    (_set(*_ITEM, "price", to="12"), 'orders["#T1000003"].items[1].price', "should be a number"),
    (_set(*_ITEM, "price", to=-1), 'orders["#T1000003"].items[1].price', "is negative"),
    (_set(*_ITEM, "price", to=1.005), 'orders["#T1000003"].items[1].price', "not an amount in USD"),
    (_set(*_ITEM, "price", to=True), 'orders["#T1000003"].items[1].price', "should be a number"),
    (_set(*_ITEM, "price", to=10**30), 'orders["#T1000003"].items[1].price', "too large"),
    (_drop(*_ITEM, "price"), 'orders["#T1000003"].items[1].price', "is missing"),
    (_set(*_ITEM, "item_id", to="9"), 'orders["#T1000003"].items[1].item_id', "no product has"),
    (
        _set(*_ITEM, "product_id", to="5000000001"),
        'orders["#T1000003"].items[1].product_id',
        "belongs to product 5000000002",
    ),
    (_set(*_ITEM, "options", to=[]), 'orders["#T1000003"].items[1].options', "an object"),
    (_set(*_ITEM[:3], to=[]), 'orders["#T1000003"].items', "is empty"),
    (_set(*_ITEM[:3], to={}), 'orders["#T1000003"].items', "should be a list"),
    (_set(*_ITEM[:2], "status", to="lost"), 'orders["#T1000003"].status', "is none of pending"),
    (_set(*_ITEM[:2], "user_id", to="x"), 'orders["#T1000003"].user_id', "no user is called"),
    (_set(*_ITEM[:2], "order_id", to="#T9"), 'orders["#T1000003"].order_id', "is filed under"),
    (_set(*_ITEM[:2], "address", "zip", to=1), 'orders["#T1000003"].address.zip', "a text"),
    (
        _set(*_PAYMENT, "payment_method_id", to="gift_card_1"),
        'orders["#T1000003"].payment_history[0].payment_method_id',
        "has no payment method",
    ),
    (
        _set(*_PAYMENT, "amount", to=0),
        'orders["#T1000003"].payment_history[0].amount',
        "more than nothing",
    ),
    (
        _set(*_PAYMENT, "transaction_type", to="gift"),
        'orders["#T1000003"].payment_history[0].transaction_type',
        "is none of payment, refund",
    ),
    (
        _set(*_SENT, "tracking_id", to=["800000000001"]),
        'orders["#T1000003"].fulfillments[0].tracking_id[0]',
        "stands at",
    ),
    (
        _set(*_SENT, "tracking_id", to=[]),
        'orders["#T1000003"].fulfillments[0].tracking_id',
        "is empty",
    ),
    (
        _set(*_SENT, "item_ids", to=["6000000002", "6000000002"]),
        'orders["#T1000003"].fulfillments[0].item_ids[1]',
        "not so often",
    ),
    (
        _set("orders", "#T1000001", "fulfillments", to=[{"tracking_id": ["1"], "item_ids": []}]),
        'orders["#T1000001"].fulfillments',
        "cannot have been sent",
    ),
    (_set(*_USER, "email", to="nina"), 'users["nina_berg_1001"].email', "is not a mail address"),
    (
        _set("users", "lea_roth_1003", "email", to="NINA.BERG@example.com"),
        'users["lea_roth_1003"]',
        "stands at",
    ),
    (_drop(*_USER, "name", "last_name"), 'users["nina_berg_1001"].name.last_name', "is missing"),
    (
        _set(*_USER, "payment_methods", "gift_card_1", "balance", to=-0.01),
        'users["nina_berg_1001"].payment_methods["gift_card_1"].balance',
        "is negative",
    ),
    (
        _set(*_USER, "payment_methods", "gift_card_1", "source", to="gold"),
        'users["nina_berg_1001"].payment_methods["gift_card_1"].source',
        "is none of credit_card",
    ),
    (
        _set(*_VARIANT, "available", to="yes"),
        'products["5000000001"].variants["6000000002"].available',
        "true or false",
    ),
    (
        _set(*_VARIANT, "item_id", to="6000000001"),
        'products["5000000001"].variants["6000000002"].item_id',
        "is filed under",
    ),
    (
        _set("products", "5000000001", "name", to=" "),
        'products["5000000001"].name',
        "is empty",
    ),
    (
        _set("products", "5000000001", "name", to="a\x00b"),
        'products["5000000001"].name',
        "NUL",
    ),
    (_drop("users"), "users", "is missing"),
    (_set("products", to=[]), "products", "should be an object"),
    (
        _set("orders", "#T1000006", "return_items", to=["6000000002"]),
        'orders["#T1000006"].return_items[0]',
        "not so often, in this order",
    ),
]


@pytest.mark.parametrize(("damage", "where", "says"), DAMAGES, ids=[d[1] for d in DAMAGES])
def test_a_damage_is_named_by_place_and_sentence(
    data: Data, damage: Callable[[Data], None], where: str, says: str
) -> None:
    damage(data)
    with pytest.raises(Damaged) as caught:
        reading.read(json.dumps(data))
    assert any(
        problem.where == where and says in problem.says for problem in caught.value.problems
    ), [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"orders": NaN}', "[" * 100_000])
def test_what_is_no_such_file_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(Damaged) as caught:
        reading.read(text)
    assert str(caught.value.problems[0]).strip()


def test_many_damages_are_told_together_up_to_a_hundred(data: Data) -> None:
    for one in data["orders"].values():
        one["status"] = "?"
    with pytest.raises(Damaged) as caught:
        reading.read(json.dumps(data))
    assert len(caught.value.problems) == 7


def test_payments_that_do_not_fit_the_items_are_a_warning(data: Data) -> None:
    order(data, 3)["payment_history"][0]["amount"] = 100
    assert reading.read(json.dumps(data)).warnings == (
        "#T1000003: items come to 166.05 USD, payments to 100.00 USD",
    )


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        (_set(*_VARIANT, "price", to=-1), 'products["5000000001"].variants["6000000002"].price'),
        (_set(*_USER, "email", to=""), 'users["nina_berg_1001"].email'),
        (_set(*_USER, to=7), 'users["nina_berg_1001"]'),
        (_set("products", "5000000001", "variants", "6000000002", to=None), None),
    ],
)
def test_a_wrong_row_is_complained_of_once_not_by_all_who_point_at_it(
    data: Data, damage: Callable[[Data], None], where: str | None
) -> None:
    damage(data)
    with pytest.raises(Damaged) as caught:
        reading.read(json.dumps(data))
    assert len(caught.value.problems) == 1
    assert where is None or caught.value.problems[0].where == where


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, True, 1.5, {"": None}])
@pytest.mark.parametrize(
    "path",
    [
        ("orders",),
        ("orders", "#T1000003"),
        ("orders", "#T1000003", "items", 0),
        ("orders", "#T1000003", "fulfillments"),
        ("orders", "#T1000006", "return_items"),
        ("products", "5000000001"),
        ("products", "5000000001", "variants"),
        ("users", "nina_berg_1001", "payment_methods"),
        ("users", "nina_berg_1001", "name"),
    ],
    ids=lambda path: ".".join(str(step) for step in path) if isinstance(path, tuple) else "",
)
def test_any_value_in_any_place_is_read_or_refused(
    data: Data, path: tuple[str | int, ...], value: object
) -> None:
    _set(*path, to=value)(data)
    try:
        reading.read(json.dumps(data))
    except Damaged as damaged:
        assert damaged.problems  # noqa: PT017 - both outcomes are fine
