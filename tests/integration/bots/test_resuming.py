"""What was begun in one chat goes on in another, for the same customer and nobody else."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import MAIL, make_order, make_shipped_order
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import bearer
from tests.fakes.clock import StandingClock

IDS: Iterator[int] = count()
OTHERS = "mayumi.tanaka@example.jp"


@pytest.fixture
def browsers(app: Flask, runtime: Runtime) -> tuple[FlaskClient, FlaskClient]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop, number="A-10001")
        make_shipped_order(uow, shop, number="A-10002")
        other = make_customer(uow, OTHERS, family_name="田中")
        make_order(uow, shop, number="A-10003", customer_id=other)
    return app.test_client(), app.test_client()


class Talk:
    """One chat in one browser."""

    def __init__(self, browser: FlaskClient) -> None:
        self.browser = browser
        opened = browser.post("/chat/session?lang=en", json={"language": "en"})
        self.token = bearer(opened.headers["X-Chat-Token"])

    def say(self, text: str, **more: str) -> str:
        body = {"id": f"message-{next(IDS)}", "text": text, **more}
        answer = self.browser.post("/chat/messages", json=body, headers=self.token)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        said: list[dict[str, Any]] = answer.json["messages"]
        return "\n".join(one["text"] for one in said[1:])

    def press(self, value: str) -> str:
        return self.say("", choice=value)


def test_it_is_offered_to_the_same_customer_and_goes_on_where_it_was(
    browsers: tuple[FlaskClient, FlaskClient],
) -> None:
    first, second = (Talk(browser) for browser in browsers)
    first.say(f"I want to cancel order A-10001, {MAIL}")
    offered = second.say(f"where is A-10002, {MAIL}")
    assert "A-10002" in offered
    assert "cancelling an order (A-10001)" in offered
    assert "Why do you want to cancel order A-10001?" in second.press("resume:go")
    assert "You went on with this" in first.browser.get("/chat/messages", headers=first.token).text
    assert "Why" not in first.say("by mistake")
    assert "This cancels the whole order A-10001" in second.say("ordered by mistake")
    assert "This cancels the whole order" in first.say("continue where we left off")
    assert "is cancelled" in first.say("yes")
    assert "nothing that you had left open" in second.say("continue where we left off")


def test_no_is_a_no_and_it_is_offered_once(browsers: tuple[FlaskClient, FlaskClient]) -> None:
    first, second = (Talk(browser) for browser in browsers)
    first.say(f"I want to cancel order A-10001, {MAIL}")
    assert "By the way" in second.say(f"where is A-10002, {MAIL}")
    assert "Is there anything else?" in second.say("no thanks")
    assert "By the way" not in second.say("where is A-10002?")
    assert "This cancels" in first.say("ordered by mistake")


def test_nobody_else_and_nobody_unknown_hears_of_it(
    browsers: tuple[FlaskClient, FlaskClient],
) -> None:
    first, second = (Talk(browser) for browser in browsers)
    first.say(f"I want to cancel order A-10001, {MAIL}")
    for words in ("hello", "continue where we left off"):
        assert "A-10001" not in second.say(words)
    assert "A-10001" not in second.say(f"where is A-10003, {OTHERS}")
    assert "A-10001" not in second.press("human")


def test_what_was_left_long_ago_is_left(
    browsers: tuple[FlaskClient, FlaskClient], clock: StandingClock
) -> None:
    first, second = (Talk(browser) for browser in browsers)
    first.say(f"I want to cancel order A-10001, {MAIL}")
    clock.advance(hours=25)
    assert "By the way" not in second.say(f"where is A-10002, {MAIL}")
