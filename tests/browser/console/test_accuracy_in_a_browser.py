"""How right we are and what a customer was told, in a real browser; on a phone as well."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.shipping.states import ForecastStage
from oms_service.shipping.told import told
from oms_service.shipping.windows import Window
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.forecasts import a_forecast, keep
from tests.factories.orders import make_order, ship
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff

NUMBER = "A-10700"
FIRST = datetime(2026, 9, 21, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture
def address(app: Flask, runtime: Runtime) -> Iterator[str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=50)
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.LEAD, mail="en@shop.example", language=Language.ENGLISH)
        for week in range(8):
            until = FIRST + timedelta(weeks=week)
            for turn, carrier in enumerate(("yamato", "sagawa", "japanpost")):
                order = make_order(uow, shop, items={"COFFEE": 1})
                off = 4 * turn * (1 + week % 3)
                for stage in (ForecastStage.HANDOVER, ForecastStage.DAY_BEFORE):
                    forecast = a_forecast(
                        order.id,
                        None,
                        until,
                        stage=stage,
                        off_hours=off,
                        is_at_risk=off > 6,
                        carrier=carrier,
                    )
                    keep(uow.session, [forecast])
        sent = ship(uow, shop, make_order(uow, shop, number=NUMBER))
        later = Window(uow.now + timedelta(days=2), uow.now + timedelta(days=2, hours=2))
        told(uow, order_id=sent.id, parcel_id=None, window=later, channel="webchat", reason="snow")
    with served(app) as url:
        yield url


def come_in(page: Page, address: str, mail: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.fill("[name=mail]", mail)
    page.fill("[name=password]", PASSWORD)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_the_figures_are_split_and_explained_on_a_phone(english_page: Page, address: str) -> None:
    page = english_page
    page.set_viewport_size({"width": 390, "height": 900})
    come_in(page, address, "en@shop.example")
    page.goto(f"{address}/console/accuracy")
    chart = page.get_by_role("figure", name="Week by week")
    # Eight weeks of promises, and a ninth in which the latest of them came.
    expect(chart.get_by_role("slider")).to_have_attribute("aria-valuenow", "8")
    page.get_by_role("link", name="By week").click()
    expect(page.get_by_role("row", name="Mon 14 Sep")).to_be_visible()
    page.get_by_role("link", name="What the figures mean").press("Enter")
    expect(page.get_by_role("heading", name="What the figures mean")).to_be_in_viewport()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as CSV").last.click()
    assert waiting.value.suggested_filename.endswith("-week.csv")


def test_the_pages_are_whole_and_accessible(page: Page, address: str) -> None:
    come_in(page, address, "lead@shop.example")
    accuracy = f"{address}/console/accuracy"
    empty = f"{accuracy}?to=2025-01-01"
    order = f"{address}/console/orders/{NUMBER}"
    assert_open_to_everybody(page, [accuracy, f"{accuracy}?by=lane", empty, order])
