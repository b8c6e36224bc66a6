"""A conversation belongs to one customer: on a shared computer nobody reads another's."""

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import service as cases
from oms_service.access.states import Role
from oms_service.conversations import queries
from oms_service.conversations.channels import MAIL as BY_MAIL
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.factories.orders import MAIL, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import bearer, post
from tests.fakes.clock import StandingClock

IDS: Iterator[int] = count()
#: Beyond the time for which a proof holds.
NEXT_DAY_H = 13


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """Two customers with the same mail on their orders: only the orders tell them apart."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow, role=Role.LEAD)
        make_order(uow, made, number="A-10001")
        other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
        make_order(uow, made, number="A-10002", customer_id=other)
    return made


@pytest.fixture
def browser(app: Flask, shop: Shop) -> FlaskClient:
    return app.test_client()


def begin(browser: FlaskClient) -> dict[str, str]:
    opened = browser.post("/chat/session?lang=en", json={"language": "en"})
    return bearer(opened.headers["X-Chat-Token"])


def say(browser: FlaskClient, token: dict[str, str], words: str) -> str:
    body = {"id": f"message-{next(IDS)}", "text": words}
    answer = browser.post("/chat/messages", json=body, headers=token)
    assert answer.json is not None
    return "\n".join(one["text"] for one in answer.json["messages"][1:])


def test_another_customer_is_sent_to_a_chat_of_their_own(
    browser: FlaskClient, clock: StandingClock
) -> None:
    token = begin(browser)
    assert "A-10001" in say(browser, token, f"where is A-10001, {MAIL}")
    clock.advance(hours=NEXT_DAY_H)
    said = say(browser, token, f"where is A-10002, {MAIL}")
    said += say(browser, token, f"A-10002 {MAIL}") if "New chat" not in said else ""
    assert "This chat is already about another customer's orders." in said
    assert "MUG" not in said
    assert "A-10001" in say(browser, token, f"where is A-10001, {MAIL}")


def test_an_ended_chat_opens_for_nobody(browser: FlaskClient) -> None:
    token = begin(browser)
    say(browser, token, f"where is A-10001, {MAIL}")
    assert browser.delete("/chat/session", headers=token).status_code == 204
    assert browser.get("/chat/messages", headers=token).status_code == 401
    fresh = begin(browser)
    assert fresh != token
    assert "A-10001" not in say(browser, fresh, "where is my order?")


def test_without_script_the_end_takes_the_cookie_along(browser: FlaskClient) -> None:
    sent = post(browser, "/chat", {"id": "message-x", "text": f"where is A-10001, {MAIL}"})
    assert sent.status_code == 303
    assert "A-10001" in browser.get("/chat").text
    assert post(browser, "/chat/end").status_code == 303
    assert browser.get_cookie("oms_chat") is None
    assert "A-10001" not in browser.get("/chat").text


def test_a_token_of_somebody_elses_making_opens_no_chat(browser: FlaskClient) -> None:
    planted = "p" * 43
    browser.set_cookie("oms_chat", planted)
    post(browser, "/chat", {"id": "message-x", "text": f"where is A-10001, {MAIL}"})
    kept = browser.get_cookie("oms_chat")
    assert kept is not None
    assert kept.value != planted
    assert browser.get("/chat/messages", headers=bearer(planted)).status_code == 401


def test_who_has_left_the_chat_is_answered_by_mail(
    browser: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    token = begin(browser)
    say(browser, token, f"where is A-10001, {MAIL}")
    with runtime.database.reading() as connection:
        found = queries.latest_of_customer(
            connection, shop.customer_id, channel="webchat", since=runtime.clock.now()
        )
    assert found is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, customer_id=shop.customer_id, conversation_id=found.id)
        colleague = make_agent(uow)
    browser.delete("/chat/session", headers=token)
    with runtime.unit_of_work(staff(colleague)) as uow:
        answered = cases.reply(uow, case.id, "お待たせしました。")
    with runtime.database.reading() as connection:
        where = queries.by_id(connection, answered.conversation_id or 0)
    assert where is not None
    assert where.channel == BY_MAIL
