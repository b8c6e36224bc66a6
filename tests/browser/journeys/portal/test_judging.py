"""A customer reads their case, sends it back, judges it, and says how the order was."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, expect

from cases.after import feedback, surveys
from cases.after import queries as asked
from cases.after.links import AfterLinks, Opens
from cases.views import CaseView
from oms_service.access import sessions
from oms_service.access.states import Role, SessionKind
from oms_service.conversations import service as talking
from oms_service.kernel.actors import customer
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.journeys.looks import PHONE_JA
from tests.browser.journeys.matters import colleague
from tests.browser.journeys.place import Person, Place
from tests.factories.afterwards import settle
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import MadeOrder, make_delivered_order


@dataclass(frozen=True)
class Room:
    """The house, a settled case, and the addresses that its customer was sent."""

    place: Place
    person: Person
    order: MadeOrder
    case: CaseView
    rate: str
    feedback: str

    def url(self, path: str) -> str:
        return f"{self.place.house.url}{path}"

    def sign_in(self, context: BrowserContext, kind: SessionKind, subject_id: int) -> None:
        with self.place.work() as uow:
            token = sessions.start(uow, kind, subject_id, device="a test", instead_of=None)
        name = sessions.COOKIES[kind]
        context.add_cookies([{"name": name, "value": token, "url": self.place.house.url}])


@pytest.fixture
def room(place: Place) -> Room:
    """A case that was answered and settled, and a delivery, both asked about."""
    runtime = place.house.runtime
    with place.work() as uow:
        person = place.customer_in(uow, PHONE_JA)
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        agent_id = make_agent(uow)
        chat = make_chat(uow, customer_id=person.id)
        opened = make_case(uow, order_id=order.id, customer_id=person.id, conversation_id=chat.id)
    case = settle(runtime, opened, agent_id)
    with runtime.unit_of_work(customer(person.id)) as uow:
        talking.receive(
            uow,
            chat.id,
            key=f"first:{case.number}",
            text="カップが割れて届きました。交換できますか。",
            tells_people=False,
        )

    def heard() -> bool:
        """The house's own relay knows of the end and of the delivery."""
        with runtime.database.looking() as session:
            return bool(
                asked.surveys_of_case(session, case.id)
                and asked.feedback_of_order(session, order.id)
            )

    place.until(heard)
    with place.work() as uow:
        surveys.ask_due(uow)
        feedback.ask_due(uow)
        (one,) = asked.surveys_of_case(uow.session, case.id)
        found = asked.feedback_of_order(uow.session, order.id)
    assert found is not None
    links = AfterLinks(runtime.settings.secret_key, place.house.url, runtime.clock)
    return Room(
        place,
        person,
        order,
        case,
        links.url(Opens.SURVEY, one.id, person.id),
        links.url(Opens.FEEDBACK, found.id, person.id),
    )


def test_a_case_is_judged_and_sent_back_and_its_pages_are_open_to_everybody(
    context: BrowserContext, room: Room
) -> None:
    room.sign_in(context, SessionKind.CUSTOMER, room.person.id)
    page = context.new_page()
    case = f"/cases/{room.case.number}"
    new = f"/orders/{room.order.number}/cases/new"
    links = [f"{room.rate}?score=2", room.feedback]
    ours = [room.url(path) for path in ("/cases", case, new)]
    assert_open_to_everybody(page, [*ours, *links])
    page.goto(room.url("/cases?lang=ja"))
    page.get_by_role("link", name="その他のお問い合わせ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("その他のお問い合わせ")
    page.get_by_text("満足", exact=True).first.click()
    page.get_by_role("button", name="回答を送信する").click()
    expect(page.get_by_role("button", name="回答を変更する")).to_be_visible()
    page.get_by_role("link", name="まだ解決していません").click()
    page.get_by_label("どのような点がまだお困りですか").fill("交換品が届きません。")
    page.get_by_role("button", name="もう一度確認を依頼する").click()
    expect(page.get_by_text("あらためて確認し、ご連絡いたします。")).to_be_visible()
    expect(page.locator(".portal-message.is-customer").last).to_contain_text("交換品が届きません。")
    page.goto(f"{room.feedback}?lang=ja")
    page.locator("#score").get_by_text("とても満足").click()
    page.get_by_role("button", name="回答を送信する").click()
    expect(page.get_by_text("ご回答を承りました。")).to_be_visible()


def test_colleagues_read_it(context: BrowserContext, room: Room) -> None:
    lead = colleague(room.place, PHONE_JA, Role.LEAD)
    room.sign_in(context, SessionKind.STAFF, lead.id)
    page = context.new_page()
    addresses = ("/desk/feedback", "/desk/feedback/deliveries", "/desk/feedback/rules")
    assert_open_to_everybody(page, [room.url(path) for path in addresses])
