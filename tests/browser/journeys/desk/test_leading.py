"""What leads look at, and what they say for everybody: figures, the board, queues, times."""

from playwright.sync_api import expect

from cases import service
from cases.after import queries as asked_of
from cases.after import surveys
from cases.after.views import SurveyView
from oms_service.access.states import Role
from oms_service.kernel import actors
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from tests.browser.journeys.matters import Colleague, colleague, matter, settles
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.afterwards import settle
from tests.factories.orders import make_order


def a_lead(walk: Walk, place: Place) -> Colleague:
    made = colleague(place, walk.look, Role.LEAD, name=walk.look.either("高橋 凛", "Rin Mori"))
    walk.as_colleague(made.id)
    return made


def test_the_live_board_follows_what_happens(walk: Walk, place: Place) -> None:
    a_lead(walk, place)
    walk.opens("/desk/board")
    tile = walk.page.locator(".board-tile").filter(has_text=walk.words("Opened today"))
    before = int(tile.locator(".figure").inner_text())
    walk.step("before")
    one = matter(place, walk.look)
    expect(tile.locator(".figure")).to_have_text(str(before + 1))
    expect(walk.page.locator("#board-late")).to_have_count(1)
    walk.step("after")
    opened = "SELECT count(*) FROM cases WHERE id = :id AND opened_at > now() - interval '1 hour'"
    assert place.one(opened, id=one.case.id) == 1


def test_figures_are_narrowed_split_and_taken_home(walk: Walk, place: Place) -> None:
    lead = a_lead(walk, place)
    agent = colleague(place, walk.look, name=f"葵 {lead.handle}")
    one = matter(place, walk.look, taken_by=agent, reason="damaged")
    with place.house.runtime.unit_of_work(actors.staff(agent.id)) as uow:
        service.reply(uow, one.case.id, "すぐに", key=f"report:{one.case.number}")
        service.resolve(uow, one.case.id, code="answered", note="done")
    counted = "SELECT first_resolved_at FROM case_facts WHERE case_id = :id"
    place.until(lambda: place.one(counted, id=one.case.id))
    walk.opens("/desk/reports")
    walk.step("overview")
    walk.presses(walk.page.locator("summary", has_text=walk.words("Narrow down")).first)
    walk.chooses(walk.entry("Reason"), "damaged")
    walk.presses(walk.button("Show"))
    expect(walk.page.locator("#every")).to_be_visible()
    walk.presses(walk.link("By colleague"))
    expect(walk.page.locator("#split")).to_contain_text(agent.name)
    walk.step("by-colleague")
    split = walk.page.locator("#split")
    name, content = walk.downloads(split.get_by_role("link", name=walk.words("Download as CSV")))
    assert name.endswith(".csv")
    assert agent.name in content.decode("utf-8-sig")


def test_a_queue_and_a_rule_are_made_and_tried(walk: Walk, place: Place) -> None:
    lead = a_lead(walk, place)
    agent = colleague(place, walk.look, name=f"健 {lead.handle}")
    tag = f"wholesale-{lead.handle}"
    walk.opens("/desk/routing/queues/new")
    walk.fills(walk.entry("Name in Japanese"), f"卸 {lead.handle}")
    walk.fills(walk.entry("Name in English"), f"Wholesale {lead.handle}")
    walk.ticks(walk.page.get_by_role("checkbox", name=agent.name))
    walk.step("queue")
    walk.presses(walk.button("Save"))
    walk.is_told("Saved.")
    queue = "SELECT id FROM queues WHERE name ->> 'en' = :name"
    queue_id = place.one(queue, name=f"Wholesale {lead.handle}")
    members = "SELECT staff_id FROM queue_members WHERE queue_id = :id"
    assert place.rows(members, id=queue_id) == [(agent.id,)]
    walk.opens("/desk/routing/rules/new")
    walk.fills(walk.entry("Name in Japanese"), f"卸 {lead.handle}")
    walk.fills(walk.entry("Name in English"), f"Wholesale {lead.handle}")
    walk.fills(walk.entry("Tags"), tag)
    words = walk.look.either(f"卸 {lead.handle}", f"Wholesale {lead.handle}")
    walk.chooses(walk.entry("Queue"), label=words)
    walk.step("rule")
    walk.presses(walk.button("Put in force"))
    walk.is_told("It holds for cases that come in from now on.")
    rule = "SELECT queue_id FROM routing_rules WHERE name ->> 'en' = :name AND is_active"
    assert place.one(rule, name=f"Wholesale {lead.handle}") == queue_id
    walk.opens("/desk/routing/try")
    walk.fills(walk.entry("Tags"), tag)
    walk.presses(walk.button("Try it"))
    walk.reads("by the rule %(name)s", name=words)
    walk.step("tried")


def test_answer_times_are_set_for_a_kind_of_case(walk: Walk, place: Place) -> None:
    lead = a_lead(walk, place)
    walk.opens("/desk/times/policies/new")
    walk.fills(walk.entry("Name in Japanese"), f"配送 {lead.handle}")
    walk.fills(walk.entry("Name in English"), f"Delivery {lead.handle}")
    walk.fills(walk.entry("First answer"), "x")
    walk.presses(walk.button("Put in force"))
    expect(walk.page.get_by_role("alert").first).to_be_visible()
    walk.step("no-number")
    times = "SELECT targets FROM sla_policies WHERE name ->> 'en' = :name"
    assert place.rows(times, name=f"Delivery {lead.handle}") == []
    walk.fills(walk.entry("First answer"), "45")
    walk.ticks(walk.named("checkbox", "This policy is asked"))
    walk.presses(walk.button("Put in force"))
    walk.is_told("These times hold from now on, for open cases too.")
    row = walk.page.get_by_role("row").filter(has_text=lead.handle)
    expect(row).to_contain_text("45")
    walk.step("in-force")
    ((targets,),) = place.rows(times, name=f"Delivery {lead.handle}")
    assert targets["first_response"] == 45 * 60


def test_what_customers_say_is_read(walk: Walk, place: Place) -> None:
    lead = a_lead(walk, place)
    agent = colleague(place, walk.look, name=f"葵 {lead.handle}")
    one = matter(place, walk.look, taken_by=agent, reason="damaged")
    settle(place.house.runtime, one.case, agent.id)

    def due() -> SurveyView | None:
        with place.house.runtime.database.looking() as session:
            return next(iter(asked_of.surveys_of_case(session, one.case.id)), None)

    survey = place.until(due)
    words = walk.look.either(f"丁寧でした {lead.handle}", f"Very kind {lead.handle}")
    with place.work() as uow:
        surveys.ask_due(uow)
    with place.house.runtime.unit_of_work(actors.customer(one.person.id)) as uow:
        surveys.answer(uow, survey.id, score=5, words=words, on="portal")
    walk.opens("/desk/feedback")
    answer = walk.page.locator(".after-answers li").filter(has_text=words)
    expect(answer).to_be_visible()
    expect(answer).to_contain_text(agent.name)
    walk.step("satisfaction")
    walk.presses(answer.get_by_role("link", name=one.case.number))
    expect(walk.page.locator("main")).to_contain_text(one.order.number)
    walk.step("case")


def test_presence_is_said_and_seen_by_the_lead(walk: Walk, place: Place) -> None:
    lead = a_lead(walk, place)
    agent = colleague(place, walk.look, name=f"葵 {lead.handle}")
    other = walk.another("agent").as_colleague(agent.id)
    other.opens("/desk/presence")
    other.ticks(other.page.locator("input[name=presence][value=present]"))
    other.presses(other.button("Set my presence"))
    other.is_told("Noted. Routing goes by it from now on.")
    other.step("present")
    assert place.one("SELECT presence FROM agents WHERE staff_id = :id", id=agent.id) == "present"
    walk.opens("/desk/team")
    expect(walk.page.locator("main")).to_contain_text(agent.name)
    walk.step("team")
    other.ticks(other.page.locator("input[name=presence][value=away]"))
    other.presses(other.button("Set my presence"))
    place.until(
        lambda: place.one("SELECT presence FROM agents WHERE staff_id = :id", id=agent.id) == "away"
    )


def test_a_delivery_in_doubt_is_found_by_whose_move_it_is(walk: Walk, place: Place) -> None:
    made = colleague(place, walk.look, Role.OPERATIONS)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        holding.hold(uow, order.id, HoldReason.ADDRESS)
    settles(place)
    walk.as_colleague(made.id).opens("/desk/deliveries")
    row = walk.page.locator("main tbody tr").filter(has_text=order.number)
    walk.step("all")
    walk.chooses(walk.page.locator("#who"), label=walk.words("Warehouse"))
    walk.presses(walk.button("Show"))
    expect(row).to_have_count(0)
    walk.chooses(walk.page.locator("#who"), label=walk.words("Customer"))
    walk.presses(walk.button("Show"))
    expect(row).to_contain_text(walk.look.either("住所をお客様に確認する", "Confirm the address"))
    walk.step("of-the-customer")
    walk.presses(row.get_by_role("link", name=order.number))
    expect(walk.page.locator("main")).to_contain_text(
        walk.look.either("住所に不備あり", "The address needs checking")
    )
    walk.step("order")
    state = "SELECT order_state FROM orders WHERE id = :id"
    assert place.one(state, id=order.id) == "on_hold"
