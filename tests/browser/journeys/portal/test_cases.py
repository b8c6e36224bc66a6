"""Matters that a colleague takes up: asked, answered, settled or not."""

import pytest
from playwright.sync_api import FilePayload, expect

from cases import service as cases
from cases.after import feedback, surveys
from cases.after import queries as asked
from cases.after.links import AfterLinks, Opens
from cases.after.views import FeedbackView, SurveyView
from cases.views import CaseView
from oms_service.kernel.actors import staff
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.afterwards import settle
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.files import a_photo
from tests.factories.orders import make_delivered_order

PHOTO = FilePayload(name="へこみ.jpg", mimeType="image/jpeg", buffer=a_photo())
CASE = "SELECT number, state, reason, id FROM cases WHERE customer_id = :id ORDER BY id DESC"
STATE = "SELECT state FROM cases WHERE id = :id"


def test_a_matter_is_asked_and_both_write(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        agent = make_agent(uow)
    walk.as_customer(person.id).opens(f"/orders/{order.number}")
    walk.presses(walk.link("Ask us about this order", exact=False))
    walk.presses(walk.page.get_by_role("radio").last)
    words = walk.look.either("ギフト包装はできますか。", "Can you wrap it as a gift?")
    walk.fills(walk.entry("Your message"), words)
    walk.attaches(walk.page.locator("#files"), PHOTO)
    expect(walk.page.locator(".file-waits img")).to_have_count(1)
    walk.step("typed")
    walk.presses(walk.button("Send"))
    walk.is_told("We have your message. A colleague reads it and answers you.")
    expect(walk.page.locator(".portal-message.is-customer")).to_contain_text(words)
    expect(walk.page.locator(".portal-message .file-shown img")).to_have_count(1)
    walk.step("case")
    ((number, state, _, case_id),) = place.rows(CASE, id=person.id)
    assert state in {"new", "open"}
    answer = walk.look.either("はい、承ります。", "Yes, gladly.")
    with place.house.runtime.unit_of_work(staff(agent)) as uow:
        cases.reply(uow, case_id, answer, key=f"journey:{number}")
    walk.opens(f"/cases/{number}")
    expect(walk.page.locator(".portal-message.is-agent")).to_contain_text(answer)
    thanks = walk.look.either("ありがとうございます。", "Thank you.")
    walk.fills(walk.entry("Your message"), thanks)
    walk.presses(walk.button("Send"))
    expect(walk.page.locator(".portal-message.is-customer").last).to_contain_text(thanks)
    walk.step("both-wrote")
    assert len(place.rows(CASE, id=person.id)) == 1
    walk.opens("/cases")
    expect(walk.page.locator(".portal-card")).to_contain_text(number)
    walk.step("cases")


@pytest.mark.without_script
def test_a_matter_is_asked_and_both_write_where_no_script_runs(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        agent = make_agent(uow)
    walk.as_customer(person.id).opens(f"/orders/{order.number}")
    walk.presses(walk.link("Ask us about this order", exact=False))
    walk.presses(walk.page.get_by_role("radio").last)
    words = walk.look.either("ギフト包装はできますか。", "Can you wrap it as a gift?")
    walk.fills(walk.entry("Your message"), words)
    walk.step("typed")
    walk.presses(walk.button("Send"))
    walk.is_told("We have your message. A colleague reads it and answers you.")
    ((number, _, _, case_id),) = place.rows(CASE, id=person.id)
    answer = walk.look.either("はい、承ります。", "Yes, gladly.")
    with place.house.runtime.unit_of_work(staff(agent)) as uow:
        cases.reply(uow, case_id, answer, key=f"plain:{number}")
    walk.opens("/cases")
    walk.presses(walk.page.locator(".portal-card"))
    expect(walk.page.locator(".portal-message.is-agent")).to_contain_text(answer)
    thanks = walk.look.either("ありがとうございます。", "Thank you.")
    walk.fills(walk.entry("Your message"), thanks)
    walk.presses(walk.button("Send"))
    expect(walk.page.locator(".portal-message.is-customer").last).to_contain_text(thanks)
    walk.step("both-wrote")


def settled_case(walk: Walk, place: Place) -> tuple[int, CaseView]:
    """A case of somebody signed in that an agent answered and settled; the id of the customer."""
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        agent = make_agent(uow)
        chat = make_chat(uow, customer_id=person.id)
        case = make_case(uow, order_id=order.id, customer_id=person.id, conversation_id=chat.id)
    walk.as_customer(person.id)
    return person.id, settle(place.house.runtime, case, agent)


def test_a_solution_is_accepted_and_judged(walk: Walk, place: Place) -> None:
    _, case = settled_case(walk, place)
    runtime = place.house.runtime

    def survey() -> SurveyView | None:
        with runtime.database.looking() as session:
            return next(iter(asked.surveys_of_case(session, case.id)), None)

    walk.until(survey)
    with place.work() as uow:
        surveys.ask_due(uow)
    walk.opens(f"/cases/{case.number}")
    walk.step("settled")
    walk.presses(walk.button("Yes, it is settled"))
    walk.is_told("Thank you. We have closed this case.")
    assert place.one(STATE, id=case.id) == "closed"
    walk.presses(walk.button("Send my answer"))
    walk.step("not-chosen")
    walk.presses(walk.page.locator("#score").get_by_text(walk.words("Very satisfied"), exact=True))
    why = walk.look.either("早く答えてくれました。", "You answered soon.")
    walk.fills(walk.entry("Why?"), why)
    walk.presses(walk.button("Send my answer"))
    walk.is_told("Thank you for your answer.")
    expect(walk.button("Change my answer")).to_be_visible()
    walk.step("judged")
    given = walk.until(lambda: (found := survey()) and found.score and found)
    assert (given.score, given.words) == (5, why)


def test_a_solution_is_sent_back_and_the_case_goes_on(walk: Walk, place: Place) -> None:
    _, case = settled_case(walk, place)
    walk.opens(f"/cases/{case.number}")
    walk.presses(walk.link("No, something is still wrong", exact=False))
    why = walk.look.either("交換品が届きません。", "The new one has not come.")
    walk.fills(walk.entry("What is still wrong?"), why)
    walk.step("why")
    walk.presses(walk.button("Have it looked at again"))
    walk.is_told("We are looking at it again, and will write to you.")
    expect(walk.page.locator(".portal-message.is-customer").last).to_contain_text(why)
    walk.step("again")
    assert place.one(STATE, id=case.id) == "open"


def test_a_delivery_is_judged_by_the_link_in_a_mail(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    runtime = place.house.runtime

    def asked_about() -> FeedbackView | None:
        with runtime.database.looking() as session:
            return asked.feedback_of_order(session, order.id)

    due = walk.until(asked_about)
    with place.work() as uow:
        feedback.ask_due(uow)
    links = AfterLinks(runtime.settings.secret_key, place.house.url, runtime.clock)
    walk.opens(links.url(Opens.FEEDBACK, due.id, person.id))
    walk.is_at("How was your order?")
    walk.presses(walk.page.locator("#score").get_by_text(walk.words("Satisfied"), exact=True))
    walk.step("chosen")
    walk.presses(walk.button("Send my answer"))
    walk.is_told("We have your answer, thank you. You can still change it.")
    walk.step("sent")
    given = asked_about()
    assert given is not None
    assert given.score == 4
