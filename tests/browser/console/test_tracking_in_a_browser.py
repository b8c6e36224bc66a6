"""Where scans come from, in a real browser: a file, an unknown word, a mapping; on a phone too."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.orders import make_shipped_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff


@pytest.fixture
def address(app: Flask, runtime: Runtime) -> Iterator[str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.LEAD, mail="en@shop.example", language=Language.ENGLISH)
        order = make_shipped_order(uow, make_shop(uow))
        fact = ScanFact(
            carrier="yamato",
            tracking_number=order.tracking_number,
            event_key="e-1",
            status=CarrierStatus.UNKNOWN,
            occurred_at=uow.now,
            carrier_words="空輸中",
        )
        scanning.record(uow, [fact], zone=runtime.settings.zone)
    with served(app) as url:
        yield url


def come_in(page: Page, address: str, mail: str) -> None:
    page.goto(f"{address}/staff/sign-in")
    page.fill("[name=mail]", mail)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button").click()
    page.goto(f"{address}/console/tracking")


def test_a_lead_takes_a_file_in_and_explains_a_word(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    come_in(page, address, "lead@shop.example")
    page.select_option("#mapping", "yamato-csv")
    rows = "伝票番号,荷物状況,日付,時刻,担当店名\r\n1111-2222-3333,配達中,2026/11/22,07:42,新宿\r\n"
    page.set_input_files(
        "#file", FilePayload(name="export.csv", mimeType="text/csv", buffer=rows.encode("cp932"))
    )
    page.get_by_role("button", name="取り込む").click()
    expect(page.locator(".notice")).to_contain_text("1行を読みました")
    expect(page.locator(".notice")).to_contain_text("1111-2222-3333")
    expect(page.get_by_text("111122223333")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    page.locator("select[name=status]").select_option("in_transit")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("未登録の表記はありません")).to_be_visible()
    assert_open_to_everybody(page, [page.url])


def test_a_lead_tries_a_mapping_on_pasted_rows(english_page: Page, address: str) -> None:
    page = english_page
    come_in(page, address, "en@shop.example")
    page.get_by_role("link", name="New mapping").click()
    page.fill("#name", "partner-csv")
    rules = {"carrier": {"fixed": "sagawa"}, "number": "no", "status": "what", "time": "at"}
    page.fill("#rules", json.dumps(rules))
    page.fill("#sample", "no,what,at\n512547514334,配達中,2026-11-22 09:00\n,配達中,x\n")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="One scan would be read")).to_be_visible()
    expect(page.get_by_text("Row 3: It is empty.")).to_be_visible()
    expect(page.get_by_text("Out for delivery")).to_be_visible()
    assert page.input_value("#name") == "partner-csv"
    page.get_by_role("button", name="Keep the mapping").click()
    expect(page.get_by_role("heading", name="partner-csv")).to_be_visible()
    assert_open_to_everybody(page, [page.url])
