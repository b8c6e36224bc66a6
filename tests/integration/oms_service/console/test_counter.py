"""One field at the counter: a code opens its pickup, everything else shows what can be done."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.pickup.queries import PickupView
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.orders import pay
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, sign_in

PATH = "/console/counter"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        for role in (Role.SHOP, Role.WAREHOUSE, Role.AUDITOR):
            make_staff(uow, role, language=Language.ENGLISH)
        return make_shop(uow, stock=20)


@pytest.fixture
def ginza(runtime: Runtime, shop: Shop) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return stocked_counter(uow, shop, 5)


@pytest.fixture
def paid(runtime: Runtime, shop: Shop, ginza: int) -> PickupView:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
    drain(runtime)
    return pickup


def come_in(app: Flask, mail: str = "shop@shop.example") -> FlaskClient:
    client = app.test_client()
    sign_in(client, mail)
    return client


def find(client: FlaskClient, typed: str) -> str:
    found = client.get(PATH, query_string={"q": typed})
    assert found.status_code == 200, typed
    return found.text


def test_a_code_opens_its_pickup_with_the_code_filled_in(
    app: Flask, runtime: Runtime, paid: PickupView
) -> None:
    client = come_in(app)
    found = client.get(PATH, query_string={"q": paid.shown_code})
    assert found.status_code == 302
    opened = client.get(found.location).text
    assert f'value="{paid.shown_code}"' in opened
    by_number = client.get(PATH, query_string={"q": paid.number})
    assert by_number.location == f"/console/pickups/{paid.number}"


def test_an_order_a_person_and_an_item_show_what_can_be_done(
    app: Flask, runtime: Runtime, shop: Shop, paid: PickupView
) -> None:
    client = come_in(app)
    assert "Ready for the next customer" in client.get(PATH).text
    with runtime.database.looking() as session:
        number = orders.by_id(session, paid.order_id or 0).number
    order = find(client, number)
    assert "What you can do now" in order
    assert f"/console/pickups/{paid.number}" in order
    person = find(client, "misaki.sato@example.jp")
    assert f"/console/orders/new?customer={shop.customer_id}" in person
    assert number in person
    item = find(client, "COFFEE")
    assert "20" in item
    assert "ginza" in item
    assert item.index("ginza") < item.index("tokyo")
    assert "/console/orders/new?sku=COFFEE" in item
    sheet = client.get(f"/console/orders/new?customer={shop.customer_id}&sku=COFFEE&sku=NONE")
    assert 'value="COFFEE"' in sheet.text
    assert 'value="NONE"' not in sheet.text
    assert "Nothing fits" in find(client, "nobody knows this")
    assert client.get(f"{PATH}?customer=99999").status_code == 404
    assert client.get(f"{PATH}?customer={'9' * 40}").status_code == 404
    assert client.get(f"{PATH}?lang=ja").status_code == 200


def test_who_may_not_see_customers_finds_none(app: Flask, shop: Shop, paid: PickupView) -> None:
    warehouse = come_in(app, "warehouse@shop.example")
    assert "Nothing fits" in find(warehouse, "misaki.sato@example.jp")
    assert warehouse.get(f"{PATH}?customer={shop.customer_id}").status_code == 404
    assert come_in(app, "auditor@shop.example").get(PATH).status_code == 403


def test_a_limited_colleague_opens_pickups_of_their_shop_only(
    app: Flask, runtime: Runtime, shop: Shop, paid: PickupView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = stocked_counter(uow, shop, 5, "umeda")
        me = make_staff(uow, Role.SHOP, mail="umeda@shop.example", language=Language.ENGLISH)
        staff.limit(uow, me.id, queues=set(), locations={other})
    client = come_in(app, "umeda@shop.example")
    assert "Nothing fits" in find(client, paid.shown_code)
    assert "umeda" in client.get(PATH).text


def test_guessing_ends(app: Flask, paid: PickupView) -> None:
    client = come_in(app)
    for _ in range(31):
        find(client, "AAAAAAAA")
    assert "Too many tries" in find(client, paid.shown_code)
