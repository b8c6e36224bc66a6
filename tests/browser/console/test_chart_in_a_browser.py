"""A chart in a real browser: drawn from its table, read by keys and finger, in both themes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from oms_service.access.states import Role
from oms_service.inventory import service
from oms_service.inventory.service import Why
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.browser.conftest import accessibility_faults
from tests.browser.web.gallery import served
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.clock import StandingClock

STOCK = "/console/stock/COFFEE"
#: How many pixels of the drawing have the colour of the first key.
INK = """chart => {
  const {color} = getComputedStyle(chart.querySelector('.chart-key.is-1'));
  const key = color.match(/\\d+/g).map(Number);
  const canvas = chart.querySelector('canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let n = 0; n < data.length; n += 4)
    if (data[n + 3] === 255 && key.every((part, k) => data[n + k] === part)) found++;
  return found;
}"""


@pytest.fixture
def address(app: Flask, runtime: Runtime, clock: StandingClock) -> Iterator[str]:
    """Ten cups two days ago, five more yesterday, two promised today."""
    now = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    clock.set(now - timedelta(days=2))
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        make_staff(uow, Role.LEAD, mail="en@shop.example", language=Language.ENGLISH)
    clock.set(now - timedelta(days=1))
    with runtime.unit_of_work(SYSTEM) as uow:
        place = shop.coffee_id, shop.location_id
        service.receive(uow, {place: 5}, Why(key="delivery-1", cause="purchase:1"))
    clock.set(now)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop)
    with served(app) as url:
        yield url


def come_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.fill("[name=mail]", "en@shop.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_a_chart_is_read_by_keys_and_finger_and_follows_the_theme(
    english_page: Page, browser: Browser, address: str
) -> None:
    page, said = english_page, []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": 390, "height": 900})
    come_in(page, address)
    page.goto(address + STOCK)
    chart = page.get_by_role("figure", name="On hand and allocated")
    slider = chart.get_by_role("slider", name="read with the arrow keys")
    expect(slider).to_have_attribute("aria-valuetext", "Sun 22 Nov: On hand 15, Allocated 2")
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "Sat 21 Nov: On hand 15, Allocated 0")
    slider.press("Home")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "1")
    expect(chart.locator(".chart-reading")).to_have_text("Tue 27 OctOn hand 0Allocated 0")
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 20)
    expect(slider).to_have_attribute("aria-valuenow", "27")
    by_day = chart.evaluate(INK)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(chart.locator("canvas")).to_have_count(1)
    assert min(by_day, chart.evaluate(INK)) > 50  # each theme draws in its own colour
    drawing = chart.locator(".uplot")
    wide = drawing.evaluate("drawing => getComputedStyle(drawing).width")
    page.set_viewport_size({"width": 320, "height": 900})
    expect(drawing).not_to_have_css("width", wide)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert accessibility_faults(page) == []
    assert said == []

    state = page.context.storage_state()
    plain = browser.new_context(java_script_enabled=False, locale="en-GB", storage_state=state)
    bare = plain.new_page()
    bare.goto(address + STOCK)
    expect(bare.get_by_role("row", name="Sat 21 Nov 15 0")).to_be_visible()
    expect(bare.locator(".chart-drawing")).to_be_hidden()
    plain.close()
