"""A customer signs in by a code, looks at their orders and asks about one: in a real browser."""

import re
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import queries as returns
from oms_service.shipping import service as shipping
from tests.browser.conftest import PATIENCE_MS, assert_open_to_everybody
from tests.browser.journeys.looks import PHONE_JA
from tests.browser.journeys.place import Person, Place
from tests.factories.cases import make_return_case
from tests.factories.orders import CARRIER, TOKYO, make_order, make_shipped_order

OPEN_DETAILS = """addEventListener('load', () =>
    document.querySelectorAll('details').forEach(one => { one.open = true }))"""


@dataclass(frozen=True)
class Portal:
    """A customer, their order on its way, the one that is coming back, and who has none."""

    place: Place
    person: Person
    empty_handed: Person
    number: str
    returned: str

    def url(self, path: str) -> str:
        return f"{self.place.house.url}{path}"

    def sign_in(self, context: BrowserContext, customer: Person) -> None:
        with self.place.work() as uow:
            token = sessions.start(
                uow, SessionKind.CUSTOMER, customer.id, device="a test", instead_of=None
            )
        name = sessions.COOKIES[SessionKind.CUSTOMER]
        context.add_cookies([{"name": name, "value": token, "url": self.place.house.url}])


@pytest.fixture
def portal(place: Place) -> Portal:
    """An order out for delivery, one that is coming back, and nine more."""
    with place.work() as uow:
        person = place.customer_in(uow, PHONE_JA)
        shop = replace(place.shop, customer_id=person.id)
        for _ in range(9):
            make_order(uow, shop, mail=person.mail)
        case = make_return_case(uow, shop)
        order = make_shipped_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, mail=person.mail)
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="out",
            status=CarrierStatus.OUT_FOR_DELIVERY,
            occurred_at=uow.now,
            place="新宿センター",
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
        asked = returns.by_id(uow.session, case.return_id or 0)
        empty_handed = place.customer_in(uow, PHONE_JA)
        order_id = asked.order_id
    returned = place.one("SELECT number FROM orders WHERE id = :id", id=order_id)
    return Portal(place, person, empty_handed, order.number, returned)


@pytest.mark.parametrize("with_script", [True, False])
def test_from_the_code_in_the_mail_to_the_answer_about_an_order(
    browser: Browser, portal: Portal, with_script: bool
) -> None:
    context = browser.new_context(locale="ja-JP", java_script_enabled=with_script)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(portal.url("/"))
    page.get_by_role("link", name="ご注文の一覧").click()
    page.get_by_label("メールアドレス").fill(portal.person.mail)
    page.get_by_role("button", name="確認コードを受け取る").click()
    page.get_by_label("確認コード").fill(portal.place.code_for(portal.person.mail))
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url("**/orders")
    expect(page.get_by_text("佐藤 美咲 様のページ")).to_be_visible()
    page.get_by_role("link", name=portal.number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("お荷物は配達中です。")
    page.get_by_role("link", name="このご注文についてたずねる").click()
    if not with_script:
        expect(page.locator("#chat-text")).to_have_value(f"注文 {portal.number} はどこですか。")
        page.get_by_role("button", name="送信").click()
    said = page.locator(".chat-message.is-bot").last
    expect(said).to_contain_text("のお荷物は、配達中です")
    expect(page.get_by_role("log")).not_to_contain_text("ご本人の確認のため")
    page.goto(portal.url("/orders"))
    page.get_by_role("button", name="サインアウト").click()
    page.goto(portal.url("/chat"))
    expect(page.get_by_role("log")).not_to_contain_text(portal.number)
    page.goto(portal.url("/orders"))
    expect(page.get_by_label("メールアドレス")).to_be_visible()
    context.close()


def test_the_question_is_asked_once_and_a_return_may_begin_in_the_chat(
    context: BrowserContext, page: Page, portal: Portal
) -> None:
    portal.sign_in(context, portal.person)
    page.goto(portal.url(f"/chat?order={portal.returned}&wish=return"))
    mine = page.locator(".chat-message.is-customer")
    expect(mine).to_have_text([re.compile(f"注文 {portal.returned} の商品を返品したいです。")])
    expect(page.locator(".chat-message.is-bot").last).to_contain_text(portal.returned)
    assert page.url == portal.url("/chat")
    page.reload()
    expect(mine).to_have_count(1)


def test_the_pages_are_open_to_everybody(browser: Browser, portal: Portal) -> None:
    of_orders = ("/orders", f"/orders/{portal.number}", f"/orders/{portal.returned}")
    for customer, paths in (
        (portal.person, of_orders),
        (portal.empty_handed, ("/orders",)),
    ):
        context = browser.new_context()
        portal.sign_in(context, customer)
        page = context.new_page()
        page.add_init_script(OPEN_DETAILS)
        assert_open_to_everybody(page, [portal.url(path) for path in paths])
        context.close()
