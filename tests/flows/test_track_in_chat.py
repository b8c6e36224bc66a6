"""Walk A: "where is my order?" in the web chat, from the first word to a person, over HTTP."""

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service import relay
from oms_service.conversations import service
from oms_service.conversations.states import AuthorKind
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.orders import CARRIER, MAIL, TOKYO, MadeOrder, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.queries import counted

#: Of one "where is my order?" over HTTP, from the token to the answer.
MOST_STATEMENTS = 22


class Browser:
    """What the page's script does, without the page."""

    def __init__(self, app: Flask, language: str) -> None:
        self._client = app.test_client()
        self._ids = (f"message-{number}" for number in count())
        opened = self._client.post(f"/chat/session?lang={language}", json={"language": language})
        self.headers = {"Authorization": f"Bearer {opened.headers['X-Chat-Token']}"}
        self.stream = opened.json["stream"] if opened.json else ""

    def say(self, words: str) -> str:
        return self._send({"text": words})

    def press(self, choice: str) -> str:
        return self._send({"choice": choice})

    def read(self, after: int) -> list[dict[str, str]]:
        answer = self._client.get(f"/chat/messages?after={after}", headers=self.headers)
        assert answer.json is not None
        return list(answer.json["messages"])

    def hear(self, after: int) -> bytes:
        """The first of what the stream tells, then hang up."""
        answer = self._client.get(f"{self.stream}&after={after}", buffered=False)
        assert answer.status_code == 200
        parts: Iterator[bytes] = iter(answer.response)  # type: ignore[arg-type]  # a stream's
        found = next(part for part in parts if b"event: news" in part)
        answer.close()
        return found

    def _send(self, body: dict[str, str]) -> str:
        answer = self._client.post(
            "/chat/messages", json={"id": next(self._ids), **body}, headers=self.headers
        )
        assert answer.status_code == 200, answer.data
        assert answer.json is not None
        mine, *replies = answer.json["messages"]
        assert mine["from"] == "customer"
        return "\n".join(reply["text"] for reply in replies)


@pytest.fixture
def order(runtime: Runtime, clock: StandingClock) -> MadeOrder:
    """Sent yesterday, out for delivery today."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shipped_order(uow, make_shop(uow), number="#W2611340")
    clock.advance(hours=20)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=made.tracking_number,
            event_key="out",
            status=CarrierStatus.OUT_FOR_DELIVERY,
            occurred_at=uow.now,
            place="新宿センター",
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    return made


@pytest.mark.parametrize(
    ("language", "question", "step", "handing_over"),
    [
        ("ja", "注文はどこですか", "配達中です", "担当者におつなぎします"),
        ("en", "Where is my order?", "out for delivery", "I am passing you to a colleague"),
    ],
)
def test_from_the_first_word_to_a_person(
    app: Flask,
    runtime: Runtime,
    order: MadeOrder,
    language: str,
    question: str,
    step: str,
    handing_over: str,
) -> None:
    browser = Browser(app, language)
    browser.say(question)
    browser.say("Ｗ２６１ 1340")
    said = browser.say(MAIL)
    assert "#W2611340" in said
    assert step in said
    number = order.tracking_number
    assert f"{number[:4]}-{number[4:8]}-{number[8:]}" in said
    assert "https://" in said

    assert handing_over in browser.press("human")
    with runtime.database.reading() as connection:
        case = connection.execute(
            text("SELECT order_id, customer_id, conversation_id, reason FROM cases")
        ).one()
    assert case.order_id == order.id

    assert browser.say("急いでいます") == ""
    relay.drain(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        service.say(uow, case.conversation_id, author_kind=AuthorKind.AGENT, text="山田です。")
    last = browser.read(0)[-1]
    assert (last["from"], last["text"]) == ("agent", "山田です。")
    assert b"agent" in browser.hear(int(last["seq"]) - 1)


def test_a_turn_costs_few_statements_and_talking_on_no_more(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    browser = Browser(app, "en")
    assert order.number in browser.say(f"where is {order.number}? {MAIL}")
    counts = []
    for _ in range(4):
        with counted(runtime.database) as sent:
            assert order.number in browser.say("where is my order?")
        counts.append(len(sent))
    assert max(counts[1:]) <= MOST_STATEMENTS
    assert len(set(counts[1:])) == 1


def test_nobody_else_finds_the_order(app: Flask, order: MadeOrder) -> None:
    browser = Browser(app, "en")
    browser.say("Where is my order?")
    browser.say("#W2611340")
    foreign = browser.say("eve@example.com")
    other = Browser(app, "en")
    other.say("Where is my order?")
    other.say("#W9999999")
    assert foreign == other.say("eve@example.com")
    assert "We could not find an order for those details." in foreign


def test_a_token_opens_its_own_conversation_alone(app: Flask) -> None:
    client = app.test_client()
    for bearer in ("", "Bearer ", "Bearer nonsense", f"Bearer {'a' * 43}"):
        answer = client.get("/chat/messages", headers={"Authorization": bearer})
        assert (answer.status_code, answer.json and answer.json["error"]) == (
            401,
            "unauthenticated",
        )
    assert client.get("/chat/stream?ticket=forged").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"id": "short", "text": "x"},
        {"id": "long-enough", "text": " "},
        {"id": "long-enough", "text": "x" * 2001},
        {"id": "long-enough", "choice": "order:EVIL"},
        {"id": "long-enough", "text": 5},
    ],
)
def test_what_is_no_message_is_refused_in_words(app: Flask, body: object) -> None:
    browser = Browser(app, "en")
    answer = app.test_client().post("/chat/messages?lang=en", json=body, headers=browser.headers)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["words"] == "This could not be sent. Please write it in other words."
    assert len(browser.read(0)) == 1


def test_streams_have_seats_and_give_them_back(app: Flask) -> None:
    browser = Browser(app, "en")
    client = app.test_client()
    sitting = [client.get(browser.stream, buffered=False) for _ in range(8)]
    assert [one.status_code for one in sitting] == [200] * 8
    full = client.get(browser.stream)
    assert (full.status_code, full.headers["Retry-After"]) == (429, "15")
    for one in sitting:
        one.close()
    again = client.get(browser.stream, buffered=False)
    assert again.status_code == 200
    again.close()
