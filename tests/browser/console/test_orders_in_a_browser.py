"""Orders at the console in a real browser: found, put together with a live quote, and placed."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from oms_service.access import demo_accounts
from oms_service.app import create_app
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.placement import drafting, holding
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import WantedLine
from oms_service.operations.rules import placing_rules
from oms_service.orders.states import HoldReason
from oms_service.processes import held_by
from oms_service.settings import Settings
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import SHIP_TO, make_order, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    """A shop with an order that is held, one on its way, and a draft."""
    made = create_app(dataclasses.replace(settings, demo=True), clock=clock)
    runtime = held_by(made)
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
        shop = make_shop(uow)
        customers.refresh_search(uow, customers.held(uow, shop.customer_id))
        placing_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            kind=placing_rules.SHIPPING,
            rules={"rates": [{"countries": ["JP"], "charge_minor": 550}], "tax_rate_bp": 1_000},
            text={},
        )
        items = {"COFFEE": 2, "MUG": 1}
        order = make_order(uow, shop, number="A-1", items=items, is_paid=False)
        holding.hold(uow, order.id, HoldReason.ADDRESS)
        make_shipped_order(uow, shop, number="A-2")
        drafting.keep(
            uow,
            Draft(
                channel="web",
                customer_id=shop.customer_id,
                lines=[WantedLine(sku="MUG", quantity=1)],
                ship_to=SHIP_TO,
            ),
        )
    yield made
    runtime.database.close()


@pytest.fixture
def address(demo: Flask) -> Iterator[str]:
    with served(demo) as url:
        yield url


def come_in(page: Page, address: str, name: str = "山本 直樹") -> None:
    page.goto(f"{address}/staff/sign-in?next=/console/orders")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/console/orders")


def test_the_pages_are_open_to_everybody(page: Page, address: str) -> None:
    come_in(page, address)
    draft = "A-100003"
    paths = (
        "/console/orders",
        "/console/orders?view=drafts",
        "/console/orders?q=nobody",
        "/console/orders/A-1",
        "/console/orders/A-2",
        f"/console/orders/{draft}",
        "/console/orders/new?q=佐藤",
        f"/console/orders/new?draft={draft}",
    )
    assert_open_to_everybody(page, [address + path for path in paths])


def test_an_order_is_put_together_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    come_in(page, address)
    page.get_by_role("link", name="注文を作成").click()
    page.get_by_label("お客様を探す").fill("佐藤")
    page.get_by_role("button", name="探す").click()
    page.get_by_role("link", name="選ぶ").first.click()
    page.get_by_label("商品を探す").fill("coffee")
    page.get_by_role("button", name="探す").click()
    page.get_by_role("button", name="追加").first.click()
    expect(page.get_by_role("button", name="1,000円で注文を確定")).to_be_visible()
    page.get_by_label("数量").fill("3")
    page.get_by_label("数量").blur()
    confirm = page.get_by_role("button", name="3,000円で注文を確定")
    expect(confirm).to_be_visible()
    confirm.click()
    expect(page.get_by_text("注文を確定しました。")).to_be_visible()
    expect(page.get_by_text("引当済み", exact=True)).to_be_visible()
    page.close()
