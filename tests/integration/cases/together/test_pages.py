"""The pages of tasks, news, links and merging: what stands there, what a press does."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries
from cases.merging import queries as merged
from cases.states import CaseState
from cases.together import queries as together
from cases.together.states import TaskState
from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.demo_accounts import PASSWORD as DEMO
from oms_service.access.states import Role, ScopeKind
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import PASSWORD, make_staff, post, sign_in

AOI = "aoi@desk.example"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow, AOI)
        make_staff(uow, Role.WAREHOUSE, mail="ken@shop.example", name="佐藤 健")
        make_staff(uow, Role.AUDITOR, mail="eye@shop.example", name="山本 監")
    return made


@pytest.fixture
def pair(runtime: Runtime, shop: Shop) -> tuple[CaseView, CaseView]:
    """Two matters of one order, each asked in a chat."""
    made = []
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
        for reason, words in (("damaged", "箱が潰れていました"), ("missing", "一つ足りません")):
            chat = make_chat(uow, customer_id=shop.customer_id)
            talking.receive(uow, chat.id, key=words, text=words)
            made.append(make_case(uow, order_id=order.id, reason=reason, conversation_id=chat.id))
    drain(runtime)
    return made[0], made[1]


@pytest.fixture
def browser(app: Flask, shop: Shop) -> FlaskClient:
    return signed_in(app, AOI)


def signed_in(app: Flask, mail: str) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, mail, DEMO if mail == AOI else PASSWORD).status_code == 303
    return client


def read(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case.id)


def page(browser: FlaskClient, path: str) -> str:
    shown = browser.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert shown.status_code == 200
    return shown.text


def fields(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to a path."""
    form = html.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_whom_a_note_may_call_is_found_by_the_beginning_of_a_name(
    app: Flask, runtime: Runtime, browser: FlaskClient, pair: tuple[CaseView, CaseView]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        limited = make_staff(uow, Role.AGENT, mail="yui@shop.example", name="佐藤 結衣")
        ids = runtime.scopes[ScopeKind.QUEUE](uow.session.connection())
        other = set(ids) - {pair[0].queue_id}
        staff.limit(uow, limited.id, queues=other, locations=[])
    path = f"/desk/cases/{pair[0].number}/colleagues"
    assert f'data-mentions="{path}"' in page(browser, f"/desk/cases/{pair[0].number}")
    found = page(browser, f"{path}?q=佐")
    assert "<html" not in found
    assert re.findall(r'data-call="([^"]+)"', found) == ["佐藤 健"]
    assert "Warehouse" in found
    assert re.findall(r'data-call="([^"]+)"', page(browser, f"{path}?q=田中")) == [], (
        "nobody calls themselves"
    )
    assert browser.get("/desk/cases/C-999999/colleagues?q=").status_code == 404
    assert browser.get(f"{path}?q=%00{'x' * 500}").status_code in {200, 400}
    reader = signed_in(app, "eye@shop.example")
    assert reader.get(f"{path}?q=佐").status_code == 403


def test_a_merge_is_offered_looked_at_done_and_undone(
    browser: FlaskClient, runtime: Runtime, pair: tuple[CaseView, CaseView]
) -> None:
    one, two = pair
    shown = page(browser, f"/desk/cases/{two.number}")
    assert "Probably the same:" in shown
    assert f"/desk/cases/{two.number}/merge?with={one.number}" in shown
    path = f"/desk/cases/{two.number}/merge"
    looked = page(browser, f"{path}?with={one.number}")
    assert "箱が潰れていました" in looked
    assert "一つ足りません" in looked
    form = {**fields(looked, path), "stays": one.number}
    done = post(browser, path, form)
    assert done.location == f"/desk/cases/{one.number}"
    assert read(runtime, two).merged_into_id == one.id
    assert post(browser, path, form).location == f"/desk/cases/{one.number}"
    both = page(browser, f"/desk/cases/{one.number}")
    assert "一つ足りません" in both
    assert f"Took in {two.number}" in both
    old = page(browser, f"/desk/cases/{two.number}")
    assert "This case is part of another one:" in old
    post(browser, f"/desk/cases/{two.number}/unmerge")
    assert read(runtime, two).state is CaseState.NEW
    post(browser, f"/desk/cases/{one.number}/not-same", {"with": two.number})
    assert "Probably the same:" not in page(browser, f"/desk/cases/{one.number}")


def test_what_cannot_be_merged_is_said_in_plain_words(
    browser: FlaskClient, pair: tuple[CaseView, CaseView]
) -> None:
    one, _two = pair
    path = f"/desk/cases/{one.number}/merge?lang=en&with="
    for typed in (one.number, "C-99999999999999999999", "x" * 300):
        refused = browser.get(path + typed)
        assert refused.status_code == 422
    assert browser.get(f"{path}%00").status_code == 400
    assert browser.get("/desk/cases/C-9/merge").status_code == 404
    assert post(browser, f"/desk/cases/{one.number}/unmerge").status_code == 404
    assert post(browser, f"/desk/cases/{one.number}/unsplit").status_code == 404


def test_messages_are_split_off_and_put_back_by_page(
    browser: FlaskClient, runtime: Runtime, pair: tuple[CaseView, CaseView]
) -> None:
    one, _two = pair
    path = f"/desk/cases/{one.number}/split"
    with runtime.database.reading() as connection:
        (message,) = merged.messages(connection, one.id)
    form = fields(page(browser, path), path)
    assert post(browser, path, {**form, "reason": "payment"}).status_code == 422
    assert post(browser, path, {**form, "messages": str(message.id)}).status_code == 422
    odd = {**form, "reason": "payment", "messages": "99999999999999999999999"}
    assert post(browser, path, odd).status_code == 422
    done = post(browser, path, {**form, "reason": "payment", "messages": str(message.id)})
    assert done.status_code == 303
    new = done.location.rpartition("/")[2]
    assert "箱が潰れていました" in page(browser, f"/desk/cases/{new}")
    assert f"Part of it became {new}" in page(browser, f"/desk/cases/{one.number}")
    back = post(browser, f"/desk/cases/{new}/unsplit")
    assert back.location == f"/desk/cases/{one.number}"


def test_the_warehouse_does_what_it_was_asked_and_the_case_says_so(
    app: Flask, browser: FlaskClient, runtime: Runtime, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    path = f"/desk/cases/{case.number}/ask"
    form = {**fields(page(browser, path), path), "team": "warehouse"}
    assert post(browser, path, {**form, "title": ""}).status_code == 422
    assert post(browser, path, {**form, "title": "x", "day": "0001-01-01"}).status_code == 422
    wish = {**form, "title": "棚Bを見る", "waits": "yes"}
    for _ in range(2):
        assert post(browser, path, wish).status_code == 303
    with runtime.database.reading() as connection:
        (task,) = together.of_case(connection, case.id)
    assert read(runtime, case).state is CaseState.WAITING_THIRD_PARTY
    ken = signed_in(app, "ken@shop.example")
    shown = page(ken, "/desk/tasks")
    assert "棚Bを見る" in shown
    assert case.number in shown
    finish = f"/desk/tasks/{task.number}/finish"
    assert post(ken, finish, {"remark": " "}).status_code == 422
    assert post(ken, finish, {"remark": "ありました"}).status_code == 303
    assert "ありました" in page(browser, f"/desk/cases/{case.number}")
    assert read(runtime, case).state is CaseState.OPEN
    assert "Take that back" in page(ken, "/desk/tasks?view=ended")
    post(ken, f"/desk/tasks/{task.number}/undo")
    with runtime.database.reading() as connection:
        assert together.task(connection, task.number).state is TaskState.DOING
    assert post(ken, f"/desk/tasks/{task.number}/explode").status_code == 404
    assert post(ken, "/desk/tasks/T-9/finish", {"remark": "x"}).status_code == 404


def test_tasks_of_others_do_not_exist_and_auditors_do_none(
    app: Flask, browser: FlaskClient, runtime: Runtime, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    path = f"/desk/cases/{case.number}/ask"
    post(browser, path, {"team": "finance", "title": "返金の確認", "key": "k"})
    with runtime.database.reading() as connection:
        (task,) = together.of_case(connection, case.id)
    ken = signed_in(app, "ken@shop.example")
    assert "返金の確認" not in page(ken, "/desk/tasks")
    assert post(ken, f"/desk/tasks/{task.number}/start").status_code == 404
    eye = signed_in(app, "eye@shop.example")
    assert eye.get("/desk/tasks").status_code == 403
    assert post(eye, path, {"team": "other", "title": "x"}).status_code == 403


def test_who_is_called_finds_it_under_for_me(
    app: Flask, browser: FlaskClient, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    post(browser, f"/desk/cases/{case.number}/note", {"note": "@佐藤 確認お願いします"})
    ken = signed_in(app, "ken@shop.example")
    shown = page(ken, "/desk/for-me")
    assert "You were called in a note" in shown
    assert "@佐藤 確認お願いします" in shown
    post(ken, "/desk/for-me/read", fields(shown, "/desk/for-me/read"))
    assert "Mark all as seen" not in page(ken, "/desk/for-me")
    assert post(ken, "/desk/for-me/read", {"up_to": "9" * 40}).status_code == 303
    assert ken.get("/desk/for-me?after=bogus").status_code == 422


def test_cases_are_linked_opened_from_one_another_and_watched(
    browser: FlaskClient, runtime: Runtime, pair: tuple[CaseView, CaseView]
) -> None:
    one, two = pair
    here = f"/desk/cases/{one.number}"
    assert post(browser, f"{here}/links", {"to": "nothing", "kind": "related"}).status_code == 422
    assert post(browser, f"{here}/links", {"to": two.number, "kind": "x"}).status_code == 422
    post(browser, f"{here}/links", {"to": two.number, "kind": "blocks"})
    assert "Has to be settled before" in page(browser, here)
    assert f"Waits for {one.number}" in page(browser, f"/desk/cases/{two.number}")
    settle = {"code": "answered", "ending": "済み"}
    refused = post(browser, f"/desk/cases/{two.number}/resolve", settle)
    assert refused.status_code == 422
    assert "despite" in refused.text
    unlink = {"other": two.number, "kind": "blocks", "is_from": "yes"}
    post(browser, f"{here}/unlink", unlink)
    assert post(browser, f"{here}/child", {"reason": "nothing"}).status_code == 422
    made = post(browser, f"{here}/child", {"reason": "payment", "key": "k", "blocks": "yes"})
    child = made.location.rpartition("/")[2]
    assert "Opened from" in page(browser, f"/desk/cases/{child}")
    assert "this case waits for it" in page(browser, here)
    post(browser, f"{here}/watch", {"watch": "yes"})
    assert "Watched by 田中 葵" in page(browser, here)
    post(browser, f"{here}/watch", {"watch": "no"})
    assert "Nobody watches this case." in page(browser, here)
