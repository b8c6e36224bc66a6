"""What cases are about, on a phone and a desk, in both languages: set up by a lead, then used."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases.taxonomy import demo, tags
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.cases import make_case
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff


@pytest.fixture
def case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        order = make_delivered_order(uow, shop)
        made = make_case(uow, reason="damaged", order_id=order.id, customer_id=shop.customer_id)
        tags.put(uow, made.id, "常連のお客様")
        demo.add(uow)
    return made


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_a_lead_sets_words_up_and_sorts_a_case_by_them(
    page: Page, base: str, case: CaseView
) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk/settings/reasons")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/settings/reasons")
    at = f"{base}/desk/settings"
    sheet = f"{base}/desk/cases/{case.number}"
    assert_open_to_everybody(page, [f"{at}/reasons/stuck", sheet])

    page.goto(f"{at}/reasons/new?lang=en")
    page.get_by_label("Colleagues read, in Japanese").fill("包装")
    page.get_by_label("Colleagues read, in English").fill("Wrapping")
    page.get_by_label("Customers read, in Japanese").fill("包装について")
    page.get_by_label("Customers read, in English").fill("About wrapping")
    page.get_by_label("Place in the list").fill("early")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a number from 0 to 9999.")
    page.get_by_label("Place in the list").fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("About wrapping")

    page.goto(f"{sheet}?lang=en")
    page.get_by_text("Reason, priority, queue").click()
    page.locator("#set_reason").select_option("wrapping")
    page.locator("#sort form button").click()
    expect(page.locator("main")).to_contain_text("Reason: Damaged → Wrapping")
    page.get_by_text("Orders and lines").click()
    page.locator("#lines select[name^=pieces]").first.select_option("1")
    page.locator("#lines form").first.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("not settled yet")
