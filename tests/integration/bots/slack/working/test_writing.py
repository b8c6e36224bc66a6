"""Writing from Slack: only the reply reaches the customer, once, and for a moment not yet."""

from sqlalchemy import select, update

from bots.slack import leaving
from bots.slack.models import SlackPost
from cases import queries as cases
from cases.writing import answering, macros
from cases.writing import queries as writing
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from tests.factories.files import a_pdf
from tests.slack_bench import Bench


def test_a_reply_leaves_in_a_moment_and_its_undo_goes_with_it(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    assert bench.agent.submit(text="明日お届けします。").status == 200
    assert bench.said(case) == []
    bench.bring()
    (told,) = bench.below(case)
    assert "Undo" in str(told["blocks"]) or "取り消" in str(told["blocks"])
    assert "明日" not in str(told)
    bench.leave()
    assert bench.said(case) == ["明日お届けします。"]
    bench.bring()
    (told,) = bench.below(case)
    assert "case:undo" not in str(told["blocks"])
    replied = bench.now(case)
    assert (str(replied.state), replied.assignee_id) == ("open", bench.staff.id)


def test_a_reply_is_undone_below_the_card_and_its_words_are_back(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    bench.agent.submit(text="Too soon.")
    bench.bring()
    (told,) = bench.below(case)
    undo = bench.agent.press(bench.channel, told["ts"], "case:undo")
    assert undo.status == 200
    assert bench.agent.post.again(undo).status == 200
    bench.leave()
    assert bench.said(case) == []
    bench.bring()
    (told,) = bench.below(case)
    assert "case:undo" not in str(told["blocks"])
    bench.press(case, "reply")
    assert "Too soon." in str(bench.agent.window["blocks"])


def test_files_of_a_reply_go_with_it_once_and_not_before_its_time(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    held = bench.files(("手順.pdf", a_pdf()))
    answer = bench.agent.submit(text="手順です。", files=held)
    assert bench.agent.post.again(answer).status == 200
    assert bench.count("attachments", "state = 'ready'") == 0
    bench.leave()
    bench.leave()
    assert bench.said(case) == ["手順です。"]
    assert bench.count("attachments", "state = 'ready' AND name = '手順.pdf'") == 1
    assert bench.count("attachments") == 1
    # The same file of Slack's may go to somebody else, too.
    other = bench.open()
    bench.press(other, "reply")
    bench.agent.submit(text="こちらです。", files=held)
    bench.leave()
    assert bench.count("attachments", "state = 'ready'") == 2


def test_a_file_that_is_not_taken_is_named_and_nothing_leaves(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    wrong = bench.agent.submit(text="手順です。", files=bench.files(("a.pdf", b"MZ\x90 a program")))
    assert "a.pdf" in wrong.json["errors"]["files"]
    bench.leave()
    assert bench.said(case) == []
    assert bench.count("case_pending_replies") == 0


def test_what_came_meanwhile_keeps_the_files_and_undone_they_stay(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        talking.receive(uow, case.conversation_id or 0, key="m9", text="住所が変わりました。")
    answer = bench.agent.submit(text="はい。", files=bench.files(("手順.pdf", a_pdf())))
    assert answer.json["response_action"] == "update"
    bench.agent.submit()
    assert bench.count("attachments") == 1
    bench.bring()
    (told,) = bench.below(case)
    bench.agent.press(bench.channel, told["ts"], "case:undo")
    bench.leave()
    assert bench.count("attachments", "state = 'uploaded'") == 1
    bench.bring()
    (told,) = bench.below(case)
    assert "chosen again" in str(told["blocks"]) or "選び直" in str(told["blocks"])
    assert bench.said(case) == []


def test_what_is_undone_on_the_desk_can_be_undone_here_no_more(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    bench.agent.submit(text="Too soon.")
    bench.bring()
    with bench.desk.runtime.unit_of_work(a_colleague(bench.staff.id)) as uow:
        (pending,) = writing.leaving(uow.session, case.id)
        answering.undo(uow, pending.id)
    (told,) = bench.below(case)
    bench.agent.press(bench.channel, told["ts"], "case:undo")
    assert "It is undone already." in bench.whispers()[0]
    bench.bring()
    (told,) = bench.below(case)
    assert "case:undo" not in str(told["blocks"])


def test_a_reply_can_leave_before_its_time(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    bench.agent.submit(text="At once.", asks=["yes"])
    bench.bring()
    (told,) = bench.below(case)
    bench.agent.press(bench.channel, told["ts"], "case:send")
    assert bench.said(case) == ["At once."]
    assert str(bench.now(case).state) == "waiting_customer"


def test_what_told_of_answers_goes_in_time_and_never_what_may_still_be_in_doubt(
    bench: Bench,
) -> None:
    case = bench.open()
    for number in range(3):
        bench.press(case, "reply")
        bench.agent.submit(text=f"No {number}.")
        bench.leave()
        bench.bring()
    told = "kind = 'told'"
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        ids = sorted(uow.session.scalars(select(SlackPost.id).where(SlackPost.kind == "told")))
        doubtful, waiting, _over = ids
        of = update(SlackPost).where
        uow.session.execute(of(SlackPost.id == doubtful).values(begun_at=uow.now))
        uow.session.execute(of(SlackPost.id == waiting).values(state="waiting"))
    others = bench.count("slack_posts", "kind <> 'told'")
    bench.desk.clock.advance(days=89)
    for days, left in ((0, 3), (2, 2)):
        bench.desk.clock.advance(days=days)
        with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
            assert leaving.forget_old(uow) == 3 - left
        assert bench.count("slack_posts", told) == left
    assert bench.count("slack_posts", "kind <> 'told'") == others > 0


def test_a_form_that_slack_sends_again_is_one_answer(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    answer = bench.agent.submit(text="Once.")
    for count in (1, 2):
        assert bench.agent.post.again(answer, count=count).status == 200
    bench.leave()
    bench.leave()
    assert bench.said(case) == ["Once."]
    assert bench.count("slack_heard", "what = 'case:reply'") == 1


def test_what_came_meanwhile_is_shown_first_and_the_words_stay(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "reply")
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        talking.receive(uow, case.conversation_id or 0, key="m9", text="住所が変わりました。")
    answer = bench.agent.submit(text="It is on its way.")
    assert answer.json["response_action"] == "update"
    assert "住所が変わりました。" in str(bench.agent.window["blocks"])
    assert bench.count("case_pending_replies") == 0
    assert bench.agent.submit().status == 200
    bench.leave()
    assert bench.said(case) == ["It is on its way."]


def test_a_question_waits_for_the_customer(bench: Bench) -> None:
    case = bench.open()
    bench.choose(case, "ask")
    bench.agent.submit(text="どの商品でしょうか。")
    bench.leave()
    assert bench.said(case) == ["どの商品でしょうか。"]
    assert str(bench.now(case).state) == "waiting_customer"


def test_a_macro_is_put_behind_what_stands_there_and_sends_nothing(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        wish = macros.Wish(
            title={"ja": "お詫び", "en": "Sorry"},
            body={"ja": "{{case_number}} の件、失礼いたしました。", "en": "Sorry."},
        )
        macros.add(uow, wish, owner_id=None, code="sorry")
    case = bench.open()
    bench.press(case, "reply")
    bench.agent.press_in_window("macro", choose="sorry", said={"text": "こんにちは。"})
    assert bench.said(case) == []
    assert bench.agent.submit().status == 200
    bench.leave()
    assert bench.said(case) == [f"こんにちは。\n\n{case.number} の件、失礼いたしました。"]


def test_a_macro_that_lacks_what_it_says_is_refused_by_name(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        wish = macros.Wish(title={"ja": "到着"}, body={"ja": "{{eta}} に届きます。"})
        macros.add(uow, wish, owner_id=None, code="soon")
    case = bench.open()
    bench.press(case, "reply")
    bench.agent.press_in_window("macro", choose="soon", said={"text": "こんにちは。"})
    assert "This case lacks what the macro says" in str(bench.agent.window["blocks"])
    bench.agent.close()
    bench.agent.submit()
    bench.leave()
    assert bench.said(case) == ["こんにちは。"]


def test_a_note_is_for_colleagues_alone(bench: Bench) -> None:
    case = bench.open()
    bench.menu(case, "note")
    bench.agent.submit(note="The carrier lost it.")
    bench.leave()
    assert bench.said(case) == []
    with bench.desk.runtime.database.reading() as connection:
        entries = cases.entries(connection, case.id)
    assert [one.text for one in entries if str(one.kind) == "note"] == ["The carrier lost it."]


def test_nobody_undoes_an_answer_of_another_queue(bench: Bench) -> None:
    case = bench.open()
    other, staff = bench.colleague("Aya Abe", Role.AGENT)
    bench.limit(staff, but=case.queue_id)
    bench.press(case, "reply")
    bench.agent.submit(text="Mine.")
    bench.bring()
    (told,) = bench.below(case)
    other.press(bench.channel, told["ts"], "case:undo")
    assert bench.whispers(other) == ["There is no such case for you."]
    bench.leave()
    assert bench.said(case) == ["Mine."]
