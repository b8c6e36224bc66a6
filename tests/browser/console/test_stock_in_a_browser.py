"""Stock on a phone and a desk, in both languages, with a scanner that types and presses Enter."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.inventory import handling, transfers
from oms_service.inventory.purchasing import Came
from oms_service.inventory.states import Handling
from oms_service.kernel.actors import staff
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import make_order
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff
from tests.factories.stock import make_location


@pytest.fixture
def pages(runtime: Runtime) -> list[str]:
    """A shop with something of everything, and where it can be seen."""
    with runtime.unit_of_work(staff(1)) as uow:
        person = make_staff(uow, Role.OPERATIONS, language=Language.JAPANESE)
    with runtime.unit_of_work(staff(person.id)) as uow:
        shop = make_shop(uow, stock=10)
        osaka = make_location(uow, "osaka", region="大阪府")
        make_order(uow, shop)
        place = shop.coffee_id, shop.location_id
        handling.handle(uow, Handling.DAMAGE, {place: 1}, reason="broken", key="a")
        handling.keep_back(uow, place, safety=2, reorder_point=9)
        bought = make_purchase(uow, shop.location_id, {shop.coffee_id: 12, shop.mug_id: 3}, came=2)
        asked = make_transfer(uow, shop.location_id, osaka, {shop.mug_id: 2}, is_sent=False)
        sent = make_transfer(uow, shop.location_id, osaka, {shop.mug_id: 3})
        short = make_transfer(uow, shop.location_id, osaka, {shop.mug_id: 2})
        transfers.receive(uow, short.id, {shop.mug_id: Came(received=1)})
        counted = make_count(uow, shop.location_id, {shop.coffee_id: 9}, is_approved=False)
        make_count(uow, osaka, {shop.mug_id: 1})
    return [
        "/console/stock",
        "/console/stock?view=incoming",
        "/console/stock?q=nothing",
        "/console/stock/COFFEE",
        "/console/stock/COFFEE/move?at=tokyo",
        "/console/purchases",
        "/console/purchases/new",
        f"/console/purchases/{bought.number}",
        "/console/transfers",
        "/console/transfers/new",
        f"/console/transfers/{asked.number}",
        f"/console/transfers/{sent.number}",
        f"/console/transfers/{short.number}",
        "/console/counts?view=all",
        "/console/counts/new",
        f"/console/counts/{counted.number}",
    ]


@pytest.fixture
def address(app: Flask, pages: list[str]) -> Iterator[str]:
    with served(app) as url:
        yield url


def come_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in?next=/console/stock")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/console/stock")


def test_every_page_of_stock_fits_and_can_be_read_by_everybody(
    page: Page, address: str, pages: list[str]
) -> None:
    come_in(page, address)
    assert_open_to_everybody(page, [address + path for path in pages])


def test_a_scanner_counts_and_hands_in(page: Page, address: str) -> None:
    come_in(page, address)
    page.goto(f"{address}/console/counts/new")
    for code in ("MUG", "MUG"):
        page.locator("#code").fill(code)
        page.keyboard.press("Enter")
        expect(page.locator(".stock-line")).to_have_count(1)
    page.locator("button[value=start]").click()
    page.wait_for_url("**/console/counts/CT-*")
    for number in ("1", "2", "3"):
        expect(page.locator("#code")).to_be_focused()
        page.keyboard.type("MUG")
        page.keyboard.press("Enter")
        expect(page.locator("#counted-MUG")).to_have_value(number)
    page.locator("button[value=submit]").click()
    page.get_by_role("button", name="承認へ進む").click()
    page.get_by_role("button", name="棚卸を承認する").click()
    expect(page.locator(".page-head .badge")).to_contain_text("承認済み")
    page.goto(f"{address}/console/stock/MUG?at=osaka")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("3")
