"""``make pictures``: the pictures of README and docs, from the running product with its demo shop.

A customer asks the chat for a return; an agent opens the case that came of it: both screens are
set side by side. Then the main pages, one by one, in both languages.
"""

import base64
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from bots.slack.stage import keys
from oms_service.access import demo_accounts, sessions
from oms_service.access.demo_accounts import ACCOUNTS, PASSWORD
from oms_service.access.queries import staff_by_mail
from oms_service.access.states import Role, SessionKind
from oms_service.embedded.ports import free_ports
from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from tests.browser.conftest import find_chromium, find_node
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_postgres, a_valkey

IMAGES: Final = Path(__file__).resolve().parents[1] / "docs" / "images"
NUMBER, MAIL = "A-10407", "mayumi.tanaka@example.jp"
SECRET: Final = "a key for pictures, thirty-two characters and more"
CHAT = {"width": 430, "height": 860}
DESK = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}
#: A picture of a page that must not grow: README loads all of them at once.
MOST_BYTES: Final = 150_000
#: How long a page, or what a fresh shop tells everybody, may take on a busy machine: seconds.
PATIENCE_S: Final = 120
QUALITIES: Final = (85, 75, 65, 50)


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
            _settles(house)
            desk = _open_case(browser, house, telling)
            _keep(f"chat-to-case.{telling.language}", _side_by_side(browser, telling, chat, desk))
            for scene in SCENES:
                _keep(f"{scene.name}.{telling.language}", _seen(browser, house, telling, scene))


@dataclass(frozen=True)
class Scene:
    """A page as one of its people sees it.

    ``of`` is the number of an order, whose customer looks, or a role, whose colleague does.
    ``walks`` goes on from ``path`` to what the picture shows.
    """

    name: str
    of: str | Role
    path: str
    size: dict[str, int]
    walks: Callable[[Page], None] = lambda page: None


def _chooses(page: Page) -> None:
    """A return of the first thing that can go back, up to its preview."""
    page.locator("select[name^=units-]").first.select_option("1")
    page.locator("select[name^=reason-]").first.select_option("wrong_size")
    page.locator("button[name=step][value=look]").click()
    page.locator("#brings").wait_for()


def _opens_first_case(page: Page) -> None:
    page.locator('a[href*="/desk/cases/"]').first.click()
    page.locator("[data-split-shown]").wait_for()


def _opens_own_case(page: Page) -> None:
    page.locator('main a[href*="/cases/C-"]').first.click()
    page.locator(".portal-thread").wait_for()


def _starts_picking(page: Page) -> None:
    """The first location at which something waits to be picked; which one hangs on the day."""
    places = page.locator("select[name=location] option").count()
    for place in range(places):
        form = page.locator("form:has(select[name=location])")
        form.locator("select").select_option(index=place, force=True)
        with page.expect_navigation():
            form.evaluate("form => form.submit()")
        with page.expect_navigation():
            page.locator("form[action$='/lists'] button").first.click()
        if page.locator("#code").count():
            return
        page.goto(page.url.partition("/console")[0] + "/console/warehouse")
    raise AssertionError("nothing waits to be picked")


def _opens_thread(page: Page) -> None:
    """The thread of a case that asks for something, in the Slack that the demo plays."""
    page.locator(".slack-link", has_text="cases-returns").click()
    page.locator(".slack-message:has([name=press]) a.slack-thread-link").first.click()
    page.locator(".slack-thread [name=press]").first.wait_for()


def _opens_reply(page: Page) -> None:
    _opens_thread(page)
    page.locator('.slack-thread [value*="case:reply"]').first.click()
    page.locator("[data-slack-window]").wait_for()


SCENES: Final = (
    Scene("portal-order", "A-10423", "/orders/A10423", PHONE),
    Scene("portal-return", NUMBER, f"/orders/{NUMBER}/return/return", PHONE, _chooses),
    Scene("portal-case", NUMBER, "/cases", PHONE, _opens_own_case),
    Scene("desk", Role.LEAD, "/desk?view=open", DESK, _opens_first_case),
    Scene("console-orders", Role.OPERATIONS, "/console/orders", DESK),
    Scene("console-picking", Role.WAREHOUSE, "/console/warehouse", PHONE, _starts_picking),
    Scene("console-counter", Role.SHOP, "/console/counter", DESK),
    Scene("console-stock", Role.OPERATIONS, "/console/stock", DESK),
    Scene("desk-deliveries", Role.LEAD, "/desk/deliveries", DESK),
    Scene("console-messages", Role.OPERATIONS, "/console/messages", DESK),
    Scene("console-trade", Role.OPERATIONS, "/console/trade", DESK),
    Scene("console-notices", Role.OPERATIONS, "/console/notices", DESK),
    Scene("portal-notices", NUMBER, "/account/notices", PHONE),
    Scene("slack-case", Role.LEAD, "/desk/slack", DESK, _opens_thread),
    Scene("slack-reply", Role.LEAD, "/desk/slack", DESK, _opens_reply),
)


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
                a_running_house(
                    database_url,
                    valkey.url,
                    folder,
                    SECRET_KEY=SECRET,
                    **keys.settings(SECRET, free_ports(1)[0]),
                ) as house,
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
    context.set_default_timeout(PATIENCE_S * 1000)
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
    page.locator('a[href*="/desk/cases/"]').filter(has_text=NUMBER).first.click()
    page.locator("[data-split-shown]").filter(has_text=NUMBER).wait_for()
    page.wait_for_load_state("networkidle")
    return page.screenshot()


def _settles(house: RunningHouse) -> None:
    """Everybody has heard of what was asked: the case stands in the inbox.

    Raises:
        TimeoutError: something is not heard of in time.
    """
    pending = text("SELECT count(*) FROM outbox WHERE reacted_at IS NULL")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with house.runtime.database.looking() as session:
            if not session.scalar(pending):
                return
        time.sleep(0.1)
    raise TimeoutError("the house does not come to rest")


def _seen(browser: Browser, house: RunningHouse, telling: Telling, scene: Scene) -> bytes:
    """The page, by somebody who is signed in already."""
    page = _page(browser, telling, scene.size)
    with house.runtime.unit_of_work(SYSTEM) as uow:
        if isinstance(scene.of, Role):
            mail = next(one.mail for one in ACCOUNTS if one.role is scene.of)
            colleague = staff_by_mail(uow.session, mail)
            assert colleague is not None
            kind, subject_id = SessionKind.STAFF, colleague.id
        else:
            kind = SessionKind.CUSTOMER
            subject_id = orders.find(uow.session, scene.of).customer_id
        token = sessions.start(uow, kind, subject_id, device="", instead_of=None)
    name = sessions.COOKIES[kind]
    page.context.add_cookies(
        [
            {"name": name, "value": token, "url": house.url},
            {"name": "lang", "value": telling.language, "url": house.url},
        ]
    )
    page.goto(f"{house.url}{scene.path}")
    scene.walks(page)
    page.wait_for_load_state("networkidle")
    return page.screenshot(animations="disabled")


def _keep(name: str, picture: bytes) -> None:
    """Write it as WebP, as good as its size allows."""
    path = IMAGES / f"{name}.webp"
    for quality in QUALITIES:
        packed = io.BytesIO()
        Image.open(io.BytesIO(picture)).convert("RGB").save(
            packed, "WEBP", quality=quality, method=6
        )
        if packed.tell() <= MOST_BYTES:
            break
    path.write_bytes(packed.getvalue())
    sys.stderr.write(f"docs/images/{path.name}: {path.stat().st_size // 1000} kB\n")


def _side_by_side(browser: Browser, telling: Telling, chat: bytes, desk: bytes) -> bytes:
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
    return page.screenshot()


if __name__ == "__main__":
    main()
