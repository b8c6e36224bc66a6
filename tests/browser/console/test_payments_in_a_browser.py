"""An order's money and what waits for a person, on a phone and on a desk."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access import demo_accounts
from oms_service.app import create_app
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import chargebacks
from oms_service.payments.chargebacks import NewChargeback
from oms_service.payments.states import MethodKind, RefundPart
from oms_service.processes import held_by
from oms_service.settings import Settings
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.money import make_method, order_paid_by, run
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

WAITING = "/console/payments"
PAID, SLIP = "/console/payments/orders/A-10423", "/console/payments/orders/A-100002"
CARDS = "/console/payments/gift-cards"


@pytest.fixture
def demo(settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    """A paid order with a refund that needs a second person and a dispute, and an unpaid slip."""
    made = create_app(dataclasses.replace(settings, demo=True), clock=clock)
    runtime = held_by(made)
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
        shop = make_shop(uow)
        order = make_order(uow, shop, items={"MUG": 20}, number="A-10423")
        order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI))
        wish = Wish(
            order_id=order.id,
            amount=Money(35_000, "JPY"),
            part=RefundPart.ORDER,
            reason=RefundReason.QUALITY,
            key="k",
            givers={Giver.AGENT},
        )
        refunding.request(uow, wish)
        yen = Money(3_000, "JPY")
        new = NewChargeback(order_id=order.id, amount=yen, reason="fraud", key="d")
        chargebacks.open_one(uow, new)
    run(runtime)
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


def test_a_refund_is_shown_then_made_and_a_second_person_agrees(page: Page, address: str) -> None:
    come_in(page, address, WAITING)
    assert_open_to_everybody(page, [address + path for path in (WAITING, PAID, SLIP, CARDS)])
    page.goto(f"{address}{PAID}?lang=ja")
    page.get_by_label("金額").first.fill("1200")
    page.get_by_role("button", name="返金の内容を確認").click()
    expect(page.get_by_role("heading", name="1,200円を返金しますか")).to_be_visible()
    page.get_by_role("button", name="1,200円を返金する").click()
    expect(page.get_by_role("cell", name="1,200円").first).to_be_visible()
    page.goto(f"{address}{WAITING}")
    page.get_by_role("button", name="承認", exact=True).click()
    page.get_by_role("button", name="35,000円を返金する").click()
    expect(page.get_by_text("返金の手続きに入りました。")).to_be_visible()
