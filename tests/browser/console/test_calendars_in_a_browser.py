"""Working days in a real browser: seen, changed by keyboard, read on a phone as well."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.staff import PASSWORD, make_staff
from tests.factories.stock import make_location


@pytest.fixture
def address(app: Flask, runtime: Runtime) -> Iterator[str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_location(uow)
        make_staff(uow, Role.LEAD, mail="en@shop.example", language=Language.ENGLISH)
    with served(app) as url:
        yield url


def come_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.fill("[name=mail]", "en@shop.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_sundays_are_taken_off_by_keyboard_and_the_days_ahead_say_so(
    page: Page, address: str
) -> None:
    come_in(page, address)
    page.goto(f"{address}/console/calendars/locations/tokyo?lang=en")
    expect(page.locator("tbody tr")).to_have_count(14)
    page.get_by_label("Sunday").fill("")
    page.get_by_label("Closed on national holidays").check()
    page.get_by_role("button", name="Keep", exact=True).press("Enter")
    expect(page.get_by_text("These days hold from now on.")).to_be_visible()
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Closed all day")
    page.get_by_label("Carriers collect at").fill("soon")
    page.get_by_role("button", name="Keep", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter a time such as 15:00.")
    expect(page.get_by_label("Sunday")).to_have_value("")


def test_every_page_is_open_to_everybody(page: Page, address: str) -> None:
    come_in(page, address)
    pages = ("", "/locations/tokyo", "/carriers/yamato", "/holidays", "/areas/sado")
    assert_open_to_everybody(page, [f"{address}/console/calendars{path}" for path in pages])
