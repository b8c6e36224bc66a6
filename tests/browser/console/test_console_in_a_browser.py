"""Coming in and putting things right, as a browser does it."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access import demo_accounts
from oms_service.app import create_app
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.settings import Settings
from tests.browser.conftest import accessibility_faults, assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.fakes.clock import StandingClock

ENTRANCES = ("/staff/sign-in", "/sign-in")


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    """The demo's house."""
    made = create_app(dataclasses.replace(settings, demo=True), clock=clock)
    runtime = held_by(made)
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
    yield made
    runtime.database.close()


@pytest.fixture
def address(demo: Flask) -> Iterator[str]:
    with served(demo) as url:
        yield url


def come_in(page: Page, address: str, name: str) -> None:
    """One press on the demo's entrance."""
    page.goto(f"{address}/staff/sign-in?next=/console")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/console")


def test_the_ways_are_a_menu_on_a_phone_and_stand_at_the_side_of_a_desk(
    page: Page, address: str
) -> None:
    assert_open_to_everybody(page, [address + path for path in ENTRANCES])
    page.goto(f"{address}/staff/sign-in?lang=ja")
    page.set_viewport_size({"width": 390, "height": 844})
    come_in(page, address, "山本 直樹")
    menu = page.get_by_role("button", name="メニュー 稼働状況")
    ways = page.get_by_role("navigation", name="メインメニュー")
    expect(ways).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    stock, shipping = (
        ways.locator("details", has=page.locator("summary", has_text=name))
        for name in ("在庫管理", "出荷")
    )
    stock.locator("summary").press("Enter")
    expect(stock.get_by_role("link")).to_have_text(["在庫", "発注", "拠点間移動", "棚卸"])
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(ways).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    shipping.locator("summary").click()
    shipping.get_by_role("link", name="倉庫").click()
    page.wait_for_url("**/console/warehouse")
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(ways.get_by_role("link", name="受信箱")).to_be_visible()
    expect(page.get_by_role("button", name="メニュー 倉庫")).to_be_hidden()


def test_people_in_the_warehouse_begin_their_day_there(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.get_by_role("button", name="伊藤 翔").click()
    page.wait_for_url("**/console/warehouse")
