"""The customer's own pages without a browser: whose orders they show, and what that costs."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import service as cases
from oms_service.access import codes, sessions
from oms_service.access.states import SessionKind
from oms_service.conversations.models import Message
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.pickup import collecting
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.cases import make_case, make_return_case
from tests.factories.orders import (
    CARRIER,
    MAIL,
    TOKYO,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.fakes.clock import StandingClock
from tests.queries import counted
from tests.routes import as_said

#: Session, name for the header; the order, its parcels, outlook, scans, lines, money, refunds,
#: returns with their lines, cases, whether it is collected in a shop, and what was told, now first.
PAGE_QUERIES = 18
LIST_QUERIES = 7


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def signed_in(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    return client


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return signed_in(app, runtime, shop.customer_id)


def test_nobody_signed_in_is_led_to_the_entrance_and_back(app: Flask, shop: Shop) -> None:
    client = app.test_client()
    for path in ("/orders", "/orders/A-10001"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.location == f"/sign-in?next={path.replace('/', '%2F')}"


def test_after_signing_in_one_lands_on_the_orders(app: Flask, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        codes.send_code(uow, MAIL, Language.JAPANESE)
        said = uow.session.query(Message).order_by(Message.id.desc()).limit(1).one().text
    found = re.search(r"\d{6}", said)
    assert found
    client = app.test_client()
    come = post(client, "/sign-in/code", {"mail": MAIL, "code": found[0]})
    assert (come.status_code, come.location) == (303, "/orders")
    assert client.get("/sign-in").location == "/orders"
    assert "佐藤 美咲 様のページ" in client.get("/orders?lang=ja").text


def test_own_orders_are_listed_newest_first_and_go_on(
    runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
        make_order(uow, shop, number="A-19999", customer_id=other)
        for n in range(12):
            make_order(
                uow, shop, number=f"A-{10_000 + n}", placed_at=uow.now - timedelta(days=20 - n)
            )
    first = mine.get("/orders")
    numbers = re.findall(r'href="/orders/(A-\d+)"', first.text)
    assert numbers == [f"A-{10_000 + n}" for n in range(11, 1, -1)]
    following = re.search(r'href="(/orders\?after=[^"]+)"', first.text)
    assert following
    second = mine.get(following[1])
    assert re.findall(r'href="/orders/(A-\d+)"', second.text) == ["A-10001", "A-10000"]
    assert "after=" not in second.text.partition("<main")[2]
    assert mine.get("/orders?after=nonsense").status_code == 422


def test_a_list_without_orders_says_what_would_fill_it(mine: FlaskClient) -> None:
    assert "There are no orders under this mail address yet" in mine.get("/orders?lang=en").text


def test_a_foreign_and_an_unknown_order_are_the_same_page(
    app: Flask, runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
        make_order(uow, shop, number="A-10001", customer_id=other)
    foreign, unknown = mine.get("/orders/A-10001"), mine.get("/orders/A-10002")
    assert foreign.status_code == unknown.status_code == 404
    assert as_said(foreign.text).replace("A-10001", "") == as_said(unknown.text).replace(
        "A-10002", ""
    )
    theirs = signed_in(app, runtime, other)
    assert theirs.get("/orders/A-10001").status_code == 200


@pytest.mark.parametrize("typed", ["%23W2611340", "W2611340", "2611340", "w2611340"])
def test_an_order_is_found_however_its_number_is_typed(
    runtime: Runtime, shop: Shop, mine: FlaskClient, typed: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="#W2611340")
    assert "#W2611340" in mine.get(f"/orders/{typed}").text
    assert 'href="/orders/W2611340"' in mine.get("/orders").text


def test_the_page_says_where_it_is_with_scans_and_the_carrier(
    runtime: Runtime, shop: Shop, mine: FlaskClient, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number="A-10001")
    clock.advance(hours=20)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="out",
            status=CarrierStatus.OUT_FOR_DELIVERY,
            occurred_at=uow.now,
            place="新宿センター",
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    english = mine.get("/orders/A-10001?lang=en").text
    assert "Your parcel is out for delivery." in english
    assert "新宿センター" in english
    assert re.search(rf'href="https://[^"]+{order.tracking_number}"', english)
    assert "¥4,500" in english
    japanese = mine.get("/orders/A-10001?lang=ja").text
    assert "お荷物は配達中です。" in japanese
    assert "4,500円" in japanese
    assert "合計(税込)" in japanese


def test_returns_cases_and_the_ways_on_stand_on_the_page(
    runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_return_case(uow, shop)
    drain(runtime)
    number = re.findall(r'href="/orders/([^"?]+)"', mine.get("/orders").text)[0]
    shown = mine.get(f"/orders/{number}?lang=ja").text
    assert case.number in shown
    assert "受付済み" in shown
    assert "担当者が確認中" in shown
    assert f'href="/chat?order={number}"' in shown
    assert f'href="/orders/{number}/return"' in shown
    assert "チャットを開く" in shown


def test_internal_words_never_reach_the_page(
    runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop, number="A-10001")
        case = make_case(uow, order_id=order.id, customer_id=shop.customer_id)
        cases.note(uow, case.id, "秘密のメモ")
    assert "秘密" not in mine.get("/orders/A-10001").text


def test_what_a_page_costs_does_not_grow(
    app: Flask, runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10001")
        make_return_case(uow, shop)
        for n in range(6):
            order = make_shipped_order(uow, shop, items={"COFFEE": 1, "MUG": 2}, number=f"B-{n}")
            make_case(uow, order_id=order.id, customer_id=shop.customer_id)
    mine.get("/orders")
    with counted(runtime.database) as sent:
        assert mine.get("/orders").status_code == 200
    assert len(sent) == LIST_QUERIES, sent
    with counted(runtime.database) as sent:
        assert mine.get("/orders/A-10001").status_code == 200
    assert len(sent) <= PAGE_QUERIES, sent


@pytest.mark.parametrize(
    ("lang", "answer", "code"),
    [
        ("ja", "ご注文の準備ができました", "受け取りコード"),
        ("en", "Your order is ready", "Collection code"),
    ],
)
def test_an_order_to_collect_shows_its_code_and_the_shop(
    mine: FlaskClient, runtime: Runtime, shop: Shop, lang: str, answer: str, code: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, stocked_counter(uow, shop))
        ready = collecting.make_ready(uow, pickup.id)
    page = mine.get(f"/orders/{placed.order.number}?lang={lang}").get_data(as_text=True)
    for said in (answer, code, ready.shown_code, 'class="segno"'):
        assert said in page
    # Closed on Wednesdays: days with the same hours, one after the other, are one line.
    assert page.count("10:00–20:00") == 2
    assert "style=" not in page.partition('class="segno"')[2].partition("</svg>")[0]


def test_the_chat_is_at_the_corner_of_every_page_but_its_own(
    app: Flask, shop: Shop, mine: FlaskClient
) -> None:
    link = 'class="chat-widget" href="/chat"'
    for path in ("/orders", "/account", "/account/notices", "/find"):
        assert link in mine.get(path).text
    assert link in app.test_client().get("/sign-in").text
    for path in ("/", "/chat", "/chat/frame"):
        assert link not in mine.get(path).text
    home = app.test_client().get("/?lang=en").text
    assert 'action="/find"' in home
    assert 'action="/sign-in"' in home
