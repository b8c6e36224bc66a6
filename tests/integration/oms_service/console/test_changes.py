"""Changing orders at the console: chosen, previewed, confirmed, refused in words."""

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.kernel.languages import Language
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff, SetQuantities
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.runtime import Runtime
from tests.factories.orders import SHIP_TO, MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in

NUMBER = "A-10600"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AGENT, language=Language.ENGLISH)
        return make_shop(uow)


@pytest.fixture
def placed(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, number=NUMBER, items={"COFFEE": 2, "MUG": 1})


@pytest.fixture
def client(app: Flask, placed: MadeOrder) -> FlaskClient:
    made = app.test_client()
    sign_in(made)
    return made


def here(rest: str) -> str:
    return f"/console/orders/{NUMBER}{rest}"


def confirm(client: FlaskClient, where: str, form: Mapping[str, object]) -> str:
    """Fill the form in, look at the preview, press its button; answers the preview."""
    shown = post(client, where, form).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    assert hidden["confirmed"] == "1"
    done = client.post(where, data=hidden)
    assert done.status_code == 303
    return shown


def test_the_choice_says_what_may_not_be_changed_and_why(client: FlaskClient) -> None:
    said = client.get(here("/change")).text
    assert "What should change?" in said
    assert f"{here('/change/address')}" in said
    assert "This shop does not offer this change after an order is placed." in said


def test_calling_off_a_part_shows_the_money_and_does_it(
    client: FlaskClient, runtime: Runtime, placed: MadeOrder
) -> None:
    form = {"reason": "other", "scope": "part", f"units-{placed.line_ids[0]}": "1"}
    shown = confirm(client, here("/cancel"), form)
    assert "¥4,500" in shown
    assert "¥3,500" in shown
    with runtime.database.reading() as connection:
        order = orders.by_id(connection, placed.id)
        (change,) = changes.of_order(connection, placed.id)
    assert (order.total.minor, order.order_state) == (3_500, OrderState.PLACED)
    assert (change.kind, change.settled.minor) == ("cancel", -1_000)
    assert audit(runtime.database) == ()
    beside = client.get(here("")).text
    assert "Change or cancel this order" in beside


def test_pressed_twice_it_is_one_change(
    client: FlaskClient, runtime: Runtime, placed: MadeOrder
) -> None:
    form = {f"units-{placed.line_ids[0]}": "1", f"units-{placed.line_ids[1]}": "1"}
    shown = post(client, here("/change/quantity"), form).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    for _ in range(2):
        assert client.post(here("/change/quantity"), data=hidden).status_code == 303
    with runtime.database.reading() as connection:
        assert len(changes.of_order(connection, placed.id)) == 1


def test_an_address_that_lacks_something_is_refused_in_words(client: FlaskClient) -> None:
    refused = post(client, here("/change/address"), {**SHIP_TO, "postal_code": "12"})
    assert refused.status_code == 409
    assert "Something is missing from this address." in refused.text
    assert "Enter a postal code of 7 digits." in refused.text


def test_an_address_changes(client: FlaskClient, runtime: Runtime, placed: MadeOrder) -> None:
    there = {**SHIP_TO, "region": "大阪府", "city": "大阪市北区", "postal_code": "530-0001"}
    shown = confirm(client, here("/change/address"), there)
    assert "大阪市北区" in shown
    with runtime.database.reading() as connection:
        assert orders.destination(connection, placed.id)["city"] == "大阪市北区"


def test_a_stale_screen_is_shown_the_order_as_it_is(
    client: FlaskClient, runtime: Runtime, placed: MadeOrder
) -> None:
    shown = post(client, here("/cancel"), {"reason": "other", "scope": "whole"}).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    with runtime.unit_of_work(SYSTEM) as uow:
        wish = SetQuantities(quantities={placed.line_ids[0]: 1})
        changing.request(uow, Wanted(order_id=placed.id, wish=wish, channel="web", key="other"))
    answer = client.post(here("/cancel"), data=hidden, follow_redirects=True)
    assert "The order has changed meanwhile." in answer.text
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, placed.id).order_state is OrderState.PLACED


def test_what_policy_leaves_to_a_person_is_confirmed_beside_the_order(
    client: FlaskClient, runtime: Runtime, shop: Shop, placed: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"cancel": {"approval": "person"}},
            text={"ja": "規約", "en": "Terms"},
        )
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        waits = changing.request(
            uow,
            Wanted(order_id=placed.id, wish=CallOff(reason="other"), channel="portal", key="c1"),
        )
    assert waits.is_open
    assert "A colleague will confirm this change first." in client.get(here("")).text
    answer = post(client, here("/changes/1/confirm"))
    assert answer.status_code == 303
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, placed.id).order_state is OrderState.CANCELLED
