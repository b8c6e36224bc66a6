"""Returns on a phone and a desk, in both languages, with a scanner that types and presses Enter."""

from collections.abc import Iterator
from typing import Final

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service import relay as process
from oms_service.access.states import Role
from oms_service.kernel.actors import staff
from oms_service.kernel.languages import Language
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.coming_back import adopt_exchanges, adopt_returns, make_sibling
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff

TRACKING: Final = "1234-5678-9012"


@pytest.fixture
def numbers(runtime: Runtime) -> dict[str, str]:
    """A return on its way, an exchange that waits for a yes, and a claim."""
    with runtime.unit_of_work(staff(1)) as uow:
        person = make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
    with runtime.unit_of_work(staff(person.id)) as uow:
        shop = make_shop(uow, stock=20)
        make_sibling(uow, shop, "SMALL", price=600)
        adopt_returns(uow, shop)
        adopt_exchanges(uow, shop, approval="person")
        orders = [make_delivered_order(uow, shop) for _ in range(3)]
    process.drain(runtime)
    first, second, third = orders
    with runtime.unit_of_work(staff(person.id)) as uow:
        line = WantedLine(line_id=first.line_ids[0], quantity=2, reason=ReturnReason.CHANGED_MIND)
        back = returns.request(
            uow, Wanted(order_id=first.id, lines=[line], channel="portal", key="r")
        ).view
        receiving.announce(uow, back.id, carrier="yamato", tracking_number=TRACKING)
        swap = WantedSwap(line_id=second.line_ids[0], sku="SMALL", quantity=1)
        other = exchanging.request(
            uow, WantedExchange(order_id=second.id, swaps=[swap], channel="portal", key="x")
        ).view
        broken = ClaimedLine(line_id=third.line_ids[0], quantity=1, reason=ClaimReason.DAMAGED)
        claim = claiming.request(
            uow,
            WantedClaim(
                order_id=third.id,
                lines=[broken],
                remedy=Remedy.REFUND,
                channel="portal",
                key="c",
            ),
        ).view
    return {"back": back.number, "exchange": other.number, "claim": claim.number}


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/staff/sign-in?next=/console/returns")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/console/returns")


def test_every_page_is_sound_on_a_phone_and_a_desk(
    page: Page, base: str, numbers: dict[str, str]
) -> None:
    sign_in(page, base)
    paths = (
        "/console/returns",
        "/console/returns?view=waiting",
        "/console/returns?view=all",
        f"/console/returns/{numbers['back']}",
        f"/console/returns/{numbers['exchange']}",
        "/console/returns/claims",
    )
    assert_open_to_everybody(page, [base + path for path in paths])


def test_a_receiver_scans_the_parcel_and_books_it_in(
    page: Page, base: str, numbers: dict[str, str]
) -> None:
    sign_in(page, base)
    page.goto(f"{base}/console/returns?lang=en")
    page.locator("#code").fill(TRACKING)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Return {numbers['back']}")
    shelf, check = page.locator("input[id^=shelf-]"), page.locator("input[id^=check-]")
    expect(shelf).to_have_value("2")
    check.fill("1")
    page.get_by_role("button", name="Book in", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("More than was announced")
    shelf.fill("1")
    page.get_by_role("button", name="Book in", exact=True).click()
    expect(page.locator("body")).to_contain_text("It is booked in.")
    expect(page.locator("main")).to_contain_text("Nothing more is expected.")


def test_somebody_decides(page: Page, base: str, numbers: dict[str, str]) -> None:
    sign_in(page, base)
    page.goto(f"{base}/console/returns/{numbers['exchange']}?lang=en")
    page.get_by_role("button", name="Reject it").click()
    expect(page.locator(".error-summary")).to_contain_text("Say why")
    page.get_by_role("button", name="Approve it").click()
    expect(page.locator("main")).to_contain_text("The new goods are kept back")
    page.goto(f"{base}/console/returns/claims?lang=en")
    page.get_by_role("button", name="Approve it").click()
    expect(page.locator("body")).to_contain_text("It is approved.")
    expect(page.locator("main")).to_contain_text("Nothing here")
