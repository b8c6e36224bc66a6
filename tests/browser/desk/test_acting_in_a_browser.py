"""Acting on an order from its case, on a phone and a desk, in both languages: two steps, undone."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.demo_accounts import PASSWORD
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.coming_back import adopt_claims
from tests.factories.money import adopt
from tests.integration.cases.acting.test_acting import Room


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_a_refund_waits_a_replacement_is_called_off_and_every_page_is_sound(
    page: Page, base: str, runtime: Runtime
) -> None:
    room = Room(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 100, "lead": 100})
        adopt_claims(uow, room.shop, approval="person")
    case = f"{base}/desk/cases/{room.case.number}"
    page.goto(f"{base}/staff/sign-in?next=/desk")
    page.locator("input[name=mail]").fill("rin@desk.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk**")

    page.goto(f"{case}")
    page.get_by_text("について対応する").click()
    page.get_by_role("link", name="返金", exact=True).click()
    page.locator("input[name=scope][value=amount]").check()
    page.locator("#amount").fill("500")
    page.get_by_role("button", name="変更後の内容を確認する").click()
    expect(page.locator("main")).to_contain_text("限度額を超える")
    page.get_by_role("button", name="ほかの担当者に承認を依頼").click()
    expect(page.locator("main")).to_contain_text("承認待ち")
    expect(page.locator("main")).to_contain_text("ご自身の依頼")

    page.goto(f"{case}/do/replacement")
    page.locator(f"#units-{room.order.line_ids[0]}").fill("1")
    page.get_by_role("button", name="変更後の内容を確認する").click()
    expect(page.locator("main")).to_contain_text("お手元に残ります")
    page.get_by_role("button", name="代替品を発送する").click()
    page.get_by_role("button", name="取りやめる").first.click()
    expect(page.locator("main")).to_contain_text("取り消し")

    paths = ("/do/refund", "/do/replacement", "/do/return")
    others = ("/desk/second-person", "/console/policies", "/console/policies/web/returns")
    assert_open_to_everybody(
        page, [*(case + path for path in paths), *(base + path for path in others)]
    )
