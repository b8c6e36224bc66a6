"""The preview page: what a colleague presses there reaches an app as real requests of Slack."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bots.slack.stage import keys
from bots.slack.stage.acting import Player
from bots.slack.stage.playing import Playhouse
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET, Workspace, a_workspace
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
def mika(slack: Workspace) -> Player:
    return slack.person("mika", "agent@shop.example", real_name="佐藤 美香")


@pytest.fixture
def cases(slack: Workspace, mika: Player) -> str:
    return slack.channel("cases", mika)


@pytest.fixture
def sent(small: SmallApp, cases: str) -> str:
    """A card in the channel; its time."""
    assert small.client is not None
    return str(small.client.chat_postMessage(channel=cases, text="C-7", blocks=card("C-7"))["ts"])


@pytest.fixture
def app_settings(settings: Settings, slack: Workspace) -> Settings:
    return replace(
        settings,
        demo=True,
        slack_stage_port=int(slack.stage.url.rpartition(":")[2]),
        slack_signing_secret=SIGNING_SECRET,
        slack_bot_token="xoxb-of-tests",
        slack_api_url=slack.stage.api_url,
    )


@pytest.fixture
def app(app_settings: Settings, clock: StandingClock) -> Iterator[Flask]:
    with an_app(app_settings, clock=clock) as made:
        yield made


@pytest.fixture
def desk(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, Role.AGENT)
    client = app.test_client()
    sign_in(client, "agent@shop.example")
    return client


def do(desk: FlaskClient, mika: Player, place: str, **said: Any) -> str:
    """Press something; the page after it."""
    form = {"as": mika.me.id, "in": place, **said}
    answer = post(desk, "/desk/slack/do", form)
    assert answer.status_code == 303
    return desk.get(answer.headers["Location"]).text


def test_a_colleague_sees_cards_as_slack_shows_them(
    desk: FlaskClient, mika: Player, cases: str, sent: str
) -> None:
    page = desk.get(f"/desk/slack?in={cases}").text
    assert "これは、デモが再現しているSlackのプレビューです。" in page
    assert "<strong>Broken</strong> &lt;b&gt;" in page
    assert (
        '<a href="https://shop.example/o/1" target="_blank" rel="noopener noreferrer">A-1' in page
    )
    assert f'<option value="{mika.me.id}" selected>佐藤 美香 · 担当者</option>' in page
    for words in ("C-7", "A-10423", "mail, Japanese", "Snooze", "Reject it?", "2026-11-25"):
        assert words in page


def test_a_press_opens_a_window_and_its_words_reach_the_thread(
    desk: FlaskClient, mika: Player, cases: str, sent: str, small: SmallApp, slack: Workspace
) -> None:
    row = slack.book.channel(cases).messages[sent]["blocks"][-1]["block_id"]
    page = do(desk, mika, cases, ts=sent, press=f'["{row}", "case:reply", null]')
    assert "data-slack-window" in page
    assert "Your answer" in page
    text, ways = '["text", "value", "one"]', '["ways", "value", "many"]'
    window = {"deed": "submit", "surface": "window"}
    page = do(desk, mika, cases, **window, **{text: "no", ways: ["", "wait"]})
    assert "Please say more." in page
    assert ">no</textarea>" in page, "what was typed is not lost"
    page = do(desk, mika, cases, at=sent, **window, **{text: "はい", ways: ["", "wait", "close"]})
    assert "data-slack-window" not in page
    assert "sent: はい" in page
    assert small.came == [
        ("case:reply", "7"),
        ("submitted", ("no", ["wait"])),
        ("submitted", ("はい", ["wait", "close"])),
    ]


def test_what_slack_does_not_send_is_not_sent_and_said(
    desk: FlaskClient, mika: Player, cases: str, sent: str, small: SmallApp, slack: Workspace
) -> None:
    row = slack.book.channel(cases).messages[sent]["blocks"][-1]["block_id"]
    do(desk, mika, cases, ts=sent, press=f'["{row}", "case:reply", null]')
    page = do(desk, mika, cases, deed="submit", surface="window")
    assert "まだ送信できません。" in page
    assert [kind for kind, _ in small.came] == ["case:reply"]
    page = do(desk, mika, cases, deed="close")
    assert "data-slack-window" not in page


CHOICES: list[tuple[str, dict[str, str], tuple[str, str]]] = [
    ('["{menu}", "case:more", "snooze"]', {}, ("case:more", "snooze")),
    (
        '["{row}", "case:queue", null]',
        {'["{row}", "case:queue", "one"]': "orders"},
        ("case:queue", "orders"),
    ),
    (
        '["{row}", "case:date", null]',
        {'["{row}", "case:date", "one"]': "2026-12-01"},
        ("case:date", "2026-12-01"),
    ),
    ('["{row}", "case:reject", null]', {}, ("case:reject", "7")),
]


def test_menus_dates_and_dangerous_buttons_tell_what_was_chosen(
    desk: FlaskClient, mika: Player, cases: str, sent: str, small: SmallApp
) -> None:
    blocks = mika.book.channel(cases).messages[sent]["blocks"]

    def spelled(text: str) -> str:
        return text.replace("{menu}", blocks[1]["block_id"]).replace(
            "{row}", blocks[-1]["block_id"]
        )

    for press, field, _came in CHOICES:
        fields = {spelled(name): value for name, value in field.items()}
        do(desk, mika, cases, ts=sent, press=spelled(press), **fields)
    assert small.came == [came for *_, came in CHOICES]


def test_words_commands_and_files_go_their_way(
    desk: FlaskClient, mika: Player, cases: str, sent: str, small: SmallApp, slack: Workspace
) -> None:
    page = do(desk, mika, cases, at=sent, below="yes", deed="say", text="a <note> & more")
    assert "a &lt;note&gt; &amp; more" in page
    page = do(desk, mika, cases, deed="say", text="/case mine")
    assert "Nothing waits for you." in page
    assert "あなただけに表示されています" in page
    do(desk, mika, cases, deed="say", text="", files=(io.BytesIO(b"abc"), "box.txt"))
    assert small.came == [
        ("message", "a &lt;note&gt; &amp; more"),
        ("command", "mine"),
        ("message", ""),
    ]
    last = list(slack.book.channel(cases).messages.values())[-1]
    assert last["files"][0]["name"] == "box.txt"


def test_the_home_is_shown_when_it_is_opened(
    desk: FlaskClient, mika: Player, cases: str, small: SmallApp
) -> None:
    assert "My cases today" in desk.get("/desk/slack?in=home").text
    assert small.came == [("app_home_opened", "home")]


def test_a_shortcut_is_told_with_its_message(
    desk: FlaskClient, mika: Player, cases: str, small: SmallApp
) -> None:
    message = mika.say(cases, "where is my order?")
    do(desk, mika, cases, ts=message["ts"], shortcut="case:create")
    do(desk, mika, cases, ts=message["ts"], shortcut="case:unknown")
    assert small.came[1:] == [("message_action", "case:create")]


def test_what_did_not_change_is_not_drawn_again(
    desk: FlaskClient, mika: Player, cases: str, sent: str
) -> None:
    live = f"/desk/slack/live?as={mika.me.id}&in={cases}"
    page = desk.get(live).text
    revision = page.partition("revision=")[2].partition("&")[0]
    assert desk.get(f"{live}&revision={revision}").status_code == 204
    mika.say(cases, "something new")
    mika.book.when_changed()
    assert "something new" in desk.get(f"{live}&revision={revision}").text
    opened = desk.get(f"{live}&revision={revision}&window=another")
    assert opened.headers["HX-Refresh"] == "true"


def test_the_stage_listens_to_the_page_alone(slack: Workspace, mika: Player) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}):
        reply = slack.stage.answer("/play/look", "", b"{}", headers)
        assert (reply.status, reply.body) == (403, b"forbidden")


def test_without_a_stage_the_page_says_that_it_starts(
    desk: FlaskClient, slack: Workspace, mika: Player
) -> None:
    del slack.stage.doors["play"]
    answer = desk.get("/desk/slack")
    assert answer.status_code == 503
    assert "プレビューを準備しています。" in answer.text


def test_elsewhere_there_is_no_such_page(
    settings: Settings, clock: StandingClock, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, Role.LEAD)
    with an_app(replace(settings, demo=True), clock=clock) as real:
        client = real.test_client()
        sign_in(client, "lead@shop.example")
        assert client.get("/desk/slack").status_code == 404


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.AUDITOR])
def test_who_works_on_no_cases_sees_no_preview(app: Flask, runtime: Runtime, role: Role) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_staff(uow, role)
    client = app.test_client()
    sign_in(client, f"{role}@shop.example")
    assert client.get("/desk/slack").status_code == 403
    assert post(client, "/desk/slack/do", {"deed": "ask"}).status_code == 403


@pytest.mark.parametrize(
    "value", ["\0", "'; --", "[", '["a","b","c"]', "9" * 5_000, "💥<b>", "\ud800"]
)
def test_no_words_break_the_page(desk: FlaskClient, cases: str, sent: str, value: str) -> None:
    spelled = quote(value.encode("utf-8", "surrogatepass"), safe="")
    for path in ("/desk/slack", "/desk/slack/live"):
        query = "&".join(f"{name}={spelled}" for name in ("as", "in", "at", "revision", "window"))
        assert desk.get(f"{path}?{query}").status_code < 500
    for deed in ("say", "submit", "close", "dismiss", "take_back", "ask", value):
        form = {"as": value, "in": cases, "at": value, "ts": value, "text": value, "deed": deed}
        form['["text", "value", "one"]'] = value
        clean = {name: text.encode("utf-8", "replace").decode() for name, text in form.items()}
        assert post(desk, "/desk/slack/do", clean).status_code < 500
    for press in (value, '["row", "case:reply", null]', "[1, 2, 3]"):
        for surface in ("", "window", "home"):
            form = {"in": cases, "ts": sent, "press": press, "surface": surface}
            clean = {name: text.encode("utf-8", "replace").decode() for name, text in form.items()}
            assert post(desk, "/desk/slack/do", clean).status_code < 500
    assert desk.get(f"/desk/slack?in={cases}").status_code == 200
