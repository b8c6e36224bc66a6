"""Each reason from the first word to closing: through the doors customers and colleagues use.

Where policy allows it, it is done at once and no case is opened; where it does not, a case carries
what was asked for and the rule that failed, a colleague decides on its page, and it ends by itself.
Delays have a flow of their own, and so has a return that begins in a chat.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries as case_queries
from cases import service as working
from cases.acting import asking
from cases.reactions import close_settled
from cases.states import CaseState
from cases.views import CaseView
from oms_service.access import keys
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.permissions import scopes
from oms_service.access.states import Role
from oms_service.conversations import queries as conversations
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.money import Money
from oms_service.operations.money.refund_news import Stand
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.payments import queries as payments
from oms_service.payments import service as paying
from oms_service.payments.service import WantedRefund
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent
from tests.factories.coming_back import (
    TEXT,
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_sibling,
)
from tests.factories.orders import MAIL, MadeOrder, make_delivered_order, make_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.flows.test_track_in_chat import Browser


@dataclass
class House:
    """A shop, its orders, a program of a sales channel, and a lead at the desk."""

    app: Flask
    runtime: Runtime
    clock: StandingClock
    shop: Shop
    agent: int
    lead: FlaskClient
    program: FlaskClient
    key: str

    def order(self, *, is_delivered: bool, number: str = "A-10423") -> MadeOrder:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            make = make_delivered_order if is_delivered else make_order
            made: MadeOrder = make(uow, self.shop, number=number)
        drain(self.runtime)
        return made

    def ask(self, path: str, body: dict[str, Any], *, status: int = 201) -> dict[str, Any]:
        """A customer's wish as a program brings it."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": path[-40:]}
        answer = self.program.post(f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        drain(self.runtime)
        return dict(answer.json or {})

    def case(self, order: MadeOrder, reason: str) -> CaseView | None:
        with self.runtime.database.reading() as connection:
            found = case_queries.newest(connection, order_id=order.id).items
        return next((one for one in found if one.reason == reason), None)

    def opened(self, order: MadeOrder, reason: str) -> CaseView:
        found = self.case(order, reason)
        assert found is not None
        assert found.state in {CaseState.NEW, CaseState.OPEN}
        return found

    def press(self, case: CaseView, path: str, **values: object) -> str:
        """Something on the page of a case; answers the page as it is then."""
        page = f"/desk/cases/{case.number}"
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.lead.get(page).text)
        assert found is not None
        sent = self.lead.post(f"{page}/{path}", data={"csrf_token": found.group(1), **values})
        assert sent.status_code == 303, sent.text
        drain(self.runtime)
        return str(self.lead.get(f"{page}?lang=ja").text)

    def closes(self, order: MadeOrder, reason: str, resolution: str) -> None:
        """Settled by facts or by a colleague, then closed for good by the sweep; books add up."""
        case = self.case(order, reason)
        assert case is not None
        assert (case.state, case.resolution) == (CaseState.RESOLVED, resolution)
        self.clock.advance(days=60)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            close_settled(uow)
        drain(self.runtime)
        closed = self.case(order, reason)
        assert closed is not None
        assert closed.state is CaseState.CLOSED
        assert audit(self.runtime.database) == ()


@pytest.fixture
def house(app: Flask, runtime: Runtime, clock: StandingClock) -> House:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow, "rin@desk.example", name="高橋 凛", role=Role.LEAD)
        allowed = [one.name for one in scopes()]
        key = keys.create(uow, label="shop", scopes=allowed)[1]
    lead = app.test_client()
    found = re.search(r'csrf_token"[^>]*value="([^"]+)"', lead.get("/staff/sign-in").text)
    assert found is not None
    values = {"mail": "rin@desk.example", "password": PASSWORD, "csrf_token": found.group(1)}
    assert lead.post("/staff/sign-in", data=values).status_code == 303
    return House(app, runtime, clock, shop, agent, lead, app.test_client(), key)


@pytest.mark.parametrize(
    ("wrong", "reason", "remedy"),
    [
        ("damaged", "damaged", "replacement"),
        ("wrong_item", "wrong_item", "replacement"),
        ("missing", "missing", "refund"),
    ],
)
def test_something_is_wrong_and_policy_puts_it_right_at_once(
    house: House, wrong: str, reason: str, remedy: str
) -> None:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, house.shop, at_once_up_to_minor=5_000)
    order = house.order(is_delivered=True)
    body = {
        "order": order.number,
        "lines": [{"line": 1, "quantity": 1, "reason": wrong}],
        "remedy": remedy,
    }
    said = house.ask("claims", body)
    assert said["state"] == "remedied"
    assert house.case(order, reason) is None
    assert audit(house.runtime.database) == ()


@pytest.mark.parametrize(
    ("wrong", "reason", "word"),
    [
        ("damaged", "damaged", "approve"),
        ("wrong_item", "wrong_item", "reject"),
        ("missing", "missing", "approve"),
    ],
)
def test_something_is_wrong_and_a_person_decides(
    house: House, wrong: str, reason: str, word: str
) -> None:
    order = house.order(is_delivered=True)
    body = {
        "order": order.number,
        "lines": [{"line": 1, "quantity": 1, "reason": wrong}],
        "remedy": "refund",
    }
    claim = house.ask("claims", body)
    case = house.opened(order, reason)
    assert case.failed_rule == "approval_needed"
    assert case.wanted["claim_number"] == claim["number"]
    assert case.wanted["refund_minor"] == 1_000
    page = house.lead.get(f"/desk/cases/{case.number}?lang=ja").text
    assert "申し出を承認(返金 1,000円)" in page
    house.press(
        case, f"claims/{claim['number']}/{word}", version=claim["version"], answer="対象外です。"
    )
    house.closes(order, reason, "remedied" if word == "approve" else "claim_rejected")


def test_a_parcel_that_did_not_come_is_sent_again(house: House) -> None:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, house.shop, approval="person", wait_days=0)
    order = house.order(is_delivered=True)
    body = {
        "order": order.number,
        "lines": [{"line": 1, "quantity": 1, "reason": "not_received"}],
        "remedy": "replacement",
    }
    claim = house.ask("claims", body)
    case = house.opened(order, "not_received")
    house.press(case, f"claims/{claim['number']}/approve", version=claim["version"])
    house.closes(order, "not_received", "remedied")


def test_an_exchange_that_a_person_decides(house: House) -> None:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        make_sibling(uow, house.shop, "COFFEE-BIG", price=1_000)
        adopt_exchanges(uow, house.shop, approval="person")
    order = house.order(is_delivered=True)
    swaps = [{"line": 1, "sku": "COFFEE-BIG", "quantity": 1, "reason": "wrong_size"}]
    house.ask("exchanges", {"order": order.number, "swaps": swaps})
    case = house.opened(order, "exchange")
    assert case.failed_rule == "approval_needed"
    house.press(case, "reject", reason="在庫がありません。", version=case.version)
    house.closes(order, "exchange", "return_rejected")


def test_a_return_within_the_rules_opens_no_case_and_keeps_the_terms_shown(house: House) -> None:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, house.shop)
    order = house.order(is_delivered=True)
    lines = [{"line": 1, "quantity": 1, "reason": "changed_mind"}]
    made = house.ask("returns", {"order": order.number, "lines": lines})
    assert made["state"] == "approved"
    assert house.case(order, "return") is None


ADDRESS = {
    "recipient": "佐藤 美咲",
    "country": "JP",
    "postal_code": "530-0001",
    "region": "大阪府",
    "city": "大阪市北区",
    "line1": "梅田1-1",
}
FEWER = {"kind": "quantity", "quantities": [{"line": 1, "quantity": 1}]}
CALL_OFF = {"reason": "no_longer_needed"}


@pytest.mark.parametrize(
    ("kind", "path", "wish", "reason", "word"),
    [
        ("cancel", "cancel", CALL_OFF, "cancel", "at_once"),
        ("cancel", "cancel", CALL_OFF, "cancel", "confirm"),
        ("cancel", "cancel", CALL_OFF, "cancel", "decline"),
        ("quantity", "changes", FEWER, "change_order", "confirm"),
        (
            "address",
            "changes",
            {"kind": "address", "address": ADDRESS},
            "change_address",
            "confirm",
        ),
    ],
)
def test_a_change_is_made_at_once_or_by_the_word_of_a_person(
    house: House, kind: str, path: str, wish: dict[str, Any], reason: str, word: str
) -> None:
    approval = "at_once" if word == "at_once" else "person"
    with house.runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(
            uow, channel_id=house.shop.channel_id, rules={kind: {"approval": approval}}, text=TEXT
        )
    order = house.order(is_delivered=False)
    with house.runtime.database.reading() as connection:
        version = orders.by_id(connection, order.id).version
    house.ask(f"orders/{order.number}/{path}", {**wish, "version": version})
    if word == "at_once":
        assert house.case(order, reason) is None
        return
    case = house.opened(order, reason)
    assert case.failed_rule == "change_needs_person"
    assert case.wanted["change"] == 1
    house.press(case, f"wishes/1/{word}")
    house.closes(order, reason, "handled" if word == "confirm" else "refused")
    if kind == "cancel":
        with house.runtime.database.reading() as connection:
            state = orders.by_id(connection, order.id).order_state
        assert (state is OrderState.CANCELLED) is (word == "confirm")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_question_is_answered_by_a_person_and_thanks_close_it(
    house: House, language: str
) -> None:
    order = house.order(is_delivered=True)
    browser = Browser(house.app, language)
    browser.say("注文はどこですか" if language == "ja" else "Where is my order?")
    browser.say(order.number)
    browser.say(MAIL)
    said = browser.press("human")
    assert ("担当者におつなぎします" if language == "ja" else "colleague") in said
    drain(house.runtime)
    with house.runtime.database.reading() as connection:
        (case,) = case_queries.newest(connection).items
    assert str(case.language) == language
    assert case.order_id == order.id
    words = "お届け済みです。" if language == "ja" else "It was delivered."
    with house.runtime.unit_of_work(staff(house.agent)) as uow:
        working.reply(uow, case.id, words)
        working.resolve(uow, case.id, code="answered", note="told")
    drain(house.runtime)
    with house.runtime.database.reading() as connection:
        thread = conversations.thread(connection, case.conversation_id or 0)
    assert words in [one.text for one in thread]
    browser.say("ありがとうございました" if language == "ja" else "Thanks!")
    drain(house.runtime)
    house.closes(order, case.reason, "answered")


def _owed(house: House, order: MadeOrder) -> int:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        (made,) = paying.request_refund(
            uow,
            WantedRefund(
                order_id=order.id, amount=Money(700, "JPY"), reason="other", key="refund-1"
            ),
        )
    drain(house.runtime)
    return made.id


def test_a_refund_that_has_not_arrived_is_answered_or_looked_into(house: House) -> None:
    order = house.order(is_delivered=True)
    refund = _owed(house, order)
    with house.runtime.unit_of_work(SYSTEM) as uow:
        paying.confirm_paid(uow, refund)
    drain(house.runtime)
    me = customer(house.shop.customer_id)
    with house.runtime.unit_of_work(me) as uow:
        early = asking.ask(uow, order.id, channel="portal")
    (news,) = early.news
    assert (early.case, news.stand) == (None, Stand.COMING)
    house.clock.advance(days=15)
    assert news.expected_by is not None
    for _ in range(2):
        with house.runtime.unit_of_work(me) as uow:
            late = asking.ask(uow, order.id, channel="portal")
    assert late.case is not None
    assert late.case.failed_rule == "refund_overdue"
    assert late.case.wanted["refund_minor"] == 700
    assert late.case.wanted["expected_by"] == news.expected_by.isoformat()
    drain(house.runtime)
    case = house.opened(order, "refund")
    with house.runtime.unit_of_work(staff(house.agent)) as uow:
        working.resolve(uow, case.id, code="answered", note="told where the money is")
    drain(house.runtime)
    with house.runtime.database.reading() as connection:
        assert [one.amount.minor for one in payments.refunds(connection, order.id)] == [700]
    house.closes(order, "refund", "answered")
