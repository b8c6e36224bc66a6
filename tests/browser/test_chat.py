"""The chat as people use it: by keyboard, by screen reader, on a phone, after a reload."""

import re
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cases import queries as cases
from cases.writing import presence
from oms_service.conversations import service
from oms_service.conversations.states import AuthorKind
from oms_service.embedded.ports import free_ports
from oms_service.kernel.actors import SYSTEM, staff
from tests.browser.conftest import accessibility_faults, assert_open_to_everybody
from tests.factories.orders import MAIL, make_delivered_order, make_shipped_order
from tests.factories.shop import make_shop
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey

NUMBER = "A-10423"
DELIVERED = "A-10424"


#: A site of somebody else's: another origin, on this machine.
(ELSEWHERE_PORT,) = free_ports(1)
ELSEWHERE = f"http://127.0.0.1:{ELSEWHERE_PORT}"


class Elsewhere(SimpleHTTPRequestHandler):
    """Every address there is one page that carries the script tag."""

    script: str

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><html lang=en><title>Elsewhere</title><main><h1>Elsewhere</h1></main>"
            + f"<script src='{self.script}' defer></script>".encode()
        )

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def elsewhere(house: RunningHouse) -> Iterator[str]:
    handler = type("Here", (Elsewhere,), {"script": f"{house.url}/embed.js"})
    with ThreadingHTTPServer(("127.0.0.1", ELSEWHERE_PORT), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"{ELSEWHERE}/story"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def house(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHouse]:
    """One house for all of these: each test is a browser of its own."""
    folder = tmp_path_factory.mktemp("house")
    with (
        databases.a_clone() as database_url,
        a_valkey() as broker,
        a_running_house(
            database_url, broker.url, folder, without=("clock",), EMBED_ORIGINS=ELSEWHERE
        ) as running,
    ):
        with running.runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            make_shipped_order(uow, shop, number=NUMBER)
            make_delivered_order(uow, shop, number=DELIVERED)
        yield running


def write(page: Page, words: str) -> None:
    """Type into whatever has the focus, and send by Enter."""
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def answers(page: Page) -> int:
    return page.locator(".chat-message.is-bot").count()


def await_answer(page: Page, before: int) -> str:
    said = page.locator(".chat-message.is-bot")
    expect(said).to_have_count(before + 1)
    return said.last.inner_text()


def conversation_id(house: RunningHouse) -> int:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        found = uow.session.connection().exec_driver_sql("SELECT max(id) FROM conversations")
        return int(found.scalar_one())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_order_is_tracked_by_keyboard_alone(
    house: RunningHouse, page: Page, english_page: Page, language: str
) -> None:
    here = page if language == "ja" else english_page
    here.goto(house.url)
    assert here.locator("html").get_attribute("lang") == language
    for _ in range(30):
        if here.evaluate("document.activeElement.id") == "chat-text":
            break
        here.keyboard.press("Tab")
    assert here.evaluate("document.activeElement.id") == "chat-text"
    write(here, "注文はどこですか" if language == "ja" else "Where is my order?")
    await_answer(here, 1)
    write(here, NUMBER)
    await_answer(here, 2)
    write(here, MAIL)
    said = await_answer(here, 3)
    assert NUMBER in said
    assert ("出荷済みです" if language == "ja" else "has shipped") in said
    assert here.evaluate("document.activeElement.id") == "chat-text"
    assert accessibility_faults(here) == []


def test_buttons_are_buttons_and_the_focus_never_falls_to_the_top(
    house: RunningHouse, page: Page
) -> None:
    page.goto(house.url)
    button = page.get_by_role("button", name="配送状況を確認する")
    button.focus()
    page.keyboard.press("Enter")
    await_answer(page, 1)
    assert page.evaluate("document.activeElement.id") == "chat-text"
    expect(page.locator(".chat-message.is-customer")).to_contain_text("配送状況を確認する")


def test_a_return_is_asked_for_with_the_buttons_of_the_answers(
    house: RunningHouse, page: Page
) -> None:
    page.goto(house.url)
    box = page.get_by_label("メッセージ", exact=True).last
    for number, words in enumerate((f"{DELIVERED}を返品したい", MAIL), start=1):
        box.fill(words)
        box.press("Enter")
        await_answer(page, number)
    for number, choice in enumerate(("quantity:", "reason:", "confirm:"), start=3):
        page.locator(f'[data-chat-choice^="{choice}"]').first.click()
        said = await_answer(page, number)
    with house.runtime.database.reading() as connection:
        made = connection.exec_driver_sql("SELECT number FROM returns").scalars().all()
    assert len(made) == 1
    assert made[0] in said


def test_a_reload_brings_back_what_was_said_and_goes_on(house: RunningHouse, page: Page) -> None:
    page.goto(house.url)
    page.get_by_label("メッセージ", exact=True).last.fill("注文はどこですか")
    page.get_by_role("button", name="送信").click()
    await_answer(page, 1)
    page.reload()
    expect(page.locator(".chat-message")).to_have_count(3)
    page.goto(f"{house.url}/chat")
    expect(page.locator(".chat-message")).to_have_count(3)
    page.locator("#chat-text").focus()
    write(page, NUMBER)
    await_answer(page, 2)


def test_a_person_is_always_in_reach_and_their_reply_appears_within_two_seconds(
    house: RunningHouse, page: Page
) -> None:
    page.goto(house.url)
    with page.expect_response(re.compile(r"[?&]after=")):  # the stream is open from here on
        page.get_by_role("button", name="担当者と話す").click()
    expect(page.locator(".chat-status")).to_contain_text("担当者がお答えします")
    expect(page.get_by_role("button", name="担当者と話す")).to_be_hidden()
    with house.runtime.unit_of_work(staff(1)) as uow:
        service.say(
            uow,
            conversation_id(house),
            author_kind=AuthorKind.AGENT,
            text="山田です。お調べします。",
        )
    expect(page.locator(".chat-message.is-agent")).to_contain_text("お調べします", timeout=2000)


def test_what_is_written_without_a_connection_is_sent_once_it_is_back(
    house: RunningHouse, page: Page, context: BrowserContext
) -> None:
    page.goto(house.url)
    page.locator("#chat-text").focus()
    write(page, "こんにちは")
    await_answer(page, 1)
    context.set_offline(True)
    write(page, "注文はどこですか")
    write(page, NUMBER)
    expect(page.get_by_role("button", name="もう一度送る")).to_have_count(1)
    expect(page.locator(".is-waiting .chat-author", has_text="未送信")).to_have_count(2)
    context.set_offline(False)
    await_answer(page, 3)
    said = page.locator(".chat-message.is-customer .chat-words")
    expect(said).to_have_text(["こんにちは", "注文はどこですか", NUMBER])
    expect(page.get_by_role("button", name="もう一度送る")).to_have_count(0)


def test_a_new_chat_leaves_nothing_for_whoever_sits_down_next(
    house: RunningHouse, english_page: Page
) -> None:
    english_page.goto(house.url)
    expect(english_page.get_by_role("button", name="New chat")).to_be_hidden()
    english_page.locator("#chat-text").focus()
    write(english_page, f"Where is {NUMBER}? {MAIL}")
    assert NUMBER in await_answer(english_page, 1)
    english_page.get_by_role("button", name="New chat").click()
    expect(english_page.locator(".chat-message")).to_have_count(1)
    assert english_page.evaluate("localStorage.getItem('oms-chat-token')") is None
    english_page.reload()
    expect(english_page.locator("[data-greeting]")).to_be_visible()
    expect(english_page.locator(".chat-log")).not_to_contain_text(NUMBER)
    english_page.locator("#chat-text").focus()
    write(english_page, "Where is my order?")
    assert NUMBER not in await_answer(english_page, 1)


def test_the_chat_works_without_script(house: RunningHouse, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = plain.new_page()
    page.goto(house.url)
    page.get_by_role("button", name="配送状況を確認する").click()
    for words in (NUMBER, MAIL):
        page.locator("#chat-text").fill(words)
        page.get_by_role("button", name="送信").click()
    expect(page.locator(".chat-message.is-bot").last).to_contain_text("出荷済みです")
    plain.close()


def test_switching_the_page_switches_the_bot(house: RunningHouse, page: Page) -> None:
    page.goto(house.url)
    page.locator("#chat-text").focus()
    write(page, "こんにちは")
    await_answer(page, 1)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".chat-message")).to_have_count(3)
    page.get_by_role("button", name="Talk to a person").first.wait_for()
    page.locator("#chat-text").focus()
    write(page, NUMBER)
    assert re.search(r"[A-Za-z]{4}", await_answer(page, 2))


def test_every_page_fits_and_axe_finds_nothing(house: RunningHouse, page: Page) -> None:
    paths = ("/", "/chat", "/chat/frame", "/demo/mailbox")
    assert_open_to_everybody(page, [house.url + path for path in paths])


def test_one_script_tag_brings_the_chat_to_another_page(elsewhere: str, english_page: Page) -> None:
    page = english_page
    page.goto(elsewhere)
    button = page.get_by_role("button", name="Help with your order")
    button.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#chat-text")).to_be_focused()
    write(page, "Where is my order?")
    expect(frame.locator(".chat-message.is-bot")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_number_stays_on_one_line_on_a_narrow_phone(house: RunningHouse, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(house.url)
    page.locator("#chat-text").focus()
    write(page, f"{NUMBER}はどこですか")
    await_answer(page, 1)
    write(page, MAIL)
    assert NUMBER in await_answer(page, 2)
    number = page.locator(".chat-message.is-bot").last.locator(".nowrap", has_text=NUMBER)
    assert number.evaluate("one => one.getClientRects().length") == 1


def test_an_answer_that_comes_while_the_chat_is_shut_is_counted_until_it_is_read(
    elsewhere: str, house: RunningHouse, english_page: Page
) -> None:
    page = english_page
    page.goto(elsewhere)
    page.get_by_role("button", name="Help with your order").click()
    frame = page.frame_locator("iframe")
    with page.expect_response(re.compile(r"[?&]after=")):  # the stream is open from here on
        frame.get_by_role("button", name="Talk to a person").first.click()
    expect(frame.locator(".chat-status")).to_contain_text("A colleague answers")
    frame.locator("#chat-text").press("Escape")
    expect(page.locator("iframe")).to_be_hidden()  # what comes while it is open is read
    with house.runtime.unit_of_work(staff(1)) as uow:
        told = conversation_id(house)
        service.say(uow, told, author_kind=AuthorKind.AGENT, text="This is Yamada.")
    button = page.get_by_role("button", name="Help with your order 1 unread")
    expect(button).to_be_visible()
    expect(page).to_have_title("(1) Elsewhere")
    page.reload()
    expect(button).to_be_visible()
    button.click()
    expect(frame.locator(".chat-message.is-agent")).to_contain_text("Yamada")
    expect(page).to_have_title("Elsewhere")


def test_the_conversation_is_saved_and_typing_is_seen(
    house: RunningHouse, english_page: Page
) -> None:
    page = english_page
    page.goto(house.url)
    with page.expect_response(re.compile(r"[?&]after=")):
        page.get_by_role("button", name="Talk to a person").first.click()
    expect(page.locator(".chat-status")).to_contain_text("A colleague answers")
    with house.runtime.database.reading() as connection:
        case = cases.latest_of_conversation(connection, conversation_id(house))
    assert case is not None
    now = house.runtime.clock.now()
    presence.of(house.runtime.settings.redis_url).beat(case.id, 1, now=now, is_typing=True)
    topic = service.topic(conversation_id(house))
    house.runtime.live.after_commit(emitted=False, topics=[topic])
    expect(page.locator("[data-chat-typing]")).to_be_visible()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save the conversation").click()
    kept = saving.value.path().read_text(encoding="utf-8")
    assert "Talk to a person" in kept
    assert saving.value.suggested_filename == "chat.txt"
