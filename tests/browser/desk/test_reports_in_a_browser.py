"""A lead reads the figures and looks at the board, on a phone and a desk, in both languages."""

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
from tests.factories.counted import History, make_history
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.clock import StandingClock


@pytest.fixture
def history(runtime: Runtime, clock: StandingClock) -> History:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
    return make_history(runtime, clock)


@pytest.fixture
def base(app: Flask, history: History) -> Iterator[str]:
    assert history.waiting.id
    with served(app) as url:
        yield url


def test_a_lead_reads_figures_and_the_board(page: Page, base: str, history: History) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk/reports")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/reports")
    paths = ("/desk/reports", "/desk/reports?reason=damaged&by=sku", "/desk/board")
    assert_open_to_everybody(page, [base + path for path in (*paths, "/desk/reports/mine")])
    page.goto(f"{base}/desk/reports?lang=en")
    page.get_by_text("Narrow down").click()
    page.get_by_label("Reason").select_option("damaged")
    page.get_by_role("button", name="Show").click()
    row = page.get_by_role("row", name="Came back after settling").first
    expect(row).to_contain_text("1 of 1")
    page.get_by_role("link", name="By colleague").click()
    expect(page.locator("#split")).to_contain_text("田中 葵")
    page.get_by_role("link", name="Live board").first.click()
    expect(page.get_by_role("link", name=history.waiting.number)).to_be_visible()
