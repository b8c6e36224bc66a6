"""Acting on the page of a case: two steps, a second person, what is not possible and why."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries as case_queries
from cases.acting import labels
from oms_service.access.demo_accounts import PASSWORD
from oms_service.kernel.actors import SYSTEM
from oms_service.payments import service as paying
from oms_service.payments.states import RefundState
from oms_service.relay import drain
from oms_service.returns import queries as returns
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_claims, adopt_returns
from tests.factories.money import adopt
from tests.factories.shop import make_customer
from tests.factories.staff import bearer, make_key
from tests.fakes.clock import StandingClock
from tests.integration.cases.acting.test_acting import Room, back
from tests.integration.cases.test_portal import signed_in


@pytest.fixture
def room(runtime: Runtime) -> Room:
    return Room(runtime)


def hidden(page: str) -> dict[str, str]:
    """The values that the last form of a page carries."""
    form = page[page.rindex('<form class="row" method="post" action="/desk/cases/') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return dict(found)


class Desk:
    """A colleague's browser."""

    def __init__(self, app: Flask, room: Room, mail: str = "aoi@desk.example") -> None:
        self.client: FlaskClient = app.test_client()
        self.case = f"/desk/cases/{room.case.number}"
        sent = self.send("/staff/sign-in", mail=mail, password=PASSWORD)
        assert sent.status_code == 303

    def send(self, path: str, **values: object):  # type: ignore[no-untyped-def]
        page = self.client.get("/staff/sign-in" if path == "/staff/sign-in" else "/desk").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found is not None
        return self.client.post(path, data={"csrf_token": found.group(1), **values})

    def page(self, language: str = "ja") -> str:
        return self.client.get(f"{self.case}?lang={language}").text

    def look(self, what: str, **values: object) -> str:
        shown = self.client.get(f"{self.case}/do/{what}?lang=ja")
        assert shown.status_code == 200, shown.text
        answer = self.send(f"{self.case}/do/{what}?lang=ja", key=f"form-{what}", **values)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def confirm(self, what: str, shown: str) -> int:
        answer = self.send(f"{self.case}/do/{what}", **hidden(shown))
        return int(answer.status_code)


MONEY = {"scope": "amount", "amount": "500", "part": "order", "reason": "quality"}


def test_money_goes_back_in_two_steps_and_once_for_two_presses(app: Flask, room: Room) -> None:
    desk = Desk(app, room)
    shown = desk.look("refund", **MONEY)
    assert "500円" in shown
    assert "1,500円" in shown, "what may go back then"
    assert re.search(r"<button[^>]*>.*返金", shown), shown[shown.index("<main") :]
    assert room.refunds() == []
    assert desk.confirm("refund", shown) == 303
    assert desk.confirm("refund", shown) == 303
    assert room.refunds() == [(500, RefundState.REQUESTED)]
    page = desk.page()
    assert "返金を依頼 · 500円" in page
    assert "/console/payments/orders/" in page


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({**MONEY, "amount": "x"}, "0より大きい金額"),
        ({**MONEY, "amount": "9" * 30}, "0より大きい金額"),
        ({**MONEY, "reason": "nothing"}, "理由を選"),
        ({**MONEY, "scope": "lines"}, "1点以上"),
        ({**MONEY, "scope": ""}, "返金する金額"),
    ],
)
def test_what_cannot_be_read_is_named(
    app: Flask, room: Room, values: dict[str, str], says: str
) -> None:
    desk = Desk(app, room)
    answer = desk.send(f"{desk.case}/do/refund?lang=ja", key="form-1", **values)
    assert answer.status_code == 422
    assert says in answer.text
    assert room.refunds() == []


def test_too_much_says_how_much_is_left(app: Flask, room: Room) -> None:
    desk = Desk(app, room)
    answer = desk.send(f"{desk.case}/do/refund?lang=ja", **{**MONEY, "amount": "2001"}, key="f")
    assert answer.status_code == 409
    assert "2,000円" in answer.text


def test_a_second_person_agrees_on_the_page_of_the_case_and_never_the_first(
    app: Flask, runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 100})
    agent = Desk(app, room)
    shown = agent.look("refund", **MONEY)
    assert "限度額" in shown
    assert agent.confirm("refund", shown) == 303
    ((_, state),) = room.refunds()
    assert state is RefundState.AWAITING_APPROVAL
    assert "ご自身の依頼" in agent.page()
    buyer = signed_in(app, runtime, room.shop.customer_id)
    theirs = buyer.get(f"/orders/{room.order.number}?lang=ja")
    assert (theirs.status_code, "ご返金" in theirs.text) == (200, False)  # nobody promised it yet
    assert agent.client.get("/desk/second-person").status_code == 403
    lead = Desk(app, room, "rin@desk.example")
    assert room.case.number in lead.client.get("/desk/second-person").text
    refund = re.search(r"/desk/refunds/(\d+)/agree", lead.page())
    assert refund is not None
    path = f"/desk/refunds/{refund.group(1)}/agree"
    assert agent.send(path).status_code == 403
    assert lead.send(path, case=room.case.number).status_code == 303
    assert lead.send(path, case=room.case.number).status_code == 303
    assert room.refunds() == [(500, RefundState.REQUESTED)]
    assert room.case.number not in lead.client.get("/desk/second-person?lang=ja").text


def test_what_is_not_possible_says_why(app: Flask, runtime: Runtime, room: Room) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, window_days=1)
    desk = Desk(app, room)
    assert "お受け取りから1日を過ぎているため" in desk.client.get(f"{desk.case}/do/return").text
    page = desk.client.get(f"{desk.case}/do").text
    assert "すでに出荷" in page
    assert desk.client.get(f"{desk.case}/do/list").text in page
    assert "この注文を保留している理由はありません" in page


def test_a_replacement_is_made_and_called_off(app: Flask, runtime: Runtime, room: Room) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, room.shop, approval="person")
    desk = Desk(app, room)
    values = {f"units-{room.order.line_ids[0]}": "1", "reason": "damaged", "photo": "yes"}
    shown = desk.look("replacement", **values)
    assert "ドリップコーヒー × 1" in shown or "× 1" in shown
    assert desk.confirm("replacement", shown) == 303
    undo = re.search(r'action="(/desk/cases/[^"]+/undo)"', desk.page())
    assert undo is not None
    assert desk.send(undo.group(1)).status_code == 303
    drain(runtime)
    assert room.said()[-1] == "act_undone"
    assert "取り消し: 代替品の発送" in desk.page()


def test_a_return_has_a_label_that_a_signed_link_opens(
    app: Flask, runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop)
    desk = Desk(app, room)
    values = {f"units-{room.order.line_ids[0]}": "1", "reason": "changed_mind"}
    assert desk.confirm("return", desk.look("return", **values)) == 303
    with runtime.database.looking() as session:
        (made,) = returns.of_orders(session, [room.order.id])
        url = labels.url_of(runtime, session, made.number)
    stranger = app.test_client()
    path = url[url.index("/return-label/") :]
    label = stranger.get(path)
    assert label.status_code == 200
    assert label.data.startswith(b"%PDF")
    assert stranger.get(path[:-2] + "zz").status_code == 404
    assert stranger.get("/return-label/x").status_code == 404
    shown = desk.look("label", return_number=made.number)
    assert desk.confirm("label", shown) == 303
    assert room.said()[-1] == "act_label"


def test_doors_of_other_roles_stay_shut(app: Flask, room: Room) -> None:
    assert app.test_client().get(f"/desk/cases/{room.case.number}/do/refund").status_code == 303
    desk = Desk(app, room)
    assert desk.client.get("/desk/cases/C-9999/do/refund").status_code == 404
    assert desk.send(f"{desk.case}/done/999999/undo").status_code == 404


def test_a_customer_reads_where_the_refund_is_and_says_that_it_has_not_come(
    app: Flask, runtime: Runtime, clock: StandingClock, room: Room
) -> None:
    act = room.do(back(500))
    with runtime.unit_of_work(SYSTEM) as uow:
        paying.confirm_paid(uow, act.refund_ids[0])
    drain(runtime)
    me = signed_in(app, runtime, room.shop.customer_id)
    path = f"/orders/{room.order.number}/refund"
    assert path in me.get(f"/orders/{room.order.number}?lang=ja").text
    assert "までに着金する見込みです" in me.get(f"{path}?lang=ja").text
    assert "予定どおり" in said_after(me, path)
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = signed_in(app, runtime, make_customer(uow, "other@example.jp"))
    assert stranger.get(path).status_code == 404
    clock.advance(days=15)
    me = signed_in(app, runtime, room.shop.customer_id)
    assert "着金する見込みでした" in me.get(f"{path}?lang=ja").text
    assert "受付番号" in said_after(me, path)
    with runtime.database.reading() as connection:
        found = case_queries.open_of_order(connection, room.order.id, "refund")
    assert found is not None
    assert found.channel == "portal"
    # The same by program, which finds the case that is open.
    with runtime.unit_of_work(SYSTEM) as uow:
        _, secret = make_key(uow, "payments:read", "cases:work")
    program, news = app.test_client(), f"/v1/orders/{room.order.number}/refund-news"
    told = program.get(news, headers=bearer(secret)).json
    assert told is not None
    assert (told["needs_person"], told["refunds"][0]["stand"]) == (True, "overdue")
    assert told["refunds"][0]["amount"] == {"minor": 500, "currency": "JPY"}
    keyed = {**bearer(secret), "Idempotency-Key": "refund-news-1"}
    for _ in range(2):
        asked = program.post(news, json={}, headers=keyed)
        assert asked.status_code == 201
        assert asked.json is not None
        assert asked.json["case_number"] == found.number
    unknown = program.get("/v1/orders/A-99999/refund-news", headers=bearer(secret))
    assert unknown.status_code == 404


def said_after(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found is not None
    sent = client.post(path, data={"csrf_token": found.group(1)})
    assert sent.status_code == 303
    return str(client.get(f"{path}?lang=ja").text)
