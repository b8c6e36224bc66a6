"""Finding cases, and handling many: by keyboard, by words, by views that are kept."""

import pytest
from playwright.sync_api import expect

from cases.taxonomy import tags
from oms_service.access.states import Role
from tests.browser.journeys.looks import Look, chosen
from tests.browser.journeys.matters import (
    Matter,
    answers,
    case_now,
    colleague,
    is_open,
    lets_leave,
    matter,
    row_of,
    unfolds,
)
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk

AT_A_DESK = tuple(
    Look("desktop", language) for language in dict.fromkeys(one.language for one in chosen())
)


def listed(place: Place, *asked: Matter) -> None:
    """The inbox has taken them up."""
    ids = [one.case.id for one in asked]
    query = "SELECT count(*) FROM case_inbox WHERE case_id = ANY(:ids) AND customer_name <> ''"
    place.until(lambda: place.one(query, ids=ids) == len(ids))


@pytest.mark.parametrize("look", AT_A_DESK, ids=str)
def test_by_keyboard_alone_from_the_inbox_to_a_settled_case(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    two = [matter(place, walk.look, taken_by=agent) for _ in range(2)]
    listed(place, *two)
    walk.as_colleague(agent.id).opens("/desk")
    expect(walk.page.locator("[data-desk-case]")).to_have_count(2)
    presses = walk.did.presses
    walk.hits("j")
    walk.hits("j")
    expect(walk.page.locator("[data-desk-case]").nth(1)).to_be_focused()
    walk.hits("k")
    first = walk.page.locator("[data-desk-case]").first
    expect(first).to_be_focused()
    number = first.get_attribute("id").removeprefix("row-")  # type: ignore[union-attr]  # it has one
    asked = next(one for one in two if one.case.number == number)
    walk.hits("Enter")
    is_open(walk, asked.case)
    walk.hits("r")
    expect(walk.entry("Reply to the customer")).to_be_focused()
    words = walk.look.either("返金いたしました。", "We have paid it back.")
    walk.types(words)
    walk.hits("Control+Enter")
    expect(walk.page.locator(".is-leaving")).to_contain_text(words)
    lets_leave(place, asked)
    expect(walk.page.locator(".is-agent:not(.is-leaving)")).to_contain_text(words)
    walk.step("answered")
    walk.hits("Escape")
    walk.hits("e")
    sheet = walk.page.locator("#resolve")
    expect(sheet.locator("select").first).to_be_focused()
    # Escape folds it again, and the focus stays where it was.
    walk.hits("Escape")
    expect(sheet).not_to_have_attribute("open", "")
    expect(sheet.locator("summary")).to_be_focused()
    walk.hits("e")
    expect(sheet.locator("select").first).to_be_focused()
    walk.hits("ArrowDown")
    walk.hits("Tab")
    walk.types(walk.look.either("返金済み。", "Paid back."))
    walk.hits("Tab")
    walk.hits("Enter")
    walk.is_told("Resolved.")
    walk.step("settled")
    assert case_now(place, asked) == ("resolved", "answered", agent.id)
    assert answers(place, asked) == [words]
    assert walk.did.presses == presses


@pytest.mark.parametrize("look", AT_A_DESK, ids=str)
def test_a_case_opens_beside_the_list_which_stays(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    one, two = (matter(place, walk.look, taken_by=agent) for _ in range(2))
    listed(place, one, two)
    walk.as_colleague(agent.id).opens("/desk")
    walk.step("list")
    walk.presses(row_of(walk, one.case))
    is_open(walk, one.case)
    expect(walk.page).to_have_url(f"{place.house.url}{one.path}")
    expect(row_of(walk, one.case)).to_have_attribute("aria-current", "true")
    expect(row_of(walk, two.case)).to_be_visible()
    expect(walk.page.locator(".desk-aside")).to_contain_text(one.order.number)
    walk.step("beside")
    walk.presses(row_of(walk, two.case))
    is_open(walk, two.case)
    expect(row_of(walk, two.case)).to_have_attribute("aria-current", "true")
    walk.page.go_back()
    is_open(walk, one.case)
    walk.page.reload()
    is_open(walk, one.case)
    expect(row_of(walk, two.case)).to_be_visible()
    walk.hits("Escape")
    walk.hits("Escape")
    expect(walk.page.locator("[data-split-shown]")).to_have_count(0)
    expect(row_of(walk, one.case)).to_be_focused()
    walk.step("back-at-the-list")


def test_a_case_is_found_by_words_however_they_are_typed(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    mark = agent.handle
    words = walk.look.either(f"コーヒーミル{mark}の蓋が割れました。", f"The lid of {mark} broke.")
    asked = matter(place, walk.look, words=words, taken_by=agent)
    listed(place, asked)
    walk.as_colleague(agent.id).opens("/desk")
    typed = walk.look.either(f"ｺｰﾋｰﾐﾙ{mark}", mark.upper())
    field = walk.page.locator("#q")
    walk.fills(field, typed)
    walk.hits("Enter")
    expect(row_of(walk, asked.case)).to_be_visible()
    expect(row_of(walk, asked.case).locator("mark").first).to_be_visible()
    walk.step("found")
    walk.fills(walk.page.locator("#q"), f"{mark}-nobody-wrote-this")
    walk.hits("Enter")
    expect(walk.page.get_by_text(walk.words("Nothing fits"))).to_be_visible()
    walk.step("nothing")
    # On a phone the views scroll sideways: the one at hand is in sight.
    walk.opens("/desk?view=resolved")
    expect(walk.page.locator(".tab[aria-current]")).to_be_in_viewport(ratio=1)


def test_a_view_is_kept_for_everybody(walk: Walk, place: Place) -> None:
    lead = colleague(place, walk.look, Role.LEAD, name=walk.look.either("高橋 凛", "Rin Mori"))
    agent = colleague(place, walk.look)
    asked, other_case = (matter(place, walk.look, taken_by=agent) for _ in range(2))
    tag = f"vip-{lead.handle}"
    with place.work() as uow:
        tags.put(uow, asked.case.id, tag)
    listed(place, asked, other_case)
    tagged = "SELECT tags <> '{}' FROM case_inbox WHERE case_id = :id"
    place.until(lambda: place.one(tagged, id=asked.case.id))
    walk.as_colleague(lead.id).opens("/desk?view=open")
    unfolds(walk, "Narrow down and sort")
    walk.chooses(walk.page.get_by_label(walk.words("Tag"), exact=True), label=tag)
    walk.presses(walk.button("Show these"))
    expect(walk.page.locator("[data-desk-case]")).to_have_count(1)
    expect(row_of(walk, asked.case)).to_be_visible()
    walk.step("narrowed")
    unfolds(walk, "Narrow down and sort")
    walk.fills(walk.entry("Keep what is shown as a view called"), tag)
    walk.ticks(walk.named("checkbox", "For everybody", exact=False))
    walk.presses(walk.button("Keep the view"))
    expect(walk.page.locator(".tab[aria-current]")).to_contain_text(tag)
    walk.step("kept")
    kept = "SELECT is_shared, owner_id FROM case_views WHERE name = :name"
    assert place.rows(kept, name=tag) == [(True, lead.id)]
    other = walk.another("colleague").as_colleague(agent.id)
    other.opens("/desk")
    other.presses(other.page.locator(".tab", has_text=tag))
    expect(other.page.locator("[data-desk-case]")).to_have_count(1)
    other.step("used")
    walk.opens("/desk/views")
    card = walk.page.locator("section.card").filter(has_text=tag)
    walk.presses(card.locator("summary"))
    walk.presses(card.get_by_role("button", name=walk.words("Take it away")))
    walk.presses(walk.button("Take the view away"))
    walk.until(lambda: place.rows(kept, name=tag) == [])


def test_many_are_ticked_and_settled_at_once(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    all_three = [matter(place, walk.look, taken_by=agent) for _ in range(3)]
    listed(place, *all_three)
    walk.as_colleague(agent.id).opens("/desk")
    expect(walk.page.locator("[data-desk-case]")).to_have_count(3)
    for one in all_three[:2]:
        walk.presses(walk.page.locator(f".inbox-tick:has(#pick-{one.case.number})"))
    expect(walk.page.locator("[data-inbox-bar]")).to_contain_text(
        walk.words("%(count)s ticked", count=2)
    )
    # A list that refreshes itself forgets nothing.
    walk.page.locator("#desk-list").evaluate("list => list.dispatchEvent(new CustomEvent('live'))")
    expect(walk.page.locator("[data-inbox-tick]:checked")).to_have_count(2)
    walk.step("ticked")
    walk.chooses(walk.entry("What to do with the ticked cases"), "resolve")
    walk.presses(walk.button("Look at it first"))
    expect(walk.page.locator("h1")).to_contain_text("2")
    walk.step("preview")
    assert [case_now(place, one)[0] for one in all_three] == ["open"] * 3
    walk.chooses(walk.entry("How they ended"), "answered")
    walk.presses(walk.page.locator("form[action$='/start'] button").first)
    walk.until(lambda: [case_now(place, one)[0] for one in all_three[:2]] == ["resolved"] * 2)
    assert case_now(place, all_three[2])[0] == "open"
    expect(walk.page.locator("main")).to_contain_text(
        walk.words("%(done)s of %(total)s done", done=2, total=2)
    )
    walk.step("done")
    walk.opens(all_three[0].path)
    walk.presses(walk.button("Open it again"))
    walk.is_told("Open again.")
    assert case_now(place, all_three[0])[0] == "open"


def test_a_case_is_sorted_anew_and_tagged(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    unfolds(walk, "Reason, priority, queue")
    walk.chooses(walk.page.locator("#set_reason"), "damaged")
    walk.chooses(walk.page.locator("#set_priority"), "urgent")
    walk.step("chosen")
    walk.presses(walk.page.locator("#sort form button"))
    sorted_so = "SELECT reason, priority FROM cases WHERE id = :id"
    walk.until(lambda: place.rows(sorted_so, id=asked.case.id) == [("damaged", "urgent")])
    unfolds(walk, "Tags")
    tag = f"tag-{agent.handle}"
    walk.fills(walk.page.locator("#tag"), tag)
    walk.presses(walk.button("Put it on"))
    tagged = "SELECT tags::text FROM case_inbox WHERE case_id = :id"
    walk.until(lambda: place.one(tagged, id=asked.case.id) != "{}")
    walk.opens("/desk")
    expect(row_of(walk, asked.case)).to_contain_text(f"#{tag}")
    walk.step("in-the-inbox")


def test_a_case_is_given_to_a_colleague(walk: Walk, place: Place) -> None:
    lead = colleague(place, walk.look, Role.LEAD, name=walk.look.either("高橋 凛", "Rin Mori"))
    name = walk.look.either("佐藤 健", "Ken Sato")
    agent = colleague(place, walk.look, name=f"{name} {lead.handle}")
    asked = matter(place, walk.look, taken_by=lead)
    walk.as_colleague(lead.id).opens(asked.path)
    walk.presses(walk.link("Assign…").first)
    sheet = walk.page.locator("#assign")
    walk.chooses(sheet.locator("select"), str(agent.id))
    walk.step("whom")
    walk.presses(walk.button("Give it to them"))
    walk.until(lambda: case_now(place, asked)[2] == agent.id)
    expect(walk.page.locator(".desk-head")).to_contain_text(agent.name)
    walk.step("given")
    other = walk.another("colleague").as_colleague(agent.id)
    listed(place, asked)
    other.opens("/desk")
    expect(row_of(other, asked.case)).to_be_visible()


def finds(walk: Walk, words: str) -> None:
    """Type into the palette; what is found for it is what Enter would open."""
    walk.types(words)
    expect(walk.page.locator("#palette-list [aria-selected=true]")).to_contain_text(words)


@pytest.mark.parametrize("look", AT_A_DESK, ids=str)
def test_the_palette_finds_a_case_an_order_and_a_page(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    listed(place, asked)
    walk.as_colleague(agent.id).opens("/desk")
    presses = walk.did.presses
    walk.hits("Control+k")
    expect(walk.page.locator("#palette-field")).to_be_focused()
    finds(walk, asked.case.number)
    walk.step("case")
    walk.hits("Enter")
    is_open(walk, asked.case)
    walk.hits("Control+k")
    finds(walk, asked.order.number)
    walk.step("order")
    walk.hits("Escape")
    expect(walk.page.locator("#palette")).to_be_hidden()
    walk.hits("Control+k")
    finds(walk, walk.words("Macros"))
    walk.step("page")
    walk.hits("Enter")
    walk.is_at("Macros")
    assert walk.did.presses == presses


def test_whoever_wrote_is_seen_whole(walk: Walk, place: Place) -> None:
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    walk.as_colleague(agent.id).opens(asked.path)
    walk.presses(walk.page.locator(".desk-person"))
    expect(walk.page.locator("h1")).to_contain_text(asked.person.name)
    expect(walk.page.locator("main")).to_contain_text(asked.order.number)
    expect(walk.page.locator("main")).to_contain_text(asked.case.number)
    expect(walk.page.locator("main")).to_contain_text(asked.person.mail)
    walk.step("customer")
    walk.presses(walk.page.locator("main").get_by_role("link", name=asked.case.number).first)
    is_open(walk, asked.case)
