"""The inbox by keyboard and on a phone: narrowed down, ticked, kept as a view, handled at once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from cases.routing import agents
from cases.taxonomy import tags
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.effects import settle
from tests.factories.cases import make_case, make_chat
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import PASSWORD, make_staff


@pytest.fixture
def made(runtime: Runtime) -> list[CaseView]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_staff(uow, Role.LEAD, language=Language.ENGLISH)
        agents.ensure(uow)
        found = []
        for nth, (family, words) in enumerate(
            [
                ("佐藤", "コーヒーミルの蓋が割れていました。交換をお願いします。"),
                ("高橋", "荷物が2日前から動いていないようです。確認をお願いします。"),
                ("長谷川", "領収書の宛名を会社名にできますか。"),
            ]
        ):
            who = (
                shop.customer_id
                if nth == 0
                else make_customer(uow, f"c{nth}@example.jp", family_name=family)
            )
            chat = make_chat(uow, customer_id=who)
            talking.receive(uow, chat.id, key="m1", text=words)
            found.append(make_case(uow, customer_id=who, conversation_id=chat.id))
        tags.put(uow, found[0].id, "お得意様")
    drain(runtime)
    return found


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_an_agent_finds_ticks_keeps_and_handles_cases(
    page: Page, base: str, runtime: Runtime, made: list[CaseView]
) -> None:
    page.goto(f"{base}/staff/sign-in?next=/desk")
    page.locator("input[name=mail]").fill("lead@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk")
    page.goto(f"{base}/desk?view=open&lang=en")
    bar = page.locator("[data-inbox-bar]")
    expect(bar).to_be_hidden()

    # By keyboard: search, and come back to the list.
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("ｺｰﾋｰﾐﾙ")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("コーヒーミル")
    pictures(page, "search")

    # Narrow down, and keep that as a view for everybody.
    page.goto(f"{base}/desk?view=open")
    page.get_by_text("Narrow down and sort").click()
    page.get_by_label("Tag", exact=True).select_option(label="お得意様")
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("[data-desk-case]")).to_have_count(1)
    page.get_by_text("Narrow down and sort").click()
    page.get_by_label("Keep what is shown as a view called").fill("VIP")
    page.get_by_role("button", name="Keep the view").click()
    expect(page.locator(".tab[aria-current]")).to_contain_text("VIP")
    pictures(page, "view")

    # Tick by keyboard; a list that refreshes itself forgets nothing.
    page.goto(f"{base}/desk?view=open")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("2 ticked")
    page.locator("#desk-list").evaluate("list => list.dispatchEvent(new CustomEvent('live'))")
    expect(page.locator("[data-inbox-tick]:checked")).to_have_count(2)
    pictures(page, "ticked")
    page.get_by_label("What to do with the ticked cases").select_option("priority")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("h1")).to_contain_text("2 cases")
    pictures(page, "bulk")
    page.get_by_label("Priority").select_option("urgent")
    page.get_by_role("button", name="Do it with 2 cases").click()
    expect(page.locator("main")).to_contain_text("0 of 2 done")
    settle(runtime)
    page.reload()
    expect(page.locator("main")).to_contain_text("2 of 2 done")
    pictures(page, "done")
    there = page.url.partition("?")[0]
    paths = ("/desk?view=open", "/desk?q=ミル", "/desk/views", there.removeprefix(base))
    assert_open_to_everybody(page, [base + path for path in paths])
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{base}/desk/views?lang=ja")
    pictures(page, "views")


def pictures(page: Page, name: str) -> None:
    """What it looks like, for whoever asks to see."""
    if not (folder := os.environ.get("PICTURES")):
        return
    here = page.url
    for language in ("ja", "en"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            if name not in {"ticked"}:
                page.goto(f"{here}{'&' if '?' in here else '?'}lang={language}")
            page.screenshot(path=Path(folder) / f"{name}-{language}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
