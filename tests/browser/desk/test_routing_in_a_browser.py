"""Routing on a phone and a desk, in both languages: who is there, by which rules cases go."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases.routing import agents, service
from cases.routing.service import RuleWish
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.browser.web.gallery import served
from tests.factories.cases import make_agent, make_case
from tests.factories.staff import PASSWORD, make_staff

NAME = {"ja": "英語のお客様", "en": "English-speaking customers"}


@pytest.fixture
def case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        make_agent(uow)
        agents.ensure(uow)
        service.add_rule(uow, RuleWish(name=NAME, languages=["en"], queue="returns"))
        made = make_case(uow, language=Language.ENGLISH)
        service.tell_lead(uow, made.id)
    drain(runtime)
    return made


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_a_lead_sees_why_nobody_has_a_case_and_takes_it(
    page: Page, base: str, case: CaseView
) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk/team")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/team")
    page.goto(f"{base}/desk/team?lang=en")
    why = "Nobody in this queue speaks the customer's language."
    expect(page.get_by_text(why)).to_be_visible()
    page.get_by_role("button", name="I have looked at it").click()
    expect(page.get_by_text("is off the list")).to_be_visible()
    page.goto(f"{base}/desk/cases/{case.number}?lang=en")
    expect(page.get_by_text(why).first).to_be_visible()
    page.goto(f"{base}/desk/presence?lang=en")
    page.get_by_role("button", name="Take the next case").click()
    page.wait_for_url(f"**/desk/cases/{case.number}")
