"""The parts of the frame as a browser shows them, in both languages and themes."""

import itertools
from collections.abc import Iterator
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import accessibility_faults
from tests.browser.web.gallery import add_gallery, served

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    add_gallery(app)
    with served(app) as url:
        yield url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_part_is_open_to_everybody(
    page: Page, address: str, theme: Literal["light", "dark"]
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for kind, language in itertools.product(("customer", "staff"), ("ja", "en")):
        page.goto(f"{address}/gallery/{kind}?lang={language}", wait_until="networkidle")
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            assert accessibility_faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            small = page.evaluate(
                """[...document.querySelectorAll('button, .button, .nav a, .tab, .input')]
                .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.9)
                .map(e => e.outerHTML)"""
            )
            assert small == []
    assert complaints == []


def test_the_theme_button_keeps_its_choice(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/customer?lang=en")
    root, button = page.locator("html"), page.get_by_role("button", name="Theme:")
    expect(button).to_have_accessible_name("Theme: as the system")
    for theme in ("light", "dark"):
        button.click()
        page.reload()
        expect(root).to_have_attribute("data-theme", theme)
        expect(button).to_have_accessible_name(f"Theme: {theme}")
    button.click()
    page.reload()
    expect(button).to_have_accessible_name("Theme: as the system")
    assert root.get_attribute("data-theme") is None


def test_the_language_button_stays_on_the_page(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/customer")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(f"{address}/gallery/customer")


def test_a_dangerous_button_asks_first_and_lets_go(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/customer?lang=en")
    page.get_by_role("button", name="Cancel the order").click()
    dialog = page.get_by_role("dialog", name="Cancel this order?")
    expect(dialog).to_contain_text("¥12,480")
    expect(dialog.get_by_role("button", name="Cancel and refund")).to_be_visible()
    dialog.get_by_role("button", name="Go back").click()
    expect(dialog).to_be_hidden()


def test_the_keyboard_goes_to_the_content_first(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/staff?lang=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_what_was_done_is_told_and_can_be_dismissed(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/told?lang=en")
    note = page.get_by_role("status").get_by_text("Your return is requested")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(note).to_be_hidden()


def test_japanese_is_drawn_even_where_the_system_cannot(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/customer?lang=ja", wait_until="networkidle")
    lacks_font = page.evaluate(
        """document.documentElement.classList.contains('needs-japanese-font')"""
    )
    loaded = page.evaluate(
        """document.fonts.ready.then(() => [...document.fonts].map(one => one.status))"""
    )
    assert ("loaded" in loaded) == lacks_font


def test_a_piece_of_a_page_carries_its_proof(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/staff?lang=en")
    page.get_by_role("button", name="Press").click()
    expect(page.locator("#pressed")).to_have_text("pressed")


def test_a_piece_that_fails_is_told_and_replaces_nothing(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/staff?lang=ja")
    page.get_by_role("button", name="開く").click()
    expect(page.locator("#toasts .toast")).to_contain_text("ページが見つかりませんでした")
    expect(page.locator("#pressed")).to_have_text("")


def test_a_long_name_of_a_fact_leaves_room_for_what_it_says(page: Page, address: str) -> None:
    page.goto(f"{address}/gallery/staff?lang=en")
    name, said = page.evaluate(
        """() => {
            const facts = document.createElement("dl");
            facts.className = "facts";
            facts.style.inlineSize = "200px";
            facts.innerHTML = "<dt>When to call back (the customer sees it)</dt><dd>Orders</dd>";
            document.querySelector("main").append(facts);
            return [...facts.children].map((part) => part.getBoundingClientRect().width);
        }"""
    )
    assert name == pytest.approx(90, abs=1)
    assert said == pytest.approx(94, abs=1)
