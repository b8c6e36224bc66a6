"""Documents and carriers' files as a colleague sees them, on a phone and on a desk."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access import demo_accounts
from oms_service.app import create_app
from oms_service.documents import service
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.dispatch import packing
from oms_service.operations.dispatch.packing import Weighed
from oms_service.processes import held_by
from oms_service.settings import Settings
from oms_service.warehouse import queries as warehouse
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.effects import settle
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.warehouse import COFFEE_BARCODE, furnish, pick_all, start_list
from tests.fakes.clock import StandingClock

HANDOFF = "/console/documents/handoff"
OF_ORDER = "/console/documents/orders/A-10423"


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    """A packed box of Yamato's without a number, and a label that failed."""
    made = create_app(dataclasses.replace(settings, demo=True), clock=clock)
    runtime = held_by(made)
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
        shop = make_shop(uow)
        furnish(uow, shop)
        order = make_order(uow, shop, number="A-10423")
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        (found,) = warehouse.fulfilments_of(uow.session, order.id)
        weighed = Weighed(weight_g=400, carrier="yamato")
        units = packing.unpacked(uow.session, found)
        box = packing.pack(uow, found.id, units, weighed, box_code="M")
        label = service.request_label(
            uow,
            box_id=box.id,
            box_number=box.number,
            order_id=order.id,
            carrier="yamato",
            service="takkyubin",
        )
        service.fail(uow, label.id, cause="address_refused")
    yield made
    runtime.database.close()


@pytest.fixture
def address(demo: Flask) -> Iterator[str]:
    with served(demo) as url:
        yield url


def come_in(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/staff/sign-in?next={path}")
    page.get_by_role("button", name="山本 直樹").click()
    page.wait_for_url(f"**{path}")


def test_a_file_that_does_not_fit_says_which_box_and_why(page: Page, address: str) -> None:
    come_in(page, address, HANDOFF)
    assert_open_to_everybody(page, [address + path for path in (HANDOFF, OF_ORDER)])
    page.goto(f"{address}{HANDOFF}?lang=ja")
    page.get_by_role("button", name="B2クラウド用ファイルをダウンロード").click()
    expect(page.get_by_role("alert")).to_contain_text("請求先顧客コード が空です")
