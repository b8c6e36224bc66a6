"""Selling ahead in a real browser: a later day is set, and who waits chooses something else."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from cases.portal.links import WaitingLinks
from oms_service.access import demo_accounts, sessions
from oms_service.access.states import SessionKind
from oms_service.app import create_app
from oms_service.catalog.models import Price, Variant
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import in_both
from oms_service.orders import queries as orders
from oms_service.processes import held_by
from oms_service.sales import service as sales
from oms_service.sales.states import SellingMode
from oms_service.settings import Settings
from oms_service.shipping import services
from oms_service.shipping.services import NewService
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import stock_up
from tests.fakes.clock import StandingClock


@dataclasses.dataclass(frozen=True)
class Demo:
    """The app, its shop, and the order of which two units wait."""

    app: Flask
    shop: Shop
    order_id: int
    service_id: int


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Demo]:
    made = create_app(dataclasses.replace(settings, demo=True), clock=clock)
    runtime = held_by(made)
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
        shop = make_shop(uow, stock=1)
        sales.sell_as(uow, variant_id=shop.coffee_id, channel_id=None, mode=SellingMode.BACKORDER)
        query = select(Variant.product_id).where(Variant.id == shop.coffee_id)
        large = Variant(
            product_id=uow.session.scalar(query),
            sku="COFFEE-L",
            options={"size": "500 g"},
            option_words={},
            tax_rate_bp=800,
        )
        uow.session.add(large)
        uow.session.flush()
        uow.session.add(Price(variant_id=large.id, currency="JPY", amount_minor=900))
        stock_up(uow, large.id, shop.location_id, 5)
        order = make_order(uow, shop, number="A-1", items={"COFFEE": 3, "MUG": 1})
        service_id = services.offer_service(
            uow,
            NewService(
                carrier="yamato",
                service="takkyubin",
                name=in_both("TA-Q-BIN"),
                currency="JPY",
                max_weight_g=30_000,
                rates={"steps": [{"up_to_g": 30_000, "by_distance": [900, 1_000]}]},
                remote={"areas": [{"region": "沖縄県", "surcharge_minor": 600}]},
            ),
        )
    yield Demo(made, shop, order.id, service_id)
    runtime.database.close()


@pytest.fixture
def address(demo: Demo) -> Iterator[str]:
    with served(demo.app) as url:
        yield url


def come_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in?next=/console/orders")
    page.get_by_role("button", name="山本 直樹").click()
    page.wait_for_url("**/console/orders")


def link_of(demo: Demo) -> str:
    runtime = held_by(demo.app)
    with runtime.database.reading() as connection:
        of_customer = orders.by_id(connection, demo.order_id).customer_id
    return WaitingLinks(runtime.settings.secret_key, runtime.clock).path(demo.order_id, of_customer)


def test_the_pages_of_colleagues_are_open_to_everybody(
    page: Page, demo: Demo, address: str
) -> None:
    come_in(page, address)
    paths = (
        "/console/selling",
        "/console/selling/COFFEE",
        "/console/orders/A-1/customer-address",
        "/console/keys",
        f"/console/sourcing/services/{demo.service_id}",
    )
    assert_open_to_everybody(page, [address + path for path in paths])


def test_the_pages_of_customers_are_open_to_everybody(
    page: Page, context: BrowserContext, demo: Demo, address: str
) -> None:
    with held_by(demo.app).unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, demo.shop.customer_id, device="a test", instead_of=None
        )
    name = sessions.COOKIES[SessionKind.CUSTOMER]
    context.add_cookies([{"name": name, "value": token, "url": address}])
    paths = ("/orders/A-1/waiting", "/account/address", link_of(demo))
    assert_open_to_everybody(page, [address + path for path in paths])


def test_a_later_day_names_who_is_told_before_it_holds(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    come_in(page, address)
    page.goto(f"{address}/console/selling")
    page.get_by_role("link", name="ドリップコーヒー").click()
    page.get_by_label("出荷予定日").fill("2026-12-20")
    page.get_by_role("button", name="変更後の内容を確認する").click()
    expect(page.get_by_text("注文1件のお客様にお知らせします")).to_be_visible()
    expect(page.get_by_role("link", name="A-1")).to_be_visible()
    page.get_by_role("button", name="適用する").click()
    expect(page.get_by_text("この設定を有効にしました。")).to_be_visible()
    expect(page.get_by_text("12月20日(日)までに出荷")).to_be_visible()


def test_by_the_link_another_item_is_chosen_on_a_phone(
    browser: Browser, demo: Demo, address: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page.goto(address + link_of(demo))
    page.get_by_label("500 gに替える").check()
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_text("200円(ご注文時のお支払い方法)")).to_be_visible()
    page.get_by_role("button", name="別の商品に替える").click()
    expect(page.get_by_text("代わりの商品をお送りいたします。")).to_be_visible()
    expect(page.get_by_text("入荷待ちの商品はありません。")).to_be_visible()
    with held_by(demo.app).database.looking() as session:
        held = {line.sku: line.counters.allocated for line in orders.lines(session, demo.order_id)}
    assert held == {"COFFEE": 1, "MUG": 1, "COFFEE-L": 2}
    page.close()
