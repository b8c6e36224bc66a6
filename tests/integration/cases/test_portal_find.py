"""One order without an account: found by two things, shown alone for an hour, told to be late."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases.portal import guests
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.people import People
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.orders import (
    MAIL,
    PHONE,
    POSTAL_CODE,
    MadeOrder,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.fakes.clock import StandingClock
from tests.integration.cases.test_portal_changes import hidden
from tests.integration.cases.test_portal_waiting import signed_in

UNKNOWN = "We could not find an order for those details."


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-10601", mail="other@example.jp")
        made = make_order(uow, shop, number="A-10600")
    drain(runtime)
    return made


@pytest.fixture
def guest(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", "en")
    return client


def found(guest: FlaskClient, number: str = "A-10600", proof: str = MAIL) -> int:
    return post(guest, "/find", {"number": number, "proof": proof}).status_code


@pytest.mark.parametrize(
    "proof", [MAIL, PHONE, POSTAL_CODE, "１６０ー００２２", "MISAKI.sato@example.jp"]
)
def test_the_number_and_one_thing_show_that_order(
    guest: FlaskClient, order: MadeOrder, proof: str
) -> None:
    assert guest.get("/find/order").location == "/find"
    answer = post(guest, "/find", {"number": "a 10600", "proof": proof})
    assert (answer.status_code, answer.location) == (303, "/find/order")
    page = guest.get("/find/order")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "A-10600" in page.text
    assert "佐藤" not in page.text
    assert "新宿" not in page.text
    assert guest.get("/orders/A-10600").status_code == 303


def test_unknown_and_foreign_are_one_answer_and_tries_end(
    guest: FlaskClient, order: MadeOrder
) -> None:
    said = set()
    for number, proof in (("A-10600", "x@example.jp"), ("A-99999", MAIL), ("A-10601", MAIL)):
        answer = post(guest, "/find", {"number": number, "proof": proof})
        assert answer.status_code == 404
        assert UNKNOWN in answer.text
        said.add(answer.text.count("field-error"))
    assert len(said) == 1
    assert found(guest, proof="") == 422
    assert found(guest, number="") == 422
    assert [found(guest, proof=f"{n}@example.jp") for n in range(12)][-1] == 429
    assert found(guest) == 429
    assert guest.get("/find/order").status_code == 303


def test_a_guest_is_gone_after_an_hour_and_when_they_say_so(
    app: Flask, runtime: Runtime, clock: StandingClock, guest: FlaskClient, order: MadeOrder
) -> None:
    found(guest)
    post(guest, "/find/leave", {})
    assert guest.get("/find/order").status_code == 303
    found(guest)
    forged = app.test_client()
    forged.set_cookie(guests.COOKIE, "WzEsMSw5OTk5OTk5OTk5XQ.x", path="/find")
    assert forged.get("/find/order").status_code == 303
    clock.advance(seconds=(guests.KEPT + timedelta(seconds=1)).total_seconds())
    assert guest.get("/find/order").status_code == 303


def test_a_guest_is_shut_out_once_the_order_is_nobodys(
    runtime: Runtime, shop: Shop, guest: FlaskClient, order: MadeOrder
) -> None:
    found(guest)
    assert guest.get("/find/order").status_code == 200
    with runtime.unit_of_work(SYSTEM) as uow:
        People(runtime.keepers).erase(uow, shop.customer_id, force=True)
    assert guest.get("/find/order").status_code == 303
    assert found(guest) == 404


def test_a_guest_cancels_that_order_and_pays_by_no_method_of_the_buyer(
    runtime: Runtime, shop: Shop, guest: FlaskClient, order: MadeOrder
) -> None:
    assert guest.get("/find/order/change").location == "/find"
    found(guest)
    assert "/find/order/change/cancel" in guest.get("/find/order/change").text
    for what in ("payment", "address", "items", "quantity", "expedite"):
        assert guest.get(f"/find/order/change/{what}").location == "/find/order/change"
    wish = {"reason": "other", "scope": "whole"}
    seen = hidden(post(guest, "/find/order/change/cancel", wish).text) | {"step": "confirm"}
    answers = [post(guest, "/find/order/change/cancel", seen) for _ in range(2)]
    assert [one.location for one in answers] == ["/find/order"] * 2
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).order_state is OrderState.CANCELLED
        query = text("SELECT requested_by FROM order_changes")
        assert connection.execute(query).scalar_one() == f"customer:{shop.customer_id}"


def test_whoever_is_signed_in_comes_to_their_own_page(
    app: Flask, runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    mine = signed_in(app, runtime, shop.customer_id)
    assert post(mine, "/find", {"number": "A-10600", "proof": "x"}).location == "/orders/A-10600"
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "else@example.jp")
    assert found(signed_in(app, runtime, other), proof="x") == 404


def test_what_is_late_is_brought_to_its_one_case(
    app: Flask, runtime: Runtime, clock: StandingClock, shop: Shop, guest: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10700")
        make_delivered_order(uow, shop, number="A-10701")
    drain(runtime)
    mine = signed_in(app, runtime, shop.customer_id)
    assert "/orders/A-10701/return/problem" in mine.get("/orders/A-10701/late").text
    early = post(mine, "/orders/A-10700/late", {"key": "k"})
    assert (early.status_code, early.location) == (303, "/orders/A-10700/late")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE order_outlooks SET jeopardy = 'late' WHERE order_id = 1"))
    page = mine.get("/orders/A-10700/late").text
    assert "It is late, and we are sorry." in page
    sent = hidden(page) | {"text": "I need it on Friday."}
    answers = [post(mine, "/orders/A-10700/late", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert "I need it on Friday." in mine.get(answers[0].location).text
    with runtime.database.reading() as connection:
        query = text("SELECT reason, count(*) OVER () FROM cases")
        assert [tuple(row) for row in connection.execute(query)] == [("delay", 1)]
    assert post(mine, "/orders/A-10700/late", sent | {"text": "x" * 3_000}).status_code == 422
