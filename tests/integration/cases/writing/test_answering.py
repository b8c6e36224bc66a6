"""Answers at the desk: a moment to undo, sent once, with what macros do."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from cases import queries, service
from cases.states import CaseState, EntryKind, Priority
from cases.views import CaseView
from cases.writing import answering
from cases.writing import queries as writing
from cases.writing.states import ReplyState
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.shop import Shop
from tests.fakes.clock import StandingClock
from tests.integration.cases.writing.conftest import AOI, Desk, now, said

TEXT = "本日お届けの予定です。"


def leave(runtime: Runtime) -> int:
    """Let the sweep run until nothing is due; how many answers it took up."""
    count = 0
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            if not answering.send_due(uow):
                return count
        count += 1


def field(page: str, name: str) -> str:
    form = page[page.index('id="reply-form"') :]
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    assert found is not None
    return found.group(1)


def box(page: str) -> str:
    found = re.search(r"<textarea[^>]* name=\"text\"[^>]*>([^<]*)</textarea>", page)
    assert found is not None
    return found.group(1)


def only_reply(runtime: Runtime, case: CaseView) -> int:
    with runtime.database.reading() as connection:
        (one,) = writing.leaving(connection, case.id)
    return one.id


def test_an_answer_waits_its_seconds_and_leaves_once(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    form = field(aoi.page(case), "form_id")
    for _ in range(2):
        status, page = aoi.press(case, "reply", text=TEXT, form_id=form, asks="yes")
        assert status == 303
    assert "あと10秒で送信" in page
    assert "あと10秒で送信" in lead.page(case)  # whoever looks sees it
    clock.advance(seconds=9)
    assert leave(runtime) == 0
    waits = now(runtime, case)
    assert (said(runtime, case), waits.first_reply_at, waits.state) == ([], None, CaseState.NEW)
    clock.advance(seconds=1)
    assert leave(runtime) == 1
    assert leave(runtime) == 0
    sent = now(runtime, case)
    assert said(runtime, case) == [TEXT]
    assert sent.state is CaseState.WAITING_CUSTOMER
    assert sent.first_reply_at == clock.now()  # counted when it left, not when it was pressed
    with runtime.database.reading() as connection:
        me = access.staff_by_mail(connection, AOI)
        replied = [
            one.actor
            for one in queries.entries(connection, case.id)
            if one.kind is EntryKind.REPLIED
        ]
    assert me is not None
    assert replied == [f"staff:{me.id}"]
    assert "秒で送信" not in aoi.page(case)


def test_undone_it_is_back_in_the_box_and_never_leaves(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    aoi.press(case, "reply", text=TEXT, form_id="one")
    reply_id = only_reply(runtime, case)
    aoi.press(case, "draft", text="それから")
    status, page = lead.press(case, f"replies/{reply_id}/undo")  # anybody who answers may
    assert status == 303
    assert "送信を取り消しました" in page
    status, page = aoi.press(case, f"replies/{reply_id}/undo")
    assert "すでに取り消されています" in page
    assert box(page) == f"{TEXT}\n\nそれから"
    assert field(page, "form_id") != "one"
    clock.advance(minutes=1)
    assert leave(runtime) == 0
    assert said(runtime, case) == []
    aoi.press(case, "reply", text=TEXT, form_id="two")
    clock.advance(minutes=1)
    leave(runtime)
    assert said(runtime, case) == [TEXT]
    assert box(aoi.page(case)) == ""
    reply_two = reply_id + 1
    assert "すでに送信されています" in aoi.press(case, f"replies/{reply_two}/undo")[1]
    assert aoi.press(case, "replies/999999/undo")[0] == 404


def test_an_answer_of_another_case_is_not_found_here(
    runtime: Runtime, case: CaseView, aoi: Desk
) -> None:
    aoi.press(case, "reply", text=TEXT, form_id="one")
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow)
    assert aoi.press(other, f"replies/{only_reply(runtime, case)}/undo")[0] == 404


def test_what_came_meanwhile_is_asked_about_and_nothing_is_lost(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    page = aoi.page(case)
    assert case.conversation_id is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        talking.receive(uow, case.conversation_id, key="m2", text="住所も変えたいです。")
    drain(runtime)
    lead.press(case, "note", note="住所変更は私が見ます。")
    status, asked = aoi.press(case, "reply", text=TEXT, form_id="one", seen=field(page, "seen"))
    assert status == 409
    for words in (
        "お客様から連絡がありました",
        "住所も変えたいです。",
        "高橋 健さんがメモを残しました",
    ):
        assert words in asked
    assert box(asked) == TEXT
    assert field(asked, "form_id") == "one"
    status, _ = aoi.press(case, "reply", text=TEXT, form_id="one", seen=field(asked, "seen"))
    assert status == 303
    # One's own note asks nothing; a colleague's answer that is about to leave does.
    status, asked = lead.press(
        case, "reply", text="私から", form_id="x", seen=field(lead.page(case), "seen")
    )
    assert status == 409
    assert "田中 葵さんが返信を送るところです" in asked


def test_resolving_lets_the_answer_leave_first(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk
) -> None:
    aoi.press(case, "reply", text=TEXT, form_id="one")
    version = now(runtime, case).version
    status, _ = aoi.press(
        case, "resolve", code="answered", ending="お伝えしました", version=version
    )
    assert (status, said(runtime, case)) == (303, [TEXT])
    assert now(runtime, case).state is CaseState.RESOLVED
    clock.advance(minutes=1)
    assert leave(runtime) == 0


def test_what_cannot_leave_comes_back_with_the_reason(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk
) -> None:
    aoi.press(case, "reply", text=TEXT, form_id="one")
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, case.id, code="recovered")
    clock.advance(seconds=10)
    assert leave(runtime) == 1
    assert said(runtime, case) == []
    with runtime.unit_of_work(SYSTEM) as uow:
        service.reopen(uow, case.id)
    page = aoi.page(case)
    assert "送信前に、この受付が解決済みになりました" in page
    assert box(page) == TEXT
    with runtime.database.reading() as connection:
        failed = [
            one.data["why"]
            for one in queries.entries(connection, case.id)
            if one.data.get("what") == "reply_failed"
        ]
    assert failed == ["already-done"]


def test_a_draft_comes_back_and_goes_with_the_answer(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    assert aoi.press(case, "draft", text="途中まで", form_id="one")[0] == 204
    assert box(aoi.page(case)) == "途中まで"
    assert box(lead.page(case)) == ""
    assert aoi.press(case, "draft", text="x" * 10_001, form_id="one")[0] == 422
    aoi.press(case, "reply", text="全部", form_id="one")
    assert aoi.press(case, "draft", text="途中まで", form_id="one")[0] == 204  # came in late
    assert box(aoi.page(case)) == ""
    aoi.press(case, "draft", text="次", form_id="two")
    aoi.press(case, "draft", text=" ", form_id="two")
    assert box(aoi.page(case)) == ""


def test_a_macro_fills_the_box_in_the_customers_words_and_acts_when_it_leaves(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk
) -> None:
    page = aoi.page(case)
    assert "確認してご連絡" in page
    status, page = aoi.press(case, "macro", macro="settled", text="お待たせしました。")
    assert status == 200
    words = box(page)
    assert words.startswith("お待たせしました。\n\n佐藤 美咲 様\n\nご連絡ありがとうございました。")
    assert "田中 葵" in words
    assert "解決: 質問に回答" in page or "解決:" in page
    assert now(runtime, case).state is CaseState.NEW
    aoi.press(case, "reply", text=words, form_id="one", macro="settled", action="resolve")
    assert now(runtime, case).state is CaseState.NEW
    clock.advance(seconds=10)
    leave(runtime)
    found = now(runtime, case)
    assert (found.state, found.resolution) == (CaseState.RESOLVED, "answered")
    with runtime.database.reading() as connection:
        macro = writing.macro(connection, "settled", staff_id=None)
        assert writing.uses(connection) == {macro.id: 1}


def test_a_macro_that_lacks_a_value_is_refused_in_words(
    runtime: Runtime, case: CaseView, aoi: Desk
) -> None:
    status, page = aoi.press(case, "macro", macro="return_refund", text="書きかけ")
    assert status == 422
    assert "返品番号" in page
    assert "返金額" in page
    assert box(page) == "書きかけ"
    assert aoi.press(case, "macro", macro="nothing")[0] == 422


def settled(runtime: Runtime, like: CaseView, words: str, ending: str, macro: str = "") -> None:
    """A settled case of the same reason, and of an order at the same stage."""
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=like.customer_id)
        talking.receive(uow, chat.id, key="m", text=words)
        one = make_case(uow, customer_id=like.customer_id, conversation_id=chat.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        found = writing.macro(uow.session, macro, staff_id=None) if macro else None
        answering.press(uow, one.id, "はい", key=f"{one.id}", wait=timedelta(0), macro=found)
        service.resolve(uow, one.id, code=ending)
    drain(runtime)


def test_a_case_says_what_to_do_next_and_why(runtime: Runtime, shop: Shop, aoi: Desk) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m", text="領収書の宛名を変えられますか")
        asked = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    drain(runtime)
    assert "おすすめ" not in aoi.page(asked)
    for _ in range(3):
        settled(runtime, asked, "領収書の宛名を変えたい", "handled", "any_news")
    for _ in range(8):
        settled(runtime, asked, "ポイントはつきますか", "answered", "settled")
    page = aoi.page(asked)
    # The three about receipts are among the ten most alike; of the others seven.
    assert "似た受付 10 件中 7 件で使われています" in page
    assert "似た受付 10 件中 3 件で使われています" in page
    assert "「その後の確認」で返信する" in page
    assert "似た受付 10 件中 7 件がこの結果でした" in page


@pytest.mark.parametrize("what", ["reply", "macro", "draft", "remind", "replies/1/undo"])
def test_who_only_reads_writes_nothing(
    runtime: Runtime, app: Flask, case: CaseView, what: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow, "auditor@desk.example", name="中村 恵", role=Role.AUDITOR)
    auditor = Desk(app, "auditor@desk.example")
    assert auditor.press(case, what, text="x", form_id="y")[0] == 403
    assert now(runtime, case).version == case.version


def test_who_else_is_here_and_who_types(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk, lead: Desk
) -> None:
    assert aoi.press(case, "here")[1].strip() == ""
    assert "田中 葵さんもこの受付を見ています" in lead.press(case, "here")[1]
    aoi.press(case, "draft", text="お", form_id="f")
    assert "田中 葵さんが入力中です" in lead.press(case, "here")[1]
    clock.advance(seconds=9)
    assert "田中 葵さんもこの受付を見ています" in lead.press(case, "here")[1]
    clock.advance(seconds=40)
    assert lead.press(case, "here")[1].strip() == ""


def test_sent_at_once_where_the_shop_wants_no_moment(runtime: Runtime, case: CaseView) -> None:
    with runtime.database.reading() as connection:
        me = access.staff_by_mail(connection, AOI)
    assert me is not None
    with runtime.unit_of_work(a_colleague(me.id)) as uow:
        sent = answering.press(uow, case.id, TEXT, key="k", wait=timedelta(0))
    assert sent.state is ReplyState.SENT
    assert (said(runtime, case), now(runtime, case).priority) == ([TEXT], Priority.NORMAL)
