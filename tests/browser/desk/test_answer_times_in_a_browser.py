"""Answer times on a phone and a desk, in both languages: set by a lead, seen in a case."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases.routing import agents
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.cases import make_case, make_chat
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff


@pytest.fixture
def case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        agents.ensure(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        made = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    drain(runtime)
    return made


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk/times")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/times")


def test_every_page_is_sound_on_a_phone_and_a_desk(page: Page, base: str, case: CaseView) -> None:
    sign_in(page, base)
    paths = (
        "/desk/times",
        "/desk/times/policies/chat",
        "/desk/times/hours/office",
        "/desk?view=open",
        f"/desk/cases/{case.number}",
    )
    assert_open_to_everybody(page, [base + path for path in paths])


def test_a_lead_gives_chats_more_time_and_a_colleague_promises_an_answer(
    page: Page, base: str, runtime: Runtime, case: CaseView
) -> None:
    sign_in(page, base)
    page.goto(f"{base}/desk/times?lang=en")
    page.get_by_role("link", name="Chat", exact=True).click()
    page.get_by_label("First answer").fill("x")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter whole minutes")
    page.get_by_label("First answer").fill("45")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("main")).to_contain_text("45 min")
    page.goto(f"{base}/desk/cases/{case.number}?lang=en")
    expect(page.locator("main")).to_contain_text("First answer due:")
    page.get_by_text("Promise an answer").click()
    page.locator("#day").fill("2026-11-25")
    page.get_by_role("textbox", name="Time").fill("12:00")
    page.get_by_role("button", name="Note the promise").click()
    expect(page.locator("main")).to_contain_text("An answer is promised by")
    drain(runtime)
    page.reload()
    expect(page.locator("main")).to_contain_text("Answer promised by:")
