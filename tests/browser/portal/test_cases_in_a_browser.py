"""A customer reads their case, sends it back, judges it, and says how the order was."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, expect

from cases.after import feedback, rules, surveys
from cases.after import queries as asked
from cases.after.links import AfterLinks, Opens
from oms_service.access import sessions
from oms_service.access.states import Role, SessionKind
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM, customer
from tests.browser.conftest import PATIENCE_MS, assert_open_to_everybody
from tests.factories.afterwards import Settled, make_settled
from tests.factories.staff import make_staff
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey


@dataclass(frozen=True)
class Room:
    """The running house, a settled case, and the addresses that its customer was sent."""

    house: RunningHouse
    settled: Settled
    lead_id: int
    rate: str
    feedback: str

    def url(self, path: str) -> str:
        return f"{self.house.url}{path}"

    def sign_in(self, context: BrowserContext) -> None:
        with self.house.runtime.unit_of_work(SYSTEM) as uow:
            token = sessions.start(
                uow,
                SessionKind.CUSTOMER,
                self.settled.customer_id,
                device="a test",
                instead_of=None,
            )
        name = sessions.COOKIES[SessionKind.CUSTOMER]
        context.add_cookies([{"name": name, "value": token, "url": self.house.url}])


@pytest.fixture(scope="module")
def room(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    with (
        databases.a_clone() as database_url,
        a_valkey() as broker,
        a_running_house(database_url, broker.url, tmp_path_factory.mktemp("house")) as running,
    ):
        yield furnished(running)


def furnished(house: RunningHouse) -> Room:
    """A case that was answered and settled, and a delivery, both asked about."""
    runtime = house.runtime
    with runtime.unit_of_work(SYSTEM) as uow:
        held = rules.in_force(uow.session)
        wanted = rules.Rules(
            ask_after_minutes=0, feedback_after_hours=0, not_again_days=0, version=held.version
        )
        rules.change(uow, wanted)
        lead = make_staff(uow, Role.LEAD, mail="lead@desk.example", name="鈴木 蓮")
    settled = make_settled(runtime)
    with runtime.unit_of_work(customer(settled.customer_id)) as uow:
        talking.receive(
            uow,
            settled.case.conversation_id or 0,
            key="c:first",
            text="カップが割れて届きました。交換できますか。",
            tells_people=False,
        )
    _until_planned(house, settled)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
        feedback.ask_due(uow)
        (one,) = asked.surveys_of_case(uow.session, settled.case.id)
        found = asked.feedback_of_order(uow.session, settled.order.id)
    assert found is not None
    links = AfterLinks(runtime.settings.secret_key, house.url, runtime.clock)
    return Room(
        house,
        settled,
        lead.id,
        links.url(Opens.SURVEY, one.id, settled.customer_id),
        links.url(Opens.FEEDBACK, found.id, settled.customer_id),
    )


def _until_planned(house: RunningHouse, settled: Settled) -> None:
    """Wait for the house's own relay to have heard of the end and of the delivery."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        with house.runtime.database.looking() as session:
            heard = asked.surveys_of_case(session, settled.case.id)
            if heard and asked.feedback_of_order(session, settled.order.id):
                return
        time.sleep(0.05)
    raise TimeoutError("nothing is asked")


def test_a_case_is_judged_and_sent_back_and_its_pages_are_open_to_everybody(
    context: BrowserContext, room: Room
) -> None:
    room.sign_in(context)
    page = context.new_page()
    case = f"/cases/{room.settled.case.number}"
    new = f"/orders/{room.settled.order.number}/cases/new"
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
    with room.house.runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.STAFF, room.lead_id, device="a test", instead_of=None
        )
    name = sessions.COOKIES[SessionKind.STAFF]
    context.add_cookies([{"name": name, "value": token, "url": room.house.url}])
    page = context.new_page()
    addresses = ("/desk/feedback", "/desk/feedback/deliveries", "/desk/feedback/rules")
    assert_open_to_everybody(page, [room.url(path) for path in addresses])
