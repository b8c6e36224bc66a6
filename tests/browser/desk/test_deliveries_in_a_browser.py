"""Deliveries at risk on a phone and a desk, in both languages: a filter, an order, a rule."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases.routing import agents
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import MadeOrder
from tests.factories.outlooks import make_orders_in_doubt
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.clock import StandingClock


@pytest.fixture
def made(runtime: Runtime, clock: StandingClock) -> dict[str, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
        agents.ensure(uow)
    return make_orders_in_doubt(
        runtime, shop, lambda span: clock.advance(seconds=span.total_seconds())
    )


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk/deliveries")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/deliveries")


def test_a_colleague_finds_whose_move_it_is_and_puts_a_rule_in_force(
    page: Page, base: str, made: dict[str, MadeOrder]
) -> None:
    sign_in(page, base)
    paths = (
        "/desk/deliveries",
        "/desk/deliveries?who=warehouse",
        "/desk/deliveries/rules",
        "/desk/deliveries/rules/web",
    )
    assert_open_to_everybody(page, [base + path for path in paths])
    page.goto(f"{base}/desk/deliveries?lang=en")
    expect(page.locator("main tbody tr")).to_have_count(3)
    page.locator("#who").select_option(label="Customer")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("Confirm the address")
    page.get_by_role("link", name=made["address"].number).click()
    expect(page.locator("main")).to_contain_text("The address needs checking")
    page.goto(f"{base}/desk/deliveries/rules/web")
    page.locator("#hold_days").fill("x")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator(".error-summary")).to_contain_text("Enter a whole number")
    page.locator("#hold_days").fill("4")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("body")).to_contain_text("These rules hold from now on.")
