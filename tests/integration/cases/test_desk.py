"""The desk without a browser: who sees what, what forms do, what a second press hears."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries, service
from cases.states import CaseState
from cases.together import linking
from cases.together.states import LinkKind
from cases.views import CaseView
from cases.writing import answering
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.infra.seats import FOR_COLLEAGUE
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat, make_return_case
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.queries import counted


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow)
    return made


@pytest.fixture
def waiting(runtime: Runtime, shop: Shop) -> CaseView:
    """A return that waits for a word, asked for in a chat."""
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m1", text="返品したいです")
        made = make_return_case(uow, shop, conversation_id=chat.id)
    drain(runtime)
    return made


def signed_in(app: Flask, mail: str = "aoi@desk.example") -> FlaskClient:
    client = app.test_client()
    sent = client.post(
        "/staff/sign-in",
        data={"mail": mail, "password": PASSWORD, "csrf_token": proof(client, "/staff/sign-in")},
    )
    assert sent.status_code == 303, sent.text
    return client


@pytest.fixture
def desk(app: Flask, shop: Shop) -> FlaskClient:
    return signed_in(app)


def proof(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def press(client: FlaskClient, case: CaseView, what: str, **values: object) -> tuple[int, str]:
    path = f"/desk/cases/{case.number}"
    token = proof(client, path)
    answer = client.post(f"{path}/{what}", data={"csrf_token": token, **values})
    if answer.status_code == 303:
        return 303, client.get(path).text
    return answer.status_code, answer.text


def read(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case.id)


def test_a_stranger_is_led_to_the_entrance(app: Flask, waiting: CaseView) -> None:
    answer = app.test_client().get(f"/desk/cases/{waiting.number}")
    assert answer.status_code == 303
    assert "/staff/sign-in" in answer.location


def test_the_inbox_finds_a_case_by_name_and_number_in_any_dress(
    runtime: Runtime, desk: FlaskClient, waiting: CaseView
) -> None:
    number = waiting.snapshot["number"]
    for typed in ("佐藤", "美咲", "佐藤美咲", number.lower(), f"＃{number}", waiting.number):
        page = desk.get("/desk", query_string={"view": "open", "q": typed}).text
        assert f'id="row-{waiting.number}"' in page, typed
    assert "見つかりません" in desk.get("/desk?view=open&q=nobody&lang=ja").text


def test_the_case_says_what_is_wanted_what_the_rule_says_and_what_to_press(
    desk: FlaskClient, waiting: CaseView
) -> None:
    page = desk.get(f"/desk/cases/{waiting.number}?lang=ja").text
    assert "ドリップコーヒー × 1" in page
    assert "この販売チャネルには返品条件がない" in page
    assert "返品を承認(返金 1,000円)" in page
    assert "返品したいです" in page


def test_what_stands_beside_a_case_folds_unless_there_is_something_to_see(
    runtime: Runtime, desk: FlaskClient, waiting: CaseView
) -> None:
    def box(label: str) -> str:
        page = desk.get(f"/desk/cases/{waiting.number}?lang=ja").text
        found = re.search(rf"<details class=\"card desk-box\"([^>]*)><summary><h2>{label}", page)
        assert found is not None
        return found.group(1)

    assert [box(one) for one in ("統合と分割", "メンバーと関連受付", "振り分け")] == ["", "", ""]
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow)
        linking.link(uow, waiting.id, other.id, kind=LinkKind.RELATED)
    assert [box(one) for one in ("統合と分割", "メンバーと関連受付")] == ["", " open"]


def test_both_pages_are_read_in_a_fixed_number_of_queries(
    runtime: Runtime, desk: FlaskClient, waiting: CaseView
) -> None:
    desk.get("/desk")  # counts what waits, for the navigation of the next seconds
    desk.get(f"/desk/cases/{waiting.number}")  # what the bell rang for is read by looking
    with counted(runtime.database) as first:
        desk.get("/desk?view=open")
    with counted(runtime.database) as case_first:
        desk.get(f"/desk/cases/{waiting.number}")
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(5):
            make_case(uow)
        for word in range(20):
            service.note(uow, waiting.id, f"note {word}")
    drain(runtime)
    desk.get("/desk")  # counted anew, should those seconds be over
    with counted(runtime.database) as then:
        desk.get("/desk?view=open")
    with counted(runtime.database) as case_then:
        desk.get(f"/desk/cases/{waiting.number}")
    assert len(then) == len(first) <= 10
    assert len(case_then) == len(case_first) <= 125


def test_approving_twice_is_refused_gently_with_the_name(
    runtime: Runtime, desk: FlaskClient, waiting: CaseView
) -> None:
    status, page = press(desk, waiting, "approve", version=read(runtime, waiting).version)
    assert status == 303
    assert "承認しました" in page
    status, page = press(desk, waiting, "approve", version=1)
    assert status == 303
    assert "田中 葵さんがすでに承認しています" in page


def test_a_refused_form_loses_nothing(
    runtime: Runtime, desk: FlaskClient, waiting: CaseView
) -> None:
    version = read(runtime, waiting).version
    status, page = press(
        desk, waiting, "resolve", code="", ending="お伝えしました", version=version
    )
    assert status == 422
    assert "結果を選んでください" in page
    assert "お伝えしました" in page
    status, page = press(
        desk, waiting, "resolve", code="answered", ending="お伝えしました", version=version - 1
    )
    assert status == 409
    assert "担当者がこの受付を変更しました" in page
    assert "お伝えしました" in page
    assert read(runtime, waiting).version == version


def test_a_reply_reaches_the_chat_and_a_note_does_not(
    runtime: Runtime, clock: StandingClock, desk: FlaskClient, waiting: CaseView
) -> None:
    press(desk, waiting, "note", note="要注意のお客様")
    press(desk, waiting, "reply", text="承りました。", form_id="abc")
    press(desk, waiting, "reply", text="承りました。", form_id="abc")
    clock.advance(seconds=10)
    with runtime.unit_of_work(SYSTEM) as uow:
        answering.send_due(uow)
    assert waiting.conversation_id is not None
    with runtime.database.reading() as connection:
        said = [m.text for m in conversations.thread(connection, waiting.conversation_id)]
    assert said == ["返品したいです", "承りました。"]


def test_the_case_says_what_the_customer_wrote_not_which_button_was_pressed(
    runtime: Runtime, shop: Shop, desk: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m1", text="A-10423 の領収書をください")
        talking.receive(uow, chat.id, key="m2", text="担当者につなぐ", extra={"choice": "yes"})
        case = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    page = desk.get(f"/desk/cases/{case.number}").text
    wanted = page[page.index('<q class="desk-asked"') : page.index("</q>")]
    assert wanted.endswith('<span class="nowrap">A-10423</span> の領収書をください')


def test_an_auditor_reads_and_presses_nothing(
    runtime: Runtime, app: Flask, waiting: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow, "auditor@desk.example", name="中村 恵", role=Role.AUDITOR)
    client = signed_in(app, "auditor@desk.example")
    assert waiting.number in client.get("/desk").text  # all cases: one's own there are never any
    page = client.get(f"/desk/cases/{waiting.number}").text
    assert "返品を承認" not in page
    status, _ = press(client, waiting, "approve", version=waiting.version)
    assert status == 403
    assert read(runtime, waiting).state is CaseState.NEW


def test_who_finds_no_seat_is_told_at_once_and_their_pages_go_on(
    app: Flask, desk: FlaskClient
) -> None:
    found = re.search(r'data-live="([^"]+)"', desk.get("/desk").text)
    assert found is not None
    path = found.group(1).replace("&amp;", "&")
    path = path[path.index("/desk/stream") :]
    open_ones = [app.test_client().get(path) for _ in range(FOR_COLLEAGUE)]
    assert {one.status_code for one in open_ones} == {200}
    refused = app.test_client().get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "15")
    allowed = [one.headers["Access-Control-Allow-Origin"] for one in (refused, open_ones[0])]
    assert allowed[0] == allowed[1]
    assert desk.get("/notices/bell").status_code == 200
    for one in open_ones:
        one.close()
    with app.test_client().get(path) as answer:
        assert answer.status_code == 200


def test_a_stream_wants_a_ticket_of_an_open_sign_in(app: Flask, desk: FlaskClient) -> None:
    page = desk.get("/desk").text
    found = re.search(r'data-live="([^"]+)"', page)
    assert found is not None
    path = found.group(1).replace("&amp;", "&")
    stranger = app.test_client()
    assert stranger.get("/desk/stream?ticket=forged").status_code == 401
    path = path[path.index("/desk/stream") :]
    with stranger.get(path) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
    desk.post("/staff/sign-out", data={"csrf_token": proof(desk, "/desk")})
    assert stranger.get(path).status_code == 401
