"""Picking, packing and handing over with a keyboard for a scanner, in both languages."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from oms_service.access import demo_accounts
from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from oms_service.orders.states import FulfilmentState
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.browser.conftest import accessibility_faults
from tests.browser.web.gallery import served
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import make_shop
from tests.factories.warehouse import COFFEE_BARCODE, furnish
from tests.fakes.clock import StandingClock

BOARD = "/console/warehouse"


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    with an_app(dataclasses.replace(settings, demo=True), clock=clock) as made:
        yield made


@pytest.fixture
def runtime(demo: Flask) -> Runtime:
    return held_by(demo)


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    """Two coffees and a mug, and another order behind them."""
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
        shop = make_shop(uow)
        furnish(uow, shop)
        made = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number="A-10423")
    drain(runtime)
    return made


@pytest.fixture
def address(demo: Flask) -> Iterator[str]:
    with served(demo) as url:
        yield url


def come_in(page: Page, address: str, path: str, language: str) -> None:
    page.goto(f"{address}/staff/sign-in?lang={language}&next=/console")
    page.get_by_role("button", name="山本 直樹").click()
    page.wait_for_url("**/console")
    page.goto(f"{address}{path}?lang={language}")


def scan(page: Page, code: str) -> None:
    """The scan field has the focus; a scanner types and ends with Enter."""
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def look(page: Page) -> None:
    """The page as it stands is open to everybody, and no wider than the screen."""
    page.wait_for_load_state("networkidle")
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def pick_everything(page: Page) -> None:
    """A wrong scan first, which counts nothing; then two coffees and a mug."""
    scan(page, "MUG")
    expect(page.get_by_role("alert")).to_contain_text("MUG")
    look(page)
    scan(page, COFFEE_BARCODE)
    expect(page.locator(".work-count")).to_contain_text("1")
    scan(page, COFFEE_BARCODE)
    expect(page.locator(".work-shelf")).to_contain_text("B-2")
    scan(page, "mug")
    expect(page.locator("#code")).to_have_count(0)


@pytest.mark.parametrize(("language", "width"), [("ja", 390), ("en", 1280)])
def test_from_the_shelf_to_the_carrier_by_keyboard(
    browser: Browser, address: str, runtime: Runtime, order: MadeOrder, language: str, width: int
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 844}, reduced_motion="reduce", locale=language
    )
    page.set_default_timeout(10_000)

    come_in(page, address, BOARD, language)
    look(page)
    page.locator("form[action$='/lists'] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lists/P-*")
    look(page)
    pick_everything(page)
    look(page)
    page.locator(".work-next a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/fulfilments/F-*")
    look(page)
    page.locator("form[action$='/box'] button").focus()
    page.keyboard.press("Enter")
    scan(page, "MUG")
    expect(page.locator("#code")).to_be_focused()
    scan(page, COFFEE_BARCODE)
    scan(page, COFFEE_BARCODE)
    expect(page.locator("#weight_g")).to_be_focused()
    look(page)
    page.locator("#service").select_option("yamato/")
    page.locator("#weight_g").focus()
    page.keyboard.type("9000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("670")
    look(page)
    page.locator("#weight_g").fill("672")
    page.keyboard.press("Enter")
    expect(page.locator("input[name='tracking_number']")).to_be_focused()
    look(page)
    page.keyboard.type("1234-5678-9012")
    page.keyboard.press("Enter")
    expect(page.locator("p .number").filter(has_text="1234-5678-9012")).to_be_visible()
    page.goto(f"{address}{BOARD}/hand-over?lang={language}", wait_until="networkidle")
    look(page)
    page.locator("form[action$='/hand-over'] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/close']")).to_have_count(1)
    look(page)
    page.close()
    with runtime.database.looking() as session:
        assert orders.by_id(session, order.id).fulfilment_state is FulfilmentState.SHIPPED


@pytest.mark.parametrize(("language", "width"), [("ja", 1280), ("en", 390)])
def test_the_shops_boxes_are_kept(
    browser: Browser, address: str, order: MadeOrder, language: str, width: int
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 844}, reduced_motion="reduce", locale=language
    )
    page.set_default_timeout(10_000)
    come_in(page, address, f"{BOARD}/boxes", language)
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("link", name="S", exact=True).click()
    page.locator("#tare_g").fill("95")
    page.locator("#tare_g").press("Enter")
    expect(page.get_by_role("row").filter(has_text="95")).to_have_count(1)
    page.close()
