"""Merging, tasks and what one is called for, on a phone and a desk, in both languages."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases import service
from cases.routing import agents
from cases.together import linking, tasks
from cases.together.states import LinkKind, Team
from cases.together.tasks import Wish
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.cases import make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff


@pytest.fixture
def pair(runtime: Runtime) -> tuple[CaseView, CaseView]:
    """Two cases that are one, a task, a link, and a note that calls the lead."""
    made = []
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        other = make_staff(uow, Role.AGENT, name="佐藤 健")
        agents.ensure(uow)
        order = make_order(uow, shop)
        for reason, words in (("damaged", "箱が潰れていました"), ("missing", "一つ足りません")):
            chat = make_chat(uow, customer_id=shop.customer_id)
            talking.receive(uow, chat.id, key=words, text=words)
            made.append(make_case(uow, order_id=order.id, reason=reason, conversation_id=chat.id))
    with runtime.unit_of_work(staff(other.id)) as uow:
        tasks.ask(uow, made[0].id, Wish(title="棚Bを見る", key="t", team=Team.WAREHOUSE))
        linking.link(uow, made[0].id, made[1].id, LinkKind.RELATED)
        service.note(uow, made[0].id, "@lead 見てもらえますか")
    drain(runtime)
    return made[0], made[1]


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_a_lead_finds_a_task_a_call_and_a_double_and_merges_it(
    page: Page, base: str, pair: tuple[CaseView, CaseView]
) -> None:
    one, two = pair
    page.goto(f"{base}/staff/sign-in?next=/desk/for-me")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/for-me")
    here = f"{base}/desk/cases/{one.number}"
    paths = (
        f"{base}/desk/for-me",
        f"{base}/desk/tasks",
        f"{here}/split",
        f"{here}/merge?with={two.number}",
    )
    assert_open_to_everybody(page, paths)
    page.goto(f"{here}?lang=en")
    page.get_by_role("link", name="Merge…").click()
    page.get_by_role("button", name="Merge them").click()
    expect(page.get_by_text("Merged. This case stands for both now.")).to_be_visible()
    expect(page.get_by_text("一つ足りません").first).to_be_visible()
    page.get_by_role("button", name=f"Take {two.number} out again").click()
    expect(page.get_by_text("Put back. The case stands for itself again.")).to_be_visible()
