"""A key of one sales channel: what belongs to another looks as if it did not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from oms_service.access import keys
from oms_service.api import reach
from oms_service.customers import addresses, joining
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, in_both
from oms_service.kernel.money import Money
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.orders import queries as orders
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.runtime import EXTENSION, Runtime
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode
from tests.factories.money import make_method
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
    path = "/v1/customers/address"
    new = {"channel": "web", "ref": "C-1", "mail": "new@example.jp", "family_name": "新井"}
    assert send("POST", "/v1/customers", new).status_code == 201
    mine = {"channel": "web", "ref": "C-1", "address": SHIP_TO}
    assert send("POST", path, mine).status_code == 200
    by_mail = {"channel": "web", "mail": "new@example.jp", "address": SHIP_TO}
    assert send("POST", path, by_mail).status_code == 422
    elsewhere = {"channel": "market", "ref": "C-1", "address": SHIP_TO}
    assert send("POST", path, elsewhere).status_code == 404


def test_a_mail_address_makes_nobody_of_another_channel_its_own(
    send: Send, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        theirs = joining.known_or_new(
            uow, joining.Person(scope="market", ref="M-7", mail="theirs@example.jp")
        )
        both = joining.known_or_new(
            uow, joining.Person(scope="web", ref="B-1", mail="both@example.jp")
        )
        joining.known_or_new(uow, joining.Person(scope="market", ref="M-8", mail="both@example.jp"))
        elsewhere = joining.known_or_new(
            uow, joining.Person(scope="web", ref="B-2", mail="elsewhere@example.jp")
        )
        wanted = PlaceOrder(
            channel="market",
            external_ref="m-2",
            number="M-2",
            customer_id=elsewhere.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=1)],
        )
        placing.place(uow, wanted)
    for ref, mail in (("C-1", MAIL), ("C-2", "theirs@example.jp")):
        joined = {"channel": "web", "ref": ref, "mail": mail}
        assert send("POST", "/v1/customers", joined).get_json() == {"is_new": False}
    moved = {name: value for name, value in SHIP_TO.items() if name != "recipient"}
    for ref in ("C-1", "C-2", "B-1", "B-2", "nobody"):
        body = {"channel": "web", "ref": ref, "address": moved}
        answer = send("POST", "/v1/customers/address", body)
        assert (answer.status_code, answer.get_json()["detail"]) == (404, "no such customer"), ref
    with runtime.database.looking() as session:
        for one in (shop.customer_id, theirs.customer_id, both.customer_id, elsewhere.customer_id):
            assert addresses.default(session, one) is None


def test_it_pays_with_nothing_that_was_left_with_another_channel(
    send: Send, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_method(uow, shop, MethodKind.CARD)
    wish = {"kind": "payment", "method": {"kind": "card"}}
    path = "/v1/orders/A-1/changes/preview"
    refused = send("POST", path, wish)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.get_json()["errors"]] == ["method"]
    with runtime.unit_of_work(SYSTEM) as uow:
        order_id = orders.find(uow.session, "A-1").id
        paid = NewEntry(
            order_id=order_id,
            kind=EntryKind.AUTHORIZED,
            amount=Money(100, "JPY"),
            method_id=card,
            key="one",
        )
        payments.record(uow, paid)
    assert send("POST", path, wish).status_code == 200


def test_what_knows_no_channels_is_closed_to_it(app: Flask, send: Send, shop: Shop) -> None:
    with pytest.raises(Invalid), app.extensions[EXTENSION].unit_of_work(SYSTEM) as uow:
        keys.create(uow, label="x", scopes=["stock:read"], channel_id=shop.channel_id)
    assert send("GET", "/v1/outlooks").status_code == 403
    assert send("GET", "/v1/stock").status_code == 403
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert known >= reach.OWN
