"""Coming in and putting things right, as a browser does it."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access import demo_accounts
from oms_service.app import create_app
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
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


def test_on_a_phone_a_list_opens_with_one_line_to_find_by_and_its_bar_leaves_it_in_sight(
    page: Page, address: str, demo: Flask
) -> None:
    with held_by(demo).unit_of_work(SYSTEM) as uow:
        fallout.record(
            uow,
            FalloutKind.EFFECT,
            subject_id=1,
            step="conversations.send",
            what="message.queued conversation:1",
            cause="ConnectionRefusedError at mail.smtp:90",
            owner="operations",
            attempts=6,
        )
    page.set_viewport_size({"width": 390, "height": 844})
    come_in(page, address, "山本 直樹")
    for listed in ("orders", "shipments", "messages"):
        page.goto(f"{address}/console/{listed}?lang=ja")
        fields = page.locator("form.orders-find select")
        assert fields.count() >= 2
        expect(fields.first).to_be_hidden()
        expect(page.get_by_role("button", name="探す")).to_be_in_viewport()
        page.get_by_text("絞り込みを追加").click()
        expect(fields.first).to_be_visible()
    page.goto(f"{address}/console/fallout?lang=ja")
    page.locator("[data-tick]").check()
    bar = page.locator("[data-rows-bar]").bounding_box()
    assert bar is not None
    assert bar["height"] <= 844 / 4
