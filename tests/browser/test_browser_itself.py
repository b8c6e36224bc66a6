"""The browser the other tests look through is real."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ADVICE, accessibility_faults, find_chromium


def test_it_is_chromium_and_runs_scripts(browser: Browser, page: Page) -> None:
    assert browser.browser_type.name == "chromium"
    page.set_content("<p id=sum></p><script>sum.textContent = 20 + 22</script>")
    expect(page.locator("#sum")).to_have_text("42")


def test_it_asks_for_the_customers_language(page: Page, english_page: Page) -> None:
    assert page.evaluate("navigator.language") == "ja-JP"
    assert english_page.evaluate("navigator.language") == "en-GB"


def test_axe_finds_a_fault_where_there_is_one(page: Page) -> None:
    page.set_content("<html lang=en><title>t</title><main><h1>Desk</h1><img src=x></main></html>")
    assert [fault.partition(":")[0] for fault in accessibility_faults(page)] == ["image-alt"]


def test_a_machine_without_a_browser_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError) as missing:
        find_chromium(tmp_path)
    assert str(missing.value) == ADVICE
