"""Who is signed in need not prove it in the chat, and nobody else gains by it."""

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import MAIL, make_order, make_shipped_order
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import bearer, post
from tests.fakes.clock import StandingClock

IDS: Iterator[int] = count()
COOKIE = sessions.COOKIES[SessionKind.CUSTOMER]


@pytest.fixture
def customers(runtime: Runtime) -> tuple[int, int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_shipped_order(uow, shop, number="A-10001")
        other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
        make_order(uow, shop, number="A-10002", customer_id=other)
    return shop.customer_id, other


@pytest.fixture
def browser(app: Flask, customers: tuple[int, int]) -> FlaskClient:
    return app.test_client()


def sign_in(browser: FlaskClient, runtime: Runtime, customer_id: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    browser.set_cookie(COOKIE, token)


def begin(browser: FlaskClient, token: dict[str, str] | None = None) -> dict[str, str]:
    opened = browser.post("/chat/session?lang=en", json={"language": "en"}, headers=token)
    assert opened.status_code == 200
    given = opened.headers.get("X-Chat-Token")
    return bearer(given) if given else (token or {})


def say(browser: FlaskClient, token: dict[str, str], words: str) -> str:
    answer = browser.post(
        "/chat/messages", json={"id": f"message-{next(IDS)}", "text": words}, headers=token
    )
    assert answer.status_code == 200, answer.text
    if new := answer.headers.get("X-Chat-Token"):
        token |= bearer(new)
    assert answer.json is not None
    return "\n".join(one["text"] for one in answer.json["messages"][1:])


def test_a_new_chat_of_a_signed_in_customer_asks_for_no_proof(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    sign_in(browser, runtime, customers[0])
    token = begin(browser)
    assert "Your order A-10001" in say(browser, token, "Where is my order A-10001?")
    assert "could not find an order" in say(browser, token, "Where is my order A-10002?")


def test_a_chat_that_waits_for_a_proof_goes_on_without_it(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    token = begin(browser)
    say(browser, token, "Where is my order A-10001?")
    sign_in(browser, runtime, customers[0])
    assert "Your order A-10001" in say(browser, token, "Where is my order A-10001?")


def test_the_token_from_before_the_sign_in_opens_nothing_any_more(
    browser: FlaskClient, app: Flask, runtime: Runtime, customers: tuple[int, int]
) -> None:
    before = begin(browser)
    sign_in(browser, runtime, customers[0])
    after = begin(browser, before)
    assert after != before
    say(browser, after, "Where is my order A-10001?")
    stranger = app.test_client()
    assert stranger.get("/chat/messages", headers=before).status_code == 401
    assert stranger.get("/chat/messages", headers=after).status_code == 200


def test_another_customers_chat_is_never_theirs(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    sign_in(browser, runtime, customers[0])
    first = begin(browser)
    say(browser, first, "Where is my order A-10001?")
    sign_in(browser, runtime, customers[1])
    assert browser.get("/chat/messages", headers=first).status_code == 401
    second = begin(browser, first)
    assert second != first
    listed = browser.get("/chat/messages", headers=second).text
    assert "A-10001" not in listed
    assert "Your order A-10002" in say(browser, second, "Where is my order A-10002?")


def test_a_proof_given_in_the_chat_counts_against_a_sign_in_of_another(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    token = begin(browser)
    say(browser, token, f"where is A-10001, {MAIL}")
    sign_in(browser, runtime, customers[1])
    assert begin(browser, token) != token


def test_a_chat_left_open_overnight_still_asks_for_no_proof(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int], clock: StandingClock
) -> None:
    sign_in(browser, runtime, customers[0])
    token = begin(browser)
    say(browser, token, "Where is my order A-10001?")
    clock.advance(hours=13)
    assert "Your order A-10001" in say(browser, token, "Where is my order A-10001?")


def test_the_page_carries_the_question_for_an_own_order_alone(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    path = "/chat?lang=en&order="
    assert "data-asked" not in browser.get(f"{path}A-10001").text
    sign_in(browser, runtime, customers[0])
    assert 'data-asked="Where is my order A-10001?"' in browser.get(f"{path}A-10001").text
    wished = browser.get(f"{path}A-10001&wish=return").text
    assert 'data-asked="I would like to return something from order A-10001."' in wished
    for other in ("A-10002", "A-99999", "x" * 500, "%22%3E%3Cscript%3E"):
        answer = browser.get(f"{path}{other}&wish=return")
        assert answer.status_code == 200
        assert "data-asked" not in answer.text
    assert "Where is my order" in browser.get(f"{path}A-10001&wish=%22%3E").text


def test_without_script_a_signed_in_customer_is_known_and_leaves_nothing_behind(
    browser: FlaskClient, runtime: Runtime, customers: tuple[int, int]
) -> None:
    sign_in(browser, runtime, customers[0])
    sent = post(browser, "/chat", {"id": "message-x", "text": "where is A-10001?"})
    assert sent.status_code == 303
    shown = browser.get("/chat?lang=en").text
    assert "A-10001" in shown.rpartition("is-bot")[2]
    assert "has shipped" in shown
    assert post(browser, "/sign-out").status_code == 303
    assert browser.get_cookie("oms_chat") is None
    assert "A-10001" not in browser.get("/chat").text
