"""The log of what the shop said, on a phone and a desk, in both languages, and a letter again."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.conversations import service
from oms_service.conversations.breaker import MOST_FAILURES, How
from oms_service.conversations.channels import MAIL
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.effects import settle
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server

SIZES = {"phone": (390, 844), "desk": (1280, 900)}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with a_mail_server() as made:
        yield made


@pytest.fixture
def app(settings: Settings, clock: StandingClock, server: SmtpServer) -> Iterator[Flask]:
    """The house with a real mail server."""
    with an_app(replace(settings, smtp_url=server.url), clock=clock) as made:
        yield made


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def refused(runtime: Runtime, server: SmtpServer) -> int:
    """A letter that was refused, beside those of an order that arrived."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop, number="A-1")
        make_staff(uow, Role.OPERATIONS)
    settle(runtime)
    server.refuse = 550
    with runtime.unit_of_work(SYSTEM) as uow:
        message = service.say_by_mail(
            uow,
            to="misaki.sato@example.jp",
            customer_id=shop.customer_id,
            language=Language.JAPANESE,
            subject="ご注文 A-1 のお届け予定について",
            text="お荷物は明日 11月23日(月) 14~16時ごろのお届け予定です。",
        )
    settle(runtime)
    server.refuse = None
    return message.id


def come_in(page: Page, base: str) -> None:
    page.goto(f"{base}/staff/sign-in?next=/console/messages")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.get_by_role("link", name="ご注文 A-1 のお届け予定について")).to_be_visible()


def test_every_page_is_sound_on_a_phone_and_a_desk(
    page: Page, base: str, runtime: Runtime, refused: int
) -> None:
    come_in(page, base)
    for _time in range(MOST_FAILURES):
        runtime.breaker.note(MAIL, How.DOWN)
    here = f"{base}/console/messages"
    paths = [here, f"{here}/{refused}", f"{here}/again?id={refused}", f"{here}?q=nothing"]
    assert_open_to_everybody(page, paths)
    if shots := os.environ.get("SHOTS"):
        for name, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for number, path in enumerate(paths):
                for language in ("ja", "en"):
                    joint = "&" if "?" in path else "?"
                    page.goto(f"{path}{joint}lang={language}")
                    page.screenshot(
                        path=Path(shots) / f"{number}-{name}-{language}.png", full_page=True
                    )


@pytest.mark.parametrize("size", SIZES)
def test_a_colleague_sends_a_refused_letter_again(
    page: Page, base: str, runtime: Runtime, server: SmtpServer, refused: int, size: str
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    come_in(page, base)
    arrived = len(server.taken)
    page.goto(f"{base}/console/messages?view=failed&lang=ja")
    page.locator("input[name=id]").first.check()
    page.get_by_role("button", name="もう一度送る").click()
    expect(page.get_by_text("二度押しても送信は一度です", exact=False)).to_be_visible()
    page.get_by_role("button", name="1件をもう一度送る").click()
    expect(page.get_by_text("1件を送り直しています。")).to_be_visible()
    settle(runtime)
    assert len(server.taken) == arrived + 1
    page.reload()
    expect(page.get_by_text("手動で再送")).to_be_visible()
    expect(page.get_by_text("メールサーバーが受け付けました。", exact=False)).to_be_visible()
