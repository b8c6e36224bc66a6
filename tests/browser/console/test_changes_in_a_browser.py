"""Changing an order in a real browser: choose, see what it brings, confirm; on a phone as well."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.payments import service as payments
from oms_service.payments.states import MethodKind
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff

NUMBER = "A-10700"
KINDS = ("address", "items", "quantity", "payment", "delivery", "expedite")


@pytest.fixture
def placed(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.LEAD, mail="en@shop.example", language=Language.ENGLISH)
        card = payments.add_method(
            uow, customer_id=shop.customer_id, kind=MethodKind.CARD, token="c", last_four="4242"
        )
        speeds = {"express": {"charge_minor": 800, "days": 1}}
        rules: dict[str, object] = {kind: {} for kind in ("cancel", *KINDS[:-1])}
        change_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={**rules, "expedite": {"speeds": speeds}},
            text={"ja": "規約", "en": "Terms"},
        )
        return make_order(uow, shop, number=NUMBER, items={"COFFEE": 2, "MUG": 1}, method_id=card)


@pytest.fixture
def address(app: Flask, placed: MadeOrder) -> Iterator[str]:
    with served(app) as url:
        yield url


def come_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.fill("[name=mail]", "en@shop.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def test_units_are_called_off_by_keyboard_and_the_money_is_told(
    english_page: Page, address: str, runtime: Runtime, placed: MadeOrder
) -> None:
    page = english_page
    page.set_viewport_size({"width": 390, "height": 900})
    come_in(page, address)
    page.goto(f"{address}/console/orders/{NUMBER}")
    page.get_by_role("link", name="Change or cancel this order").click()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("Only these units").check()
    page.locator("fieldset#lines input").first.fill("1")
    page.get_by_role("button", name="Show what it brings").press("Enter")
    expect(page.locator("dl.facts").last).to_contain_text("¥1,000")
    page.get_by_role("button", name="Cancel it for good").press("Enter")
    page.wait_for_url(f"**/console/orders/{NUMBER}")
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, placed.id).total.minor == 3_500


def test_another_day_and_hours_are_chosen_on_a_phone(
    english_page: Page, address: str, runtime: Runtime, placed: MadeOrder
) -> None:
    page = english_page
    page.set_viewport_size({"width": 390, "height": 900})
    come_in(page, address)
    page.goto(f"{address}/console/orders/{NUMBER}/change/delivery")
    page.get_by_label("Day of delivery").fill("2026-11-26")
    page.get_by_label("Hours").select_option("1416")
    page.get_by_role("button", name="Show what it brings").press("Enter")
    expect(page.locator("dl.facts").last).to_contain_text("Thu 26 Nov, 14:00–16:00")
    page.get_by_role("button", name="Change the order").press("Enter")
    page.wait_for_url(f"**/console/orders/{NUMBER}")
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, placed.id)
    assert (str(found.deliver_on), found.delivery_window) == ("2026-11-26", "1416")


def test_every_page_is_whole_and_accessible(page: Page, address: str) -> None:
    come_in(page, address)
    paths = ["change", "cancel", *(f"change/{kind}" for kind in KINDS)]
    assert_open_to_everybody(page, [f"{address}/console/orders/{NUMBER}/{path}" for path in paths])
