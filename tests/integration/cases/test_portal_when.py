"""Customers choose the day and the hours of their delivery on the order's page."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.wishes import Wish
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.integration.cases.test_portal_waiting import signed_in

PATH = "/orders/A-10600/when"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, number="A-10600", wish=Wish(date(2026, 11, 26), "1416"))
    drain(runtime)
    return made


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return signed_in(app, runtime, shop.customer_id)


def form(mine: FlaskClient, **typed: str) -> dict[str, str]:
    """What the page sends, with other values."""
    page = mine.get(PATH).text.partition("<main")[2]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)) | typed


def wish_of(runtime: Runtime, order: MadeOrder) -> Wish:
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, order.id)
    return Wish(found.deliver_on, found.delivery_window)


def test_the_page_says_what_was_chosen_and_leads_to_it(mine: FlaskClient, order: MadeOrder) -> None:
    page = mine.get("/orders/A-10600").text
    assert "You asked for: Thu 26 Nov, 14:00–16:00" in page
    assert "/when" in page
    assert "It is to arrive: Thu 26 Nov, 14:00–16:00." in mine.get(PATH).text


def test_another_day_is_chosen_and_pressed_twice_it_is_one(
    mine: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    sent = form(mine, deliver_on="2026-11-28", delivery_window="1820")
    answers = [post(mine, PATH, sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert wish_of(runtime, order) == Wish(date(2026, 11, 28), "1820")


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"deliver_on": "soon"}, 422, "Choose a day from the calendar."),
        ({"deliver_on": "2026-11-22"}, 409, "The earliest is 23 November."),
        ({"deliver_on": "2026-11-28", "delivery_window": "0203"}, 409, "within these hours"),
        (
            {"deliver_on": "2026-11-28", "delivery_window": "soon"},
            422,
            "Choose the hours from the list.",
        ),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(
    mine: FlaskClient,
    runtime: Runtime,
    order: MadeOrder,
    typed: dict[str, str],
    status: int,
    said: str,
) -> None:
    answer = post(mine, PATH, form(mine, **{"delivery_window": "", **typed}))
    assert answer.status_code == status
    assert said in answer.text
    assert wish_of(runtime, order) == Wish(date(2026, 11, 26), "1416")


def test_once_it_has_left_the_page_says_whom_to_ask(
    mine: FlaskClient, runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        ship(uow, shop, order)
    page = mine.get(PATH).text
    assert "The carrier has it already." in page
    assert "Have it arrive then" not in page


def test_anothers_order_is_unknown(app: Flask, runtime: Runtime, order: MadeOrder) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
    assert signed_in(app, runtime, other).get(PATH).status_code == 404
