"""A customer signs in by a code, looks at their orders and asks about one: in a real browser."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.adapters.mail.mailbox import letters
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import queries as returns
from oms_service.shipping import service as shipping
from tests.browser.conftest import PATIENCE_MS, assert_open_to_everybody
from tests.codes import code_in
from tests.factories.cases import make_agent, make_return_case
from tests.factories.orders import CARRIER, MAIL, TOKYO, make_order, make_shipped_order
from tests.factories.shop import make_customer, make_shop
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey

NUMBER = "A-10423"
OPEN_DETAILS = """addEventListener('load', () =>
    document.querySelectorAll('details').forEach(one => { one.open = true }))"""


@dataclass(frozen=True)
class Portal:
    """The running house, its customer, and the number of the order that is coming back."""

    house: RunningHouse
    customer_id: int
    empty_handed_id: int
    returned: str

    def url(self, path: str) -> str:
        return f"{self.house.url}{path}"

    def sign_in(self, context: BrowserContext, customer_id: int) -> None:
        with self.house.runtime.unit_of_work(SYSTEM) as uow:
            token = sessions.start(
                uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
            )
        name = sessions.COOKIES[SessionKind.CUSTOMER]
        context.add_cookies([{"name": name, "value": token, "url": self.house.url}])


@pytest.fixture(scope="module")
def portal(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """One house for all of these: every test is a browser of its own."""
    with (
        databases.a_clone() as database_url,
        a_valkey() as broker,
        a_running_house(database_url, broker.url, tmp_path_factory.mktemp("house")) as running,
    ):
        yield furnished(running)


def furnished(house: RunningHouse) -> Portal:
    """An order out for delivery, one that is coming back, and nine more."""
    with house.runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_agent(uow)
        for _ in range(9):
            make_order(uow, shop)
        case = make_return_case(uow, shop)
        order = make_shipped_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number=NUMBER)
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="out",
            status=CarrierStatus.OUT_FOR_DELIVERY,
            occurred_at=uow.now,
            place="新宿センター",
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
        empty_handed = make_customer(uow, "new@example.jp", family_name="伊藤")
        asked = returns.by_id(uow.session, case.return_id or 0)
        found = uow.session.connection().exec_driver_sql(
            "SELECT number FROM orders WHERE id = %s", (asked.order_id,)
        )
        return Portal(house, shop.customer_id, empty_handed, found.scalar_one())


def mail_in(house: RunningHouse, mail: str) -> dict[str, str]:
    """The letters to an address by their ids."""
    folder = house.runtime.settings.state_dir / "mail"
    return {one.id: one.text for one in letters(folder) if one.to == mail}


def code_in_next_mail(house: RunningHouse, mail: str, before: dict[str, str]) -> str:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        for letter, text in mail_in(house, mail).items():
            if letter not in before and (code := code_in(text)):
                return code
        time.sleep(0.1)
    raise TimeoutError(mail)


@pytest.mark.parametrize("with_script", [True, False])
def test_from_the_code_in_the_mail_to_the_answer_about_an_order(
    browser: Browser, portal: Portal, with_script: bool
) -> None:
    context = browser.new_context(locale="ja-JP", java_script_enabled=with_script)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(portal.url("/"))
    page.get_by_role("link", name="ご注文の一覧").click()
    page.get_by_label("メールアドレス").fill(MAIL)
    before = mail_in(portal.house, MAIL)
    page.get_by_role("button", name="確認コードを受け取る").click()
    page.get_by_label("確認コード").fill(code_in_next_mail(portal.house, MAIL, before))
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url("**/orders")
    expect(page.get_by_text("佐藤 美咲 様のページ")).to_be_visible()
    page.get_by_role("link", name=NUMBER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("お荷物は配達中です。")
    page.get_by_role("link", name="このご注文についてたずねる").click()
    if not with_script:
        expect(page.locator("#chat-text")).to_have_value(f"注文 {NUMBER} はどこですか。")
        page.get_by_role("button", name="送信").click()
    said = page.locator(".chat-message.is-bot").last
    expect(said).to_contain_text("のお荷物は、配達中です")
    expect(page.get_by_role("log")).not_to_contain_text("ご本人の確認のため")
    page.goto(portal.url("/orders"))
    page.get_by_role("button", name="サインアウト").click()
    page.goto(portal.url("/chat"))
    expect(page.get_by_role("log")).not_to_contain_text(NUMBER)
    page.goto(portal.url("/orders"))
    expect(page.get_by_label("メールアドレス")).to_be_visible()
    context.close()


def test_the_question_is_asked_once_and_a_return_may_begin_in_the_chat(
    context: BrowserContext, page: Page, portal: Portal
) -> None:
    portal.sign_in(context, portal.customer_id)
    page.goto(portal.url(f"/chat?order={portal.returned}&wish=return"))
    mine = page.locator(".chat-message.is-customer")
    expect(mine).to_have_text([re.compile(f"注文 {portal.returned} の商品を返品したいです。")])
    expect(page.locator(".chat-message.is-bot").last).to_contain_text(portal.returned)
    assert page.url == portal.url("/chat")
    page.reload()
    expect(mine).to_have_count(1)


def test_the_pages_are_open_to_everybody(browser: Browser, portal: Portal) -> None:
    of_orders = ("/orders", f"/orders/{NUMBER}", f"/orders/{portal.returned}")
    for customer_id, paths in (
        (portal.customer_id, of_orders),
        (portal.empty_handed_id, ("/orders",)),
    ):
        context = browser.new_context()
        portal.sign_in(context, customer_id)
        page = context.new_page()
        page.add_init_script(OPEN_DETAILS)
        assert_open_to_everybody(page, [portal.url(path) for path in paths])
        context.close()
