"""A key of one sales channel: what belongs to another looks as if it did not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from oms_service.access import keys
from oms_service.api import reach
from oms_service.customers import joining
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, in_both
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.runtime import EXTENSION, Runtime
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode
from tests.factories.orders import MAIL, SHIP_TO, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer

Send = Callable[..., TestResponse]


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """A-1 was sold in the web shop, M-1 on the market."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        sales.open_channel(
            uow,
            NewChannel(
                code="market",
                name=in_both("Market"),
                kind=ChannelKind.MARKETPLACE,
                currency="JPY",
                tax_mode=TaxMode.INCLUSIVE,
                zone="Asia/Tokyo",
                locale=Language.JAPANESE,
            ),
        )
        make_order(uow, shop, number="A-1")
        wanted = PlaceOrder(
            channel="market",
            external_ref="m-1",
            number="M-1",
            customer_id=shop.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=1)],
        )
        placing.place(uow, wanted)
        return shop


@pytest.fixture
def send(app: Flask, runtime: Runtime, shop: Shop) -> Send:
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = keys.create(
            uow, label="the web shop", scopes=keys.OF_A_CHANNEL, channel_id=shop.channel_id
        )
    client = app.test_client()

    def ask(method: str, path: str, body: dict[str, Any] | None = None) -> TestResponse:
        headers = bearer(secret) | {"Idempotency-Key": f"{method}:{path}:{len(str(body))}"}
        return client.open(path, method=method, json=body, headers=headers)

    return ask


def new_order(channel: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "external_ref": f"cart-{channel}",
        "customer": {"mail": MAIL},
        "lines": [{"sku": "COFFEE", "quantity": 1}],
    }


def test_orders_of_other_channels_are_as_unknown_as_those_that_never_were(send: Send) -> None:
    assert send("GET", "/v1/orders/A-1").status_code == 200
    for path in ("", "/timeline", "/changes", "/waiting", "/sourcing"):
        foreign, unknown = send("GET", f"/v1/orders/M-1{path}"), send("GET", "/v1/orders/X-1")
        assert foreign.status_code == 404
        assert foreign.get_json()["detail"] == unknown.get_json()["detail"]
    cancel = {"reason": "no_longer_needed", "version": 1}
    assert send("POST", "/v1/orders/M-1/cancel", cancel).status_code == 404
    hold = {"reason": "fraud", "version": 1}
    assert send("POST", "/v1/orders/M-1/hold", hold).status_code == 404
    listed = send("GET", "/v1/orders").get_json()["orders"]
    assert [one["number"] for one in listed] == ["A-1"]
    assert send("GET", "/v1/orders?channel=market").status_code == 404


def test_it_places_in_its_own_channel_alone(send: Send) -> None:
    assert send("POST", "/v1/orders", new_order("web")).status_code == 201
    foreign = send("POST", "/v1/orders", new_order("market"))
    nowhere = send("POST", "/v1/orders", new_order("nowhere"))
    assert foreign.status_code == nowhere.status_code == 404
    bulk = send("POST", "/v1/orders/bulk", {"orders": [new_order("market")]})
    assert bulk.get_json()["results"][0]["problem"]["code"] == "not-found"
    basket = {"channel": "market", "lines": [{"sku": "COFFEE", "quantity": 1}]}
    assert send("POST", "/v1/orders/quote", basket).status_code == 404
    assert send("GET", "/v1/variants?channel=web").status_code == 200
    assert send("GET", "/v1/variants?channel=market").status_code == 404


def test_it_knows_people_by_the_references_of_its_channel(
    send: Send, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        joining.known_or_new(uow, joining.Person(scope="web", ref="C-1", mail=MAIL))
    path = "/v1/customers/address"
    mine = {"channel": "web", "ref": "C-1", "address": SHIP_TO}
    assert send("POST", path, mine).status_code == 200
    by_mail = {"channel": "web", "mail": MAIL, "address": SHIP_TO}
    assert send("POST", path, by_mail).status_code == 422
    elsewhere = {"channel": "market", "ref": "C-1", "address": SHIP_TO}
    assert send("POST", path, elsewhere).status_code == 404


def test_what_knows_no_channels_is_closed_to_it(app: Flask, send: Send, shop: Shop) -> None:
    with pytest.raises(Invalid), app.extensions[EXTENSION].unit_of_work(SYSTEM) as uow:
        keys.create(uow, label="x", scopes=["stock:read"], channel_id=shop.channel_id)
    assert send("GET", "/v1/outlooks").status_code == 403
    assert send("GET", "/v1/stock").status_code == 403
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert known >= reach.OWN
