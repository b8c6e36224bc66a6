"""On a phone, in Japanese: what is damaged is shown, sent back, and kept after all."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, FilePayload, expect

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from tests.browser.conftest import accessibility_faults, assert_open_to_everybody
from tests.factories.coming_back import adopt_exchanges, adopt_returns, make_sibling
from tests.factories.files import a_photo
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey

PHOTO = FilePayload(name="へこみ.jpg", mimeType="image/jpeg", buffer=a_photo())


@dataclass(frozen=True)
class Room:
    """The running house and an order that has arrived."""

    house: RunningHouse
    shop: Shop
    order: MadeOrder


@pytest.fixture(scope="module")
def room(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    with (
        databases.a_clone() as database_url,
        a_valkey() as broker,
        a_running_house(database_url, broker.url, tmp_path_factory.mktemp("house")) as running,
    ):
        with running.runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            damaged = {"damaged": {"evidence": ["photo"]}}
            adopt_returns(uow, shop, reasons=damaged, send_back_within_days=14, must_agree=True)
            adopt_exchanges(uow, shop)
            make_sibling(uow, shop, "COFFEE-L", price=1_200, options={"size": "500 g"})
            order = make_delivered_order(uow, shop)
        yield Room(running, shop, order)


def test_what_is_damaged_goes_back_with_a_photo(room: Room, context: BrowserContext) -> None:
    with room.house.runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, room.shop.customer_id, device="a test", instead_of=None
        )
    name = sessions.COOKIES[SessionKind.CUSTOMER]
    context.add_cookies([{"name": name, "value": token, "url": room.house.url}])
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    order = f"{room.house.url}/orders/{room.order.number}"
    page.goto(order)
    page.get_by_role("link", name="返品・交換・不良のお知らせ").click()
    page.get_by_role("link", name="商品を返品する").click()
    page.get_by_label("数量").select_option("1")
    page.get_by_label("理由").select_option(label="届いたとき壊れていた")
    page.get_by_role("button", name="内容の確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("担当者が確認してから承ります")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="写真を追加する").click()
    expect(page.get_by_label("数量")).to_have_value("1")
    page.locator("#files").set_input_files([PHOTO])
    expect(page.locator(".file-waits img")).to_have_count(1)
    page.get_by_role("button", name="内容の確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("この場で返品を承ります")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="返品を申し込む").click()
    expect(page.get_by_role("alert")).to_contain_text("チェックを入れてください")
    page.get_by_label("返品特約を読みました。").check()
    page.get_by_role("button", name="返品を申し込む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("承りました。商品をご返送ください")
    expect(page.get_by_role("link", name="返品ラベルを開く")).to_be_visible()
    result = page.url
    page.locator("summary", has_text="お申し込みを取り下げる").click()
    page.get_by_role("button", name="取り下げる").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("取り下げを承りました")
    kinds = [f"{order}/return/{kind}" for kind in ("exchange", "problem")]
    assert_open_to_everybody(page, [*kinds, result])
