"""Answering customers, together with colleagues: an answer leaves once, and notes stay inside."""

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.kernel import actors
from oms_service.kernel.languages import Language
from tests.browser.conftest import accessibility_faults
from tests.browser.journeys.looks import DESKTOP_EN
from tests.browser.journeys.matters import (
    answers,
    case_now,
    colleague,
    is_open,
    lets_leave,
    matter,
    own_queue,
    settles,
    unfolds,
    writes,
)
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk

PENDING = "SELECT state FROM case_pending_replies WHERE case_id = :id ORDER BY id"


def test_the_next_case_is_taken_and_answered(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look)
    routed = "SELECT count(*) FROM case_routes WHERE case_id = :id"
    place.until(lambda: place.one(routed, id=asked.case.id))
    with place.work() as uow:
        queue = own_queue(uow, agent)
        # Whatever else has come up in the house is less urgent.
        move = """
            UPDATE cases SET priority = 'urgent', queue_id = (SELECT id FROM queues WHERE code = :q)
            WHERE id = :id
        """
        uow.session.execute(text(move), {"q": queue, "id": asked.case.id})
    walk.as_colleague(agent.id).opens("/desk")
    walk.step("inbox")
    walk.presses(walk.button("Take the next case").first)
    walk.is_told("It is yours now.")
    is_open(walk, asked.case)
    expect(walk.page.locator(".is-customer")).to_contain_text(asked.words)
    assert case_now(place, asked) == ("open", "", agent.id)
    words = walk.look.either("お詫びいたします。返金いたします。", "We are sorry and pay it back.")
    walk.fills(walk.entry("Reply to the customer"), words)
    walk.step("written")
    walk.presses(walk.button("Send in the chat"))
    expect(walk.page.locator(".is-leaving")).to_contain_text(words)
    lets_leave(place, asked)
    expect(walk.page.locator(".is-agent:not(.is-leaving)")).to_contain_text(words)
    walk.step("sent")
    assert answers(place, asked) == [words]
    assert place.one("SELECT first_reply_at FROM cases WHERE id = :id", id=asked.case.id)


def test_an_answer_is_undone_and_then_leaves_once(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    words = walk.look.either("確認いたしました。", "We have seen it.")
    box = walk.entry("Reply to the customer")
    walk.fills(box, words)
    walk.hits("Control+Enter")
    expect(walk.page.locator(".is-leaving")).to_contain_text(words)
    walk.step("leaving")
    walk.presses(walk.page.locator("[data-desk-undo] button"))
    expect(box).to_have_value(words)
    expect(walk.page.locator(".is-leaving")).to_have_count(0)
    walk.step("undone")
    assert [row[0] for row in place.rows(PENDING, id=asked.case.id)] == ["undone"]
    assert answers(place, asked) == []
    better = walk.look.either(
        "確認いたしました。交換いたします。", "We have seen it and send another."
    )
    walk.fills(box, better)
    walk.presses(walk.button("Send in the chat"))
    expect(walk.page.locator(".is-leaving")).to_contain_text(better)
    lets_leave(place, asked)
    expect(walk.page.locator(".is-agent:not(.is-leaving)")).to_contain_text(better)
    expect(box).to_have_value("")
    walk.step("sent")
    assert answers(place, asked) == [better]
    assert [row[0] for row in place.rows(PENDING, id=asked.case.id)] == ["undone", "sent"]


def test_a_macro_is_written_and_answers_in_the_language_of_the_customer(
    walk: Walk, place: Place
) -> None:
    lead = colleague(place, walk.look, Role.LEAD, name=walk.look.either("高橋 凛", "Rin Mori"))
    theirs = Language(walk.look.either("en", "ja"))
    asked = matter(place, walk.look, taken_by=lead, language=theirs)
    title = f"{walk.look.either('お詫び', 'Apology')} {lead.handle}"
    walk.as_colleague(lead.id).opens("/desk/macros")
    walk.presses(walk.link("Write a macro"))
    walk.fills(walk.entry("Title, Japanese"), title)
    walk.fills(walk.entry("Text, Japanese"), f"お詫びいたします。{lead.handle}")
    walk.fills(walk.entry("Title, English"), title)
    walk.fills(walk.entry("Text, English"), f"We are sorry. {lead.handle}")
    walk.fills(walk.entry("Case number"), asked.case.number)
    walk.presses(walk.button("Show it in this case"))
    said = {"en": f"We are sorry. {lead.handle}", "ja": f"お詫びいたします。{lead.handle}"}[theirs]
    expect(walk.page.locator(".macro-preview")).to_have_text(said)
    walk.step("preview")
    walk.presses(walk.button("Save the macro"))
    walk.is_told("The macro is there. Find it beside the box for the reply.")
    walk.opens(asked.path)
    walk.chooses(walk.entry("Macro"), label=title)
    walk.presses(walk.button("Put into the box").last)
    expect(walk.entry("Reply to the customer")).to_have_value(said)
    walk.step("in-the-box")
    walk.presses(walk.button("Send in the chat"))
    expect(walk.page.locator(".is-leaving")).to_contain_text(said)
    lets_leave(place, asked)
    expect(walk.page.locator(".is-agent:not(.is-leaving)")).to_contain_text(said)
    assert answers(place, asked) == [said]
    used = "SELECT count(*) FROM case_macro_uses WHERE case_id = :id"
    assert place.one(used, id=asked.case.id) == 1


def test_whom_a_note_calls_is_found_while_the_name_is_typed(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    name = walk.look.either("樋口 円", "Quentin Quill")
    called = colleague(place, walk.look, name=name)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    note = walk.entry("Internal note")
    note.press_sequentially(walk.look.either("お願いします @樋", "Please look @que"))
    option = walk.page.get_by_role("option", name=name)
    expect(option).to_have_attribute("aria-selected", "true")
    assert accessibility_faults(walk.page) == []
    walk.step("found")
    walk.page.keyboard.press("Escape")
    expect(option).to_have_count(0)
    expect(note).to_be_focused()
    note.press_sequentially(walk.look.either("口", "n"))
    expect(option).to_be_visible()
    walk.page.keyboard.press("ArrowDown")
    walk.page.keyboard.press("Enter")
    expect(note).to_have_value(walk.look.either(f"お願いします @{name} ", f"Please look @{name} "))
    expect(option).to_have_count(0)
    walk.presses(walk.button("Save the note"))
    walk.is_told("Noted. Only colleagues see it.")
    news = "SELECT count(*) FROM case_news WHERE staff_id = :who AND case_id = :id"
    walk.until(lambda: place.one(news, who=called.id, id=asked.case.id) == 1)


def test_a_note_calls_a_colleague_and_never_reaches_the_customer(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    called = colleague(place, walk.look, name=walk.look.either("佐藤 健", "Ken Sato"))
    asked = matter(place, walk.look, taken_by=agent)
    words = f"@{called.handle} " + walk.look.either("見てもらえますか。", "Could you look at it?")
    walk.as_colleague(agent.id).opens(asked.path)
    walk.fills(walk.entry("Internal note"), words)
    walk.presses(walk.button("Save the note"))
    walk.is_told("Noted. Only colleagues see it.")
    expect(walk.page.locator(".is-note")).to_contain_text(words)
    walk.step("noted")
    news = "SELECT read_at IS NOT NULL FROM case_news WHERE staff_id = :who AND case_id = :id"
    walk.until(lambda: place.rows(news, who=called.id, id=asked.case.id))
    other = walk.another("colleague").as_colleague(called.id)
    other.opens("/desk/for-me")
    expect(other.page.locator(".desk-list")).to_contain_text(asked.case.number)
    other.step("called")
    other.presses(other.button("Seen").first)
    expect(other.button("Seen")).to_have_count(0)
    assert place.rows(news, who=called.id, id=asked.case.id) == [(True,)]
    assert answers(place, asked) == []


def test_two_at_one_case_see_each_other_and_do_not_both_answer(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    other_agent = colleague(place, walk.look, name=walk.look.either("佐藤 健", "Ken Sato"))
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    other = walk.another("second").as_colleague(other_agent.id)
    other.opens(asked.path)
    expect(other.page.locator("#case-here")).to_contain_text(agent.name)
    mine = walk.look.either("返金いたします。", "We pay it back.")
    theirs = other.look.either("交換いたします。", "We send another.")
    other.fills(other.entry("Reply to the customer"), theirs)
    other.step("both-write")
    walk.fills(walk.entry("Reply to the customer"), mine)
    walk.presses(walk.button("Send in the chat"))
    expect(other.page.locator(".is-leaving")).to_contain_text(mine)
    lets_leave(place, asked)
    expect(other.page.locator(".is-agent:not(.is-leaving)")).to_contain_text(mine)
    other.presses(other.button("Send in the chat"))
    expect(other.page.get_by_role("alert")).to_contain_text(
        other.words("Something came while you were writing. Send it all the same?")
    )
    expect(other.entry("Reply to the customer")).to_have_value(theirs)
    other.step("held-back")
    assert answers(place, asked) == [mine]
    assert [row[0] for row in place.rows(PENDING, id=asked.case.id)] == ["sent"]


def test_a_snoozed_case_comes_back_when_its_customer_writes(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    walk.presses(walk.link("Snooze…").first)
    walk.presses(walk.button("Tomorrow morning"))
    walk.until(lambda: case_now(place, asked)[0] == "snoozed")
    expect(walk.button("Work on it again")).to_be_visible()
    walk.step("snoozed")
    until = "SELECT snoozed_until > now() FROM cases WHERE id = :id"
    assert place.one(until, id=asked.case.id) is True
    draft = walk.look.either("下書き", "A draft")
    walk.fills(walk.entry("Reply to the customer"), draft)
    words = walk.look.either("まだでしょうか。", "Is there any news?")
    writes(place, asked, words)
    walk.until(lambda: case_now(place, asked)[0] == "open")
    expect(walk.page.locator(".is-customer").last).to_contain_text(words)
    expect(walk.entry("Reply to the customer")).to_have_value(draft)
    walk.step("back")
    assert case_now(place, asked) == ("open", "", agent.id)


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_what_is_typed_while_a_press_is_answered_stays(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    held: list[Route] = []
    walk.page.route("**/snooze", lambda route: held.append(route))  # noqa: PLW0108 - it takes no built-in
    walk.presses(walk.link("Snooze…").first)
    walk.presses(walk.button("Tomorrow morning"))
    box = walk.entry("Reply to the customer")
    walk.fills(box, "Meanwhile")
    walk.until(lambda: walk.page.title() and held)
    held[0].continue_()
    expect(walk.button("Work on it again")).to_be_visible()
    expect(box).to_have_value("Meanwhile")
    expect(box).to_be_focused()
    walk.types(", more")
    expect(box).to_have_value("Meanwhile, more")
    kept = "SELECT text FROM case_drafts WHERE case_id = :id"
    walk.until(lambda: place.one(kept, id=asked.case.id) == "Meanwhile, more")


def test_a_case_is_resolved_and_opened_again(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    walk.presses(walk.link("Resolve…").first)
    walk.presses(walk.page.locator("#resolve").get_by_role("button").last)
    assert case_now(place, asked)[0] == "open"
    walk.step("how-did-it-end")
    sheet = walk.page.locator("#resolve")
    walk.chooses(sheet.locator("select").first, label=walk.words("Question answered"))
    walk.fills(sheet.locator("textarea"), walk.look.either("返金済み。", "Paid back."))
    walk.presses(sheet.get_by_role("button").last)
    walk.is_told("Resolved.")
    walk.step("resolved")
    assert case_now(place, asked) == ("resolved", "answered", agent.id)
    walk.presses(walk.button("Open it again"))
    walk.is_told("Open again.")
    walk.step("open-again")
    assert case_now(place, asked) == ("open", "", agent.id)


def test_a_matter_of_its_own_is_split_off_and_taken_back_in(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    words = walk.look.either("別件で、領収書もください。", "Besides, I need a receipt.")
    writes(place, asked, words)
    walk.as_colleague(agent.id).opens(f"{asked.path}/split")
    walk.ticks(walk.page.locator("#messages input").last)
    walk.chooses(walk.entry("Reason of the new case"), "damaged")
    walk.step("chosen")
    walk.presses(walk.button("Split it off"))
    walk.is_told("Split. This is the new case.")
    expect(walk.page.locator(".is-customer")).to_have_count(1)
    expect(walk.page.locator(".is-customer")).to_contain_text(words)
    walk.step("split")
    apart = "SELECT count(*) FROM cases WHERE customer_id = :id AND merged_into_id IS NULL"
    assert place.one(apart, id=asked.person.id) == 2
    back = walk.words("Put it back into %(number)s", number=asked.case.number)
    unfolded = walk.page.get_by_role("button", name=back)
    if not unfolded.is_visible():
        walk.presses(walk.page.locator("details:has(form[action$='/unsplit']) summary").first)
    walk.presses(unfolded)
    walk.is_told("Put back. This case holds everything again.")
    expect(walk.page.locator(".is-customer")).to_have_count(2)
    assert place.one(apart, id=asked.person.id) == 1


def test_two_cases_about_one_matter_become_one_and_two_again(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    one = matter(place, walk.look, taken_by=agent)
    two = matter(place, walk.look, taken_by=agent, person=one.person)
    walk.as_colleague(agent.id).opens(f"{one.path}/merge?with={two.case.number}")
    walk.step("side-by-side")
    walk.presses(walk.button("Merge them"))
    walk.is_told("Merged. This case stands for both now.")
    is_open(walk, one.case)
    walk.step("merged")
    merged = "SELECT merged_into_id FROM cases WHERE id = :id"
    assert place.one(merged, id=two.case.id) == one.case.id
    assert case_now(place, two)[0] == "closed"
    again = walk.button("Take %(number)s out again", number=two.case.number)
    expect(again).to_be_visible()
    walk.presses(again)
    walk.is_told("Put back. The case stands for itself again.")
    walk.step("apart")
    assert place.one(merged, id=two.case.id) is None
    assert case_now(place, two)[0] == "open"


def test_another_team_is_asked_and_its_answer_brings_the_case_back(
    walk: Walk, place: Place
) -> None:
    agent = colleague(place, walk.look)
    picker = colleague(
        place, walk.look, Role.WAREHOUSE, name=walk.look.either("伊藤 翔", "Sho Ito")
    )
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(f"{asked.path}/ask")
    title = walk.look.either("棚Bを見る", "Look on shelf B") + f" {agent.handle}"
    walk.fills(walk.entry("What to do"), title)
    walk.ticks(walk.named("checkbox", "The case waits for it", exact=False))
    walk.step("asking")
    walk.presses(walk.button("Ask them"))
    walk.is_told("Asked. It stands in their list of tasks.")
    assert case_now(place, asked)[0] == "waiting_third_party"
    other = walk.another("warehouse").as_colleague(picker.id)
    other.opens("/desk/tasks")
    task = other.page.locator(".card, li, article").filter(has_text=title).last
    expect(task).to_be_visible()
    other.step("tasks")
    number = place.one("SELECT number FROM case_tasks WHERE case_id = :id", id=asked.case.id)
    other.presses(other.page.locator(f"form[action*='{number}'][action$='/start'] button"))
    details = other.page.locator(f"details:has(#remark-{number})")
    if details.get_attribute("open") is None:
        other.presses(details.locator("summary"))
    remark = walk.look.either("ありました", "Found it")
    other.fills(other.page.locator(f"#remark-{number}"), remark)
    other.presses(details.get_by_role("button").first)
    walk.until(lambda: case_now(place, asked)[0] == "open")
    walk.opens(asked.path)
    expect(walk.page.locator("main")).to_contain_text(remark)
    walk.step("back")
    done = "SELECT state FROM case_tasks WHERE case_id = :id"
    assert place.one(done, id=asked.case.id) == "done"


def test_a_promise_is_kept_in_sight(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    unfolds(walk, "Promise an answer")
    sheet = walk.page.locator("#promise")
    day = place.one("SELECT to_char(now() + interval '3 days', 'YYYY-MM-DD')")
    walk.fills(sheet.locator("#day"), day)
    walk.fills(sheet.locator("#time"), "12:00")
    walk.step("when")
    walk.presses(walk.button("Note the promise"))
    walk.is_told("Noted. You will be reminded in time.")
    promised = "SELECT actor FROM case_entries WHERE case_id = :id AND kind = 'promised'"
    assert place.one(promised, id=asked.case.id) == actors.staff(agent.id).ref
    settles(place)
    walk.page.reload()
    due = walk.words("Answer promised by: %(when)s", when="|").partition("|")[0].strip()
    expect(walk.page.locator(".desk-head")).to_contain_text(due)
    walk.step("noted")
