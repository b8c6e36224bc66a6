"""Two customers of one shop: whatever one of them asks anywhere, nothing of the other's is told.

Everything of hers carries a marker. He has an order, a chat and a sign-in of his own, tries every
route that is not for staff, and gets of her order exactly what he gets of one that never was.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cases import service as cases
from oms_service.access import guard, sessions
from oms_service.access.guard import Who
from oms_service.access.states import SessionKind
from oms_service.conversations import queries as threads
from oms_service.conversations import service as talking
from oms_service.conversations.states import AuthorKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.cases import make_agent, make_case
from tests.factories.orders import SHIP_TO, MadeOrder, deliver, pay, ship
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import bearer, make_key, post
from tests.fakes.clock import StandingClock
from tests.routes import as_said, filled

HER_NUMBER, HIS_NUMBER, NO_NUMBER = "A-10001", "A-10002", "A-10003"
HER_MAIL, HIS_MAIL = "marker.mail@example.jp", "his@example.jp"
HER_PHONE, HER_POSTAL = "090-7777-6666", "999-8877"
#: Words that stand only in what is hers.
HERS = (
    "marker",
    "MARKER",
    "印の",
    "A-10001",
    "A10001",
    "777766",
    "7777-6666",
    "9998877",
    "999-8877",
)
IDS: Iterator[int] = count()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every question; the limits have tests of their own."""
    return dataclasses.replace(settings, api_rate="100000/second")


@dataclass(frozen=True)
class Her:
    """What there is of her; the chat's token, since even its owner's shape must not help him."""

    order: MadeOrder
    customer_id: int
    case_number: str
    public_id: str


def place(
    uow: UnitOfWork, shop: Shop, customer_id: int, number: str, mail: str, phone: str, postal: str
) -> MadeOrder:
    address = {**SHIP_TO, "phone": phone, "postal_code": postal}
    if mail == HER_MAIL:
        address |= {"recipient": "印の 花子", "line1": "MARKER 1-2-3"}
    placed = placing.place(
        uow,
        PlaceOrder(
            channel="web",
            external_ref=number,
            customer_id=customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=2)],
            number=number,
            ship_to=address,
            mail=mail,
            phone=phone,
            placed_at=None,
        ),
    )
    pay(uow, placed.order.id, placed.order.total)
    made = ship(uow, shop, MadeOrder(placed.order.id, number, placed.line_ids))
    deliver(uow, made, uow.now)
    return made


class Chat:
    """A browser in the chat."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        opened = self.client.post("/chat/session?lang=en", json={"language": "en"})
        self.token = bearer(opened.headers["X-Chat-Token"])

    def say(self, words: str) -> str:
        return self._send({"text": words})

    def press(self, choice: str) -> str:
        return self._send({"choice": choice})

    def _send(self, body: dict[str, str]) -> str:
        sent = self.client.post(
            "/chat/messages", json={"id": f"message-{next(IDS)}", **body}, headers=self.token
        )
        if sent.json is None or "messages" not in sent.json:
            return sent.text
        _mine, *replies = sent.json["messages"]
        return "\n".join(f"{one['text']} {one['choices']}" for one in replies)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def her(app: Flask, runtime: Runtime, shop: Shop) -> Her:
    """She asked in the chat, was handed to people, and got an answer and a note."""
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_agent(uow)
        customer = make_customer(uow, HER_MAIL, family_name="印の", given_name="花子")
        order = place(uow, shop, customer, HER_NUMBER, HER_MAIL, HER_PHONE, HER_POSTAL)
    chat = Chat(app)
    assert HER_NUMBER in chat.say(f"where is {HER_NUMBER}? {HER_MAIL}")
    chat.say("MARKER please leave it at the door")
    with runtime.database.reading() as connection:
        thread = threads.latest_of_customer(
            connection, customer, channel="webchat", since=runtime.clock.now()
        )
    assert thread is not None
    with runtime.unit_of_work(staff(colleague)) as uow:
        case = make_case(
            uow, order_id=order.id, customer_id=customer, conversation_id=thread.id, reason="other"
        )
        cases.note(uow, case.id, "MARKER note")
        talking.say(uow, thread.id, author_kind=AuthorKind.AGENT, text="MARKER answer")
    drain(runtime)
    return Her(order, customer, case.number, thread.public_id)


@pytest.fixture
def his(runtime: Runtime, shop: Shop, her: Her) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow, HIS_MAIL, family_name="田中", given_name="健")
        place(uow, shop, customer, HIS_NUMBER, HIS_MAIL, "03-1111-2222", "100-0001")
    return customer


@pytest.fixture
def browser(app: Flask, runtime: Runtime, his: int) -> FlaskClient:
    """His browser: signed in, with a chat by cookie."""
    client = app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.CUSTOMER, his, device="", instead_of=None)
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    sent = post(client, "/chat", {"id": "his-message", "text": f"where is {HIS_NUMBER} {HIS_MAIL}"})
    assert sent.status_code == 303
    assert HIS_NUMBER in client.get("/chat").text
    return client


def nothing_of_hers(told: str, *, besides: str = "") -> None:
    """``besides`` is what he wrote himself, which may be repeated to him."""
    for word in HERS:
        if word not in besides:
            assert word not in told, f"{word!r} in {told[:2000]}"


def plain(answer: TestResponse) -> tuple[int, str, bytes]:
    """Status, type and body, without what names this one request."""
    said = re.sub(rb'"request_id":\s*"[^"]*"', b"", answer.data)
    return answer.status_code, answer.content_type, said


def test_no_open_or_customers_route_tells_him_anything_of_hers(
    app: Flask, browser: FlaskClient, her: Her
) -> None:
    given = (
        HER_NUMBER,
        her.case_number,
        her.public_id,
        str(her.order.id),
        str(her.customer_id),
        her.order.tracking_number,
    )
    seen = 0
    for route in app.url_map.iter_rules():
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            rule = guard.rule_of(app, route.endpoint, method)
            assert rule is not None
            if rule.who not in {Who.PUBLIC, Who.CUSTOMER} or "sign-out" in route.rule:
                continue
            for value in given:
                path = filled(route.rule, value)
                names = ("ticket", "order", "number", "id", "case", "after", "choice", "text")
                asked = {name: value for name in names if value.isdecimal() or name != "after"}
                answer = browser.open(path, method=method, query_string=asked)
                nothing_of_hers(answer.text, besides=value)
                nothing_of_hers(str(answer.headers), besides=value)
                seen += 1
    assert seen > 100


def test_the_staffs_doors_are_shut_and_say_the_same_whatever_is_behind(
    app: Flask, browser: FlaskClient, her: Her
) -> None:
    for route in app.url_map.iter_rules():
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            rule = guard.rule_of(app, route.endpoint, method)
            if rule is None or rule.who is not Who.STAFF or "<" not in route.rule:
                continue
            real, none = (
                browser.open(filled(route.rule, value), method=method, headers={"Accept": "*/*"})
                for value in (her.case_number if "number" in route.rule else "1", "999999")
            )
            assert real.status_code == none.status_code
            assert real.status_code in {303, 400, 401, 403}
            nothing_of_hers(real.text + str(real.headers), besides=her.case_number)


def test_what_is_hers_is_to_a_signed_in_customer_as_what_never_was(
    app: Flask, browser: FlaskClient, her: Her
) -> None:
    for route in app.url_map.iter_rules():
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            rule = guard.rule_of(app, route.endpoint, method)
            if rule is None or rule.who is not Who.CUSTOMER or "<" not in route.rule:
                continue
            for hers, none in ((HER_NUMBER, NO_NUMBER), (her.case_number, "C-999999")):
                real, nothing = (
                    browser.open(filled(route.rule, value), method=method) for value in (hers, none)
                )
                assert real.status_code == nothing.status_code
                assert real.status_code >= 400
                assert as_said(real.text).replace(hers, "#") == as_said(nothing.text).replace(
                    none, "#"
                )


CHAT_TRIES = (
    "where is {number}?",
    "where is {number}? his@example.jp",
    "{number} 03-1111-2222",
    "{number} 100-0001",
    "track {number}",
    "return {number}",
    "I want to return {number}",
    "cancel {number}",
    "change the address of {number}",
    "refund {number}",
)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("words", CHAT_TRIES)
def test_in_the_chat_her_order_is_as_one_that_never_was(
    app: Flask,
    her: Her,
    his: int,
    words: str,
    is_known: bool,
) -> None:
    said = []
    for number in (HER_NUMBER, NO_NUMBER):
        chat = Chat(app)
        if is_known:
            assert HIS_NUMBER in chat.say(f"where is {HIS_NUMBER}? {HIS_MAIL}")
        told = [chat.say(words.format(number=number))]
        told += [chat.say(more) for more in (HIS_MAIL, "03-1111-2222", "1")]
        told.append(chat.press("human"))
        said.append("\n".join(told).replace(number, "#"))
    nothing_of_hers(said[0])
    assert _without_case(said[0]) == _without_case(said[1])


def _without_case(said: str) -> str:
    return re.sub(r"C-\d+", "C-", said)


def test_buttons_of_hers_cannot_be_pressed_by_him(app: Flask, her: Her, his: int) -> None:
    assert his != her.customer_id
    chat = Chat(app)
    chat.say(f"where is {HIS_NUMBER}? {HIS_MAIL}")
    for choice in (f"order:{HER_NUMBER}", "order:A10001", f"line:{her.order.line_ids[0]}"):
        said = chat.press(choice)
        assert '"error":"invalid"' in said
        nothing_of_hers(said)


def test_a_code_for_her_address_is_asked_for_like_one_for_nobodys(
    app: Flask,
    her: Her,
) -> None:
    pages, chats = [], []
    for mail in (HER_MAIL, "nobody@example.jp"):
        client = app.test_client()
        asked = post(client, "/sign-in", {"mail": mail})
        tried = post(client, "/sign-in/code", {"mail": mail, "code": "000000"})
        pages.append(
            [
                (one.status_code, re.sub(r"[0-9a-f]{64}", "", one.text).replace(mail, "#"))
                for one in (asked, tried)
            ]
        )
        chat = Chat(app)
        chat.say("where is my order?")
        chats.append([chat.press("identify:code"), chat.say(mail), chat.say("000000")])
    assert pages[0] == pages[1]
    assert chats[0] == chats[1]


def test_a_program_gets_one_answer_for_unknown_and_not_yours(
    app: Flask, runtime: Runtime, her: Her, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _view, secret = make_key(uow, "track:read")
    client = app.test_client()
    proofs = ({"mail": HIS_MAIL}, {"phone": "03-1111-2222"}, {"postal_code": "100-0001"})
    for proof in (*proofs, {"mail": "-"}, {"phone": "-"}, {"postal_code": "-"}):
        hers, none = (
            client.get("/v1/track", query_string={"order": number, **proof}, headers=bearer(secret))
            for number in (HER_NUMBER, NO_NUMBER)
        )
        assert plain(hers) == plain(none)
        assert hers.status_code == 404
        clock.advance(minutes=1)
    assert client.get("/v1/orders/A-10001", headers=bearer(secret)).status_code == 403
    assert client.get(f"/v1/orders/{her.order.number}").status_code == 401


def test_an_api_key_reads_of_her_order_nothing_personal(
    app: Flask, runtime: Runtime, her: Her
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _view, secret = make_key(uow, "orders:read")
    for path in ("", "/timeline"):
        answer = app.test_client().get(
            f"/v1/orders/{her.order.number}{path}", headers=bearer(secret)
        )
        assert answer.status_code == 200
        nothing_of_hers(answer.text, besides=HER_NUMBER)
