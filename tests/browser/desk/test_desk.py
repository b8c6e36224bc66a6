"""The desk as agents use it: a real browser, the product's own processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from cases.views import CaseView
from oms_service.access.demo_accounts import PASSWORD
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from tests.browser.conftest import PATIENCE_MS, assert_open_to_everybody
from tests.factories.cases import make_agent, make_case, make_return_case
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey

PROMPTLY_MS = 2_000
#: The moment in which an answer can be undone, and what a busy machine takes besides.
UNDO_AND_MORE_MS = 20_000


@dataclass(frozen=True)
class Desk:
    """A return that waits for a word, and the customer's own browser in the chat it came from."""

    url: str
    case: CaseView
    customer: Page

    @property
    def page(self) -> str:
        return f"{self.url}/desk/cases/{self.case.number}"


@pytest.fixture(scope="module")
def house(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHouse]:
    """One house for all of these: each test has a case and browsers of its own."""
    with (
        databases.a_clone() as database_url,
        a_valkey() as broker,
        a_running_house(
            database_url, broker.url, tmp_path_factory.mktemp("house"), REPLY_UNDO_S="4"
        ) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def shop(house: RunningHouse) -> Shop:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow)
        make_agent(uow, "grace@desk.example", name="Grace Taylor", language=Language.ENGLISH)
        emma = make_customer(uow, "emma@example.com", family_name="Wilson", given_name="Emma")
        order = make_order(uow, made, customer_id=emma)
        make_case(uow, order_id=order.id, reason="delay", language=Language.ENGLISH)
    return made


@pytest.fixture
def desk(browser: Browser, house: RunningHouse, shop: Shop) -> Iterator[Desk]:
    fresh = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    fresh.set_default_timeout(PATIENCE_MS)
    page = fresh.new_page()
    page.goto(f"{house.url}/chat")
    page.locator("#chat-text").fill("コーヒーを1つ返品したいです。")
    page.keyboard.press("Enter")
    expect(page.locator(".chat-message.is-bot").nth(1)).to_be_visible()
    with house.runtime.database.reading() as connection:
        newest = text("SELECT max(conversation_id) FROM messages WHERE direction = 'in'")
        conversation_id = connection.execute(newest).scalar_one()
    with house.runtime.unit_of_work(SYSTEM) as uow:
        talking.identify(uow, conversation_id, shop.customer_id)
        case = make_return_case(uow, shop, conversation_id=conversation_id)
    try:
        yield Desk(house.url, case, page)
    finally:
        fresh.close()


@pytest.fixture(scope="module")
def cookies(browser: Browser, house: RunningHouse, shop: Shop) -> list[Any]:
    """One sign-in of an agent for all of these: more would run into the limit."""
    with browser.new_context(locale="ja-JP") as fresh:
        page = fresh.new_page()
        sign_in(page, house.url, "aoi@desk.example")
        return list(fresh.cookies())


@pytest.fixture
def agent(context: BrowserContext, cookies: list[Any]) -> Page:
    context.add_cookies(cookies)
    return context.new_page()


def sign_in(page: Page, url: str, mail: str) -> None:
    page.goto(f"{url}/desk")
    page.locator("#mail").fill(mail)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{url}/desk")


def test_an_answer_is_undone_by_key_and_then_reaches_the_chat_once(
    agent: Page, browser: Browser, desk: Desk
) -> None:
    customer, words = desk.customer, "確認いたしました。承ります。"
    agent.goto(desk.page)
    agent.get_by_label("社内メモ").fill("常連のお客様")
    agent.get_by_role("button", name="メモを保存").click()
    expect(agent.locator(".is-note")).to_contain_text("常連のお客様")
    box = agent.get_by_label("お客様への返信")
    agent.keyboard.press("r")
    expect(box).to_be_focused()
    agent.keyboard.insert_text(words)
    with browser.new_context(locale="en-GB") as other:
        grace = other.new_page()
        sign_in(grace, desk.url, "grace@desk.example")
        grace.goto(desk.page)
        expect(grace.locator("#case-here")).to_contain_text("田中 葵")
        agent.keyboard.press("Control+Enter")
        expect(agent.locator(".is-leaving")).to_contain_text(words)
        expect(grace.locator(".is-leaving")).to_contain_text(words)
        agent.keyboard.press("u")
        expect(box).to_have_value(words)
        expect(grace.locator(".is-leaving")).to_have_count(0)
    expect(agent.locator(".is-leaving")).to_have_count(0)
    agent.get_by_role("button", name="チャットで送信").click()
    expect(customer.get_by_role("log")).to_contain_text(words, timeout=UNDO_AND_MORE_MS)
    expect(customer.get_by_role("log")).not_to_contain_text("常連のお客様")
    expect(agent.locator(".is-agent:not(.is-leaving)")).to_contain_text(words)
    expect(box).to_have_value("")


def test_what_the_customer_writes_appears_on_the_desk_and_leaves_the_draft_alone(
    agent: Page, desk: Desk
) -> None:
    customer = desk.customer
    agent.goto(desk.page)
    agent.get_by_label("お客様への返信").fill("下書き")
    customer.locator("#chat-text").fill("急いでいます。")
    customer.keyboard.press("Enter")
    expect(agent.locator(".is-customer").last).to_contain_text("急いでいます。")
    expect(agent.get_by_label("お客様への返信")).to_have_value("下書き")


def test_approving_twice_is_refused_gently_and_the_customer_is_told(
    agent: Page, desk: Desk, browser: Browser
) -> None:
    where, customer = desk.page, desk.customer
    other = browser.new_context(locale="en-GB").new_page()
    sign_in(other, desk.url, "grace@desk.example")
    # Without script a page does not refresh itself: the second press is a real one.
    late = browser.new_context(java_script_enabled=False, locale="en-GB")
    late.add_cookies(other.context.cookies())  # type: ignore[arg-type]  # as it gave them
    second = late.new_page()
    second.goto(f"{where}?lang=en")
    agent.goto(where)
    agent.get_by_role("button", name="返品を承認(返金 1,000円)").click()
    expect(agent.locator("#toasts")).to_contain_text("承認しました")
    expect(customer.get_by_role("log")).to_contain_text("返品を承りました", timeout=PROMPTLY_MS)
    second.get_by_role("button", name="Approve the return").click()
    expect(second.locator("#toasts")).to_contain_text("Already approved by 田中 葵.")
    expect(second.get_by_role("button", name="Approve the return")).to_have_count(0)
    late.close()
    other.context.close()


def test_the_keyboard_walks_through_the_inbox(agent: Page, desk: Desk) -> None:
    agent.goto(f"{desk.url}/desk?view=open")
    agent.keyboard.press("j")
    first = agent.locator("[data-desk-case]").first
    expect(first).to_be_focused()
    agent.keyboard.press("j")
    expect(agent.locator("[data-desk-case]").nth(1)).to_be_focused()
    agent.keyboard.press("k")
    agent.keyboard.press("Enter")
    expect(agent.locator("#case-live h1")).to_be_visible()


def test_the_pages_are_open_to_everybody(agent: Page, desk: Desk) -> None:
    paths = ("/desk?view=open", "/desk?view=resolved", f"/desk/cases/{desk.case.number}")
    assert_open_to_everybody(agent, [desk.url + path for path in paths])


def test_on_a_phone_the_view_at_hand_is_in_sight(agent: Page, desk: Desk) -> None:
    agent.set_viewport_size({"width": 360, "height": 740})
    agent.goto(desk.page.split("/cases")[0] + "?view=resolved")
    tab = agent.locator(".tab[aria-current]")
    expect(tab).to_be_in_viewport(ratio=1)
    agent.keyboard.press("/")
    agent.keyboard.press("Escape")
    expect(agent.locator("#q")).not_to_be_focused()
