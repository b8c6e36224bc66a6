"""``make pictures``: the README's pictures, taken from the running product with the demo shop.

A customer asks the chat for a return; an agent opens the case that came of it. Both screens are
set side by side.
"""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from oms_service.access import demo_accounts
from oms_service.access.demo_accounts import ACCOUNTS, PASSWORD
from oms_service.kernel.actors import SYSTEM
from tests.browser.conftest import find_chromium, find_node
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_postgres, a_valkey

IMAGES: Final = Path(__file__).resolve().parents[1] / "docs" / "images"
NUMBER, MAIL = "A-10407", "mayumi.tanaka@example.jp"
CHAT = {"width": 430, "height": 860}
DESK = {"width": 1360, "height": 860}


@dataclass(frozen=True)
class Telling:
    """The same story in one language."""

    language: str
    locale: str
    opening: str
    #: The buttons pressed, one after another, by how their values begin.
    choices: tuple[str, ...]
    account: str
    background: str = "#e9e4da"


TELLINGS: Final = (
    Telling("en", "en-GB", f"I want to return {NUMBER}", ("line:", "reason:wrong_size", "confirm:"),
            ACCOUNTS[1].mail),
    Telling("ja", "ja-JP", f"{NUMBER} を返品したいです", ("line:", "reason:wrong_size", "confirm:"),
            ACCOUNTS[0].mail),
)  # fmt: skip


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for telling in TELLINGS:
        with a_demo() as house, a_browser() as browser:
            chat = _ask(browser, house, telling)
            desk = _open_case(browser, house, telling)
            _side_by_side(browser, telling, chat, desk)
        sys.stderr.write(f"docs/images/chat-to-case.{telling.language}.png\n")


@contextmanager
def a_demo() -> Iterator[RunningHouse]:
    """The product with a small demo shop, on servers of its own."""
    with tempfile.TemporaryDirectory(prefix="order-desk-pictures-") as room:
        folder = Path(room)
        with a_postgres() as postgres, a_valkey() as valkey:
            databases = Databases(postgres.url("postgres"), "pictures")
            databases.ensure_template()
            with (
                databases.a_clone() as database_url,
                a_running_house(database_url, valkey.url, folder) as house,
            ):
                _fill(house)
                yield house


def _fill(house: RunningHouse) -> None:
    """The demo shop and its colleagues, by the commands that `oms up` uses."""
    subprocess.run(
        [sys.executable, "-m", "oms_service.cli", "demo-data", "--orders", "600"],
        env=house.environ,
        check=True,
        capture_output=True,
    )
    with house.runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, house.runtime.settings)


@contextmanager
def a_browser() -> Iterator[Browser]:
    if node := find_node():
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node)
    installed = find_chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=installed.program,
            env={**installed.environ},
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


def _page(browser: Browser, telling: Telling, size: dict[str, int]) -> Page:
    context = browser.new_context(
        locale=telling.locale,
        timezone_id="Asia/Tokyo",
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=1.25,
    )
    return context.new_page()


def _ask(browser: Browser, house: RunningHouse, telling: Telling) -> bytes:
    page = _page(browser, telling, CHAT)
    page.goto(f"{house.url}/chat")
    box = page.locator("#chat-text")
    said = page.locator(".chat-message.is-bot")
    answers = said.count()
    for words in (telling.opening, MAIL):
        box.fill(words)
        box.press("Enter")
        answers += 1
        said.nth(answers - 1).wait_for()
    for choice in telling.choices:
        page.locator(f'[data-chat-choice^="{choice}"]').first.click()
        answers += 1
        said.nth(answers - 1).wait_for()
    page.mouse.move(0, 0)
    return page.screenshot()


def _open_case(browser: Browser, house: RunningHouse, telling: Telling) -> bytes:
    page = _page(browser, telling, DESK)
    page.goto(f"{house.url}/staff/sign-in?lang={telling.language}")
    page.locator("input[name=mail]").first.fill(telling.account)
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk**")
    page.goto(f"{house.url}/desk?view=open&lang={telling.language}&q={NUMBER}")
    case = page.locator('a[href*="/desk/cases/"]').first
    address = case.get_attribute("href") or ""
    page.goto(f"{house.url}{address}?lang={telling.language}")
    return page.screenshot()


def _side_by_side(browser: Browser, telling: Telling, chat: bytes, desk: bytes) -> None:
    page = _page(browser, telling, {"width": CHAT["width"] + DESK["width"] + 96, "height": 924})
    shots = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}" '
        f'width="{size["width"]}" height="{size["height"]}">'
        for shot, size in ((chat, CHAT), (desk, DESK))
    )
    page.set_content(
        f"<style>body{{margin:0;display:flex;gap:32px;padding:32px;"
        f"background:{telling.background}}}"
        f"img{{border-radius:12px;box-shadow:0 6px 24px #0002}}</style>{shots}"
    )
    page.wait_for_timeout(200)
    page.screenshot(path=IMAGES / f"chat-to-case.{telling.language}.png")


if __name__ == "__main__":
    main()
