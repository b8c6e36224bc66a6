"""The preview of Slack in a browser: cards, windows, threads, words, by mouse and keyboard."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from bots.slack.stage import keys
from bots.slack.stage.acting import Player
from bots.slack.stage.playing import Playhouse
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.browser.conftest import accessibility_faults, assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.shop import make_shop
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET, TOKEN, Workspace, a_workspace
from tests.fakes.slack_app import SmallApp, card


@pytest.fixture
def small() -> SmallApp:
    return SmallApp()


@pytest.fixture
def slack(clock: StandingClock, small: SmallApp, settings: Settings) -> Iterator[Workspace]:
    with a_workspace(clock, small.send) as made:
        small.know(made.stage.api_url)
        Playhouse(made.stage, made.book, made.post, keys.page_token(settings.secret_key))
        yield made


@pytest.fixture
def app(settings: Settings, slack: Workspace, clock: StandingClock) -> Iterator[Flask]:
    wanted = replace(
        settings,
        demo=True,
        slack_stage_port=int(slack.stage.url.rpartition(":")[2]),
        slack_signing_secret=SIGNING_SECRET,
        slack_bot_token=TOKEN,
        slack_api_url=slack.stage.api_url,
    )
    with an_app(wanted, clock=clock) as made:
        yield made


@pytest.fixture
def mika(slack: Workspace) -> Player:
    return slack.person("mika", "agent@shop.example", real_name="Mika Sato")


@pytest.fixture
def cases(slack: Workspace, mika: Player) -> str:
    return slack.channel("cases", mika)


@pytest.fixture
def sent(small: SmallApp, cases: str) -> str:
    assert small.client is not None
    return str(small.client.chat_postMessage(channel=cases, text="C-7", blocks=card("C-7"))["ts"])


@pytest.fixture
def here(app: Flask, runtime: Runtime, page: Page, cases: str, sent: str) -> Iterator[str]:
    """Signed in; the address of the channel."""
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, Role.AGENT, language=Language.ENGLISH)
    with served(app) as base:
        page.goto(f"{base}/staff/sign-in?next=/desk/slack")
        page.locator("#mail").fill("agent@shop.example")
        page.locator("#password").fill(PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url("**/desk/slack")
        yield f"{base}/desk/slack?in={cases}"


def test_everybody_can_use_it_in_both_languages_on_both_screens(
    page: Page, here: str, sent: str, cases: str
) -> None:
    base = here.partition("?")[0]
    assert_open_to_everybody(page, [here, f"{here}&at={sent}", f"{base}?in=home"])


def test_a_press_opens_a_window_that_is_filled_in_sent_off_and_seen_in_the_thread(
    page: Page, here: str, small: SmallApp
) -> None:
    page.goto(f"{here}&lang=en")
    page.get_by_role("link", name="Reply in thread").click()
    page.locator(".slack-thread").get_by_role("button", name="Reply", exact=True).click()
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="Reply")).to_be_visible()
    assert page.evaluate("document.querySelector('[data-slack-window]').matches(':modal')")
    assert accessibility_faults(page) == []
    answer = window.get_by_label("Your answer")
    answer.fill("no")
    window.get_by_role("button", name="Send it", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Please say more.")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_label("Your answer")).to_have_value("no")
    page.get_by_role("dialog").get_by_label("Your answer").fill("We send another.")
    page.get_by_role("dialog").get_by_label("Wait for them").check()
    page.get_by_role("dialog").get_by_role("button", name="Send it", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#slack-thread-messages")).to_contain_text("sent: We send another.")
    assert small.came[-1] == ("submitted", ("We send another.", ["wait"]))


def test_escape_leaves_a_window_and_slack_requires_what_is_required(
    page: Page, here: str, small: SmallApp, mika: Player
) -> None:
    page.goto(f"{here}&lang=en")
    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Send it", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [kind for kind, _ in small.came] == ["case:reply"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert mika.book.windows.before(mika.me.id) == []


def test_a_choice_is_told_at_once_and_a_danger_is_asked_about(
    page: Page, here: str, small: SmallApp
) -> None:
    page.goto(f"{here}&lang=en")
    page.get_by_label("Move to").select_option("orders")
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name="#cases")).to_be_visible()
    page.get_by_role("button", name="Reject", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Reject now").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert small.came == [("case:queue", "orders"), ("case:reject", "7")]


def test_words_go_by_enter_and_what_others_say_appears_by_itself(
    page: Page, here: str, small: SmallApp, slack: Workspace, cases: str
) -> None:
    page.goto(f"{here}&lang=en")
    box = page.get_by_label("Message", exact=True)
    box.fill("first line")
    box.press("Shift+Enter")
    box.press_sequentially("second line")
    box.press("Enter")
    expect(page.locator("#slack-messages")).to_contain_text("first line")
    assert small.came == [("message", "first line\nsecond line")]
    page.get_by_label("Message", exact=True).fill("half a sen")
    ken = slack.person("ken", real_name="Ken")
    slack.book.channel(cases).members.append(ken.me.id)
    ken.say(cases, "from elsewhere")
    expect(page.locator("#slack-messages")).to_contain_text("from elsewhere")
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a sen")
