"""The counter on a phone and a desk, in both languages, and the customer's page with the code."""

from collections.abc import Iterator
from typing import Final

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service import relay as process
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.pickup import collecting
from oms_service.pickup.queries import PickupView
from oms_service.runtime import Runtime
from tests.browser.conftest import accessibility_faults
from tests.browser.web.gallery import served
from tests.factories.orders import pay
from tests.factories.pickups import place_for_pickup, reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import PASSWORD, make_staff

PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1280, "height": 900}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
        return make_shop(uow, stock=20)


@pytest.fixture
def ready(runtime: Runtime, shop: Shop) -> PickupView:
    """An order that lies ready, beside a reservation and one that is brought to the shop."""
    with runtime.unit_of_work(SYSTEM) as uow:
        ginza = stocked_counter(uow, shop, 5)
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
        ready = collecting.make_ready(uow, pickup.id)
        reserve(uow, shop, ginza)
        place_for_pickup(uow, shop, ginza, {"MUG": 8})
    process.drain(runtime)
    return ready


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/staff/sign-in?next=/console/pickups")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/console/pickups")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_page_is_sound_on_a_phone_and_a_desk(
    page: Page, base: str, shop: Shop, ready: PickupView, lang: str
) -> None:
    sign_in(page, base)
    paths = (
        "/console/pickups",
        "/console/pickups?view=ready",
        f"/console/pickups/{ready.number}",
        f"/console/pickups/customers?customer={shop.customer_id}&goods=COFFEE",
        "/console/pickups/terms",
    )
    for path in paths:
        for size in (PHONE, DESK):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={lang}")
            expect(page.locator("h1")).to_be_visible()
            assert accessibility_faults(page) == [], path
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 0, path


def test_a_code_is_scanned_and_the_goods_handed_over(
    page: Page, base: str, ready: PickupView
) -> None:
    sign_in(page, base)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(f"{base}/console/pickups?lang=en")
    page.locator("#q").fill(ready.shown_code)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/pickups/{ready.number}")
    page.locator("#code").fill(ready.code.lower())
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.locator(".badge").first).to_contain_text("Collected")
