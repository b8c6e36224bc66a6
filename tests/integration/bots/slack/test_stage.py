"""Slack's own client against the stage, and people of the stage against an app that listens."""

import http.client
import json
import threading
import urllib.error
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier

from bots.slack.stage.acting import Player
from bots.slack.stage.calls import SCOPES
from bots.slack.stage.refusals import Refused, Unwilling
from bots.slack.stage.sending import over_http
from bots.slack.stage.server import Call
from tests.fakes.clock import StandingClock
from tests.fakes.slack import SIGNING_SECRET, TOKEN, Heard, Workspace, a_workspace

NONE: Mapping[str, str] = {}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*A-10423*"}}
BUTTONS = {
    "type": "actions",
    "block_id": "row",
    "elements": [
        {
            "type": "button",
            "action_id": "case:take",
            "text": {"type": "plain_text", "text": "Take it"},
            "value": '{"c":7,"v":1}',
        },
        {
            "type": "overflow",
            "action_id": "case:more",
            "options": [
                {"text": {"type": "plain_text", "text": "Merge"}, "value": "merge"},
                {"text": {"type": "plain_text", "text": "Snooze"}, "value": "snooze"},
            ],
        },
    ],
}
MODAL = {
    "type": "modal",
    "callback_id": "case:reply",
    "title": {"type": "plain_text", "text": "Reply"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": '{"c":7}',
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "value", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "reason",
            "optional": True,
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [
                    {"text": {"type": "plain_text", "text": "Late"}, "value": "late"},
                    {"text": {"type": "plain_text", "text": "Lost"}, "value": "lost"},
                ],
            },
        },
    ],
}


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def slack(clock: StandingClock, heard: Heard) -> Iterator[Workspace]:
    with a_workspace(clock, heard.send) as made:
        yield made


@pytest.fixture
def client(slack: Workspace) -> WebClient:
    return WebClient(TOKEN, base_url=slack.stage.api_url, timeout=5)


def last(heard: Heard) -> dict[str, Any]:
    """What the app was told last, whatever way it came."""
    body = heard.requests[-1][2]
    if body.startswith(b"payload="):
        found = urllib.parse.parse_qs(body.decode())
        return dict(json.loads(found["payload"][0]))
    return dict(json.loads(body))


def asked(
    slack: Workspace, method: str, path: str, headers: Mapping[str, str] = NONE, body: bytes = b""
) -> tuple[int, bytes]:
    """What the stage answers to a plain request."""
    connection = http.client.HTTPConnection(urlsplit(slack.stage.url).netloc, timeout=5)
    with closing(connection):
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()


def error_of(raised: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(raised.value.response["error"])


# The Web API


def test_slacks_own_client_posts_reads_changes_and_deletes(
    slack: Workspace, client: WebClient
) -> None:
    cases = slack.channel("cases")
    metadata = {"event_type": "case_card", "event_payload": {"key": "card:7"}}
    sent = client.chat_postMessage(
        channel=cases, text="Case 7", blocks=[SECTION, BUTTONS], metadata=metadata
    )
    below = client.chat_postMessage(channel=cases, text="a note", thread_ts=sent["ts"])
    assert client.chat_update(channel=cases, ts=sent["ts"], text="Case 7, taken")["text"] == (
        "Case 7, taken"
    )
    page = client.conversations_history(channel=cases, include_all_metadata=True)
    assert [one["ts"] for one in page["messages"]] == [sent["ts"]]
    assert page["messages"][0]["metadata"] == metadata
    assert page["messages"][0]["reply_count"] == 1
    assert "metadata" not in client.conversations_history(channel=cases)["messages"][0]
    thread = client.conversations_replies(channel=cases, ts=sent["ts"])
    assert [one["ts"] for one in thread["messages"]] == [sent["ts"], below["ts"]]
    client.chat_delete(channel=cases, ts=below["ts"])
    thread = client.conversations_replies(channel=cases, ts=sent["ts"])
    assert [one["ts"] for one in thread["messages"]] == [sent["ts"]]
    assert "reply_count" not in thread["messages"][0]
    assert [call.method for call in slack.stage.calls][:3] == [
        "chat.postMessage",
        "chat.postMessage",
        "chat.update",
    ]


def test_a_file_goes_the_way_of_slacks_client(slack: Workspace, client: WebClient) -> None:
    cases = slack.channel("cases")
    client.files_upload_v2(
        channel=cases, filename="割れた箱.txt", content="broken", initial_comment="see"
    )
    message = next(iter(slack.book.channel("cases").messages.values()))
    address = message["files"][0]["url_private"]
    path = f"/files-pri/{message['files'][0]['id']}/x"
    assert asked(slack, "GET", path, {"Authorization": f"Bearer {TOKEN}"}) == (200, b"broken")
    assert (message["text"], message["files"][0]["name"]) == ("see", "割れた箱.txt")
    assert address.startswith(slack.stage.url)
    assert b"broken" not in asked(slack, "GET", path)[1]


@pytest.mark.parametrize(("token", "error"), [("xoxb-other", "invalid_auth"), (None, "not_authed")])
def test_tokens_are_looked_at(slack: Workspace, token: str | None, error: str) -> None:
    stranger = WebClient(token, base_url=slack.stage.api_url)
    with pytest.raises(SlackApiError) as raised:
        stranger.auth_test()
    assert error_of(raised) == error


def test_a_scope_that_is_missing_is_named(slack: Workspace) -> None:
    slack.stage.seat("xoxb-poor", slack.book, scopes=SCOPES - {"chat:write"})
    poor = WebClient("xoxb-poor", base_url=slack.stage.api_url)
    with pytest.raises(SlackApiError) as raised:
        poor.chat_postMessage(channel=slack.channel("cases"), text="hello")
    assert error_of(raised) == "missing_scope"
    assert raised.value.response["needed"] == "chat:write"
    assert "chat:write" not in raised.value.response["provided"].split(",")
    assert slack.book.texts(slack.book.channel("cases")) == []
    scopes = poor.auth_test().headers["x-oauth-scopes"]
    assert set(scopes.split(",")) == SCOPES - {"chat:write"}


def test_an_install_is_exchanged_once(slack: Workspace) -> None:
    slack.stage.codes["a-code"] = TOKEN
    stranger = WebClient(base_url=slack.stage.api_url)
    said = stranger.oauth_v2_access(client_id="c", client_secret="s", code="a-code")
    assert (said["access_token"], said["team"]["id"]) == (TOKEN, slack.book.ground.team)
    with pytest.raises(SlackApiError) as raised:
        stranger.oauth_v2_access(client_id="c", client_secret="s", code="a-code")
    assert error_of(raised) == "invalid_code"


# Faults


def test_a_scripted_limit_says_how_long_to_wait_and_does_nothing(
    slack: Workspace, client: WebClient
) -> None:
    cases, other = slack.channel("cases"), slack.channel("other")
    slack.stage.faults.add(method="chat.postMessage", channel=cases, retry_after_s=7)
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=cases, text="one")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "7"
    client.chat_postMessage(channel=other, text="elsewhere")
    client.chat_postMessage(channel=cases, text="two")
    assert slack.book.texts(slack.book.channel("cases")) == ["two"]


def test_a_line_may_break_after_a_message_was_taken(slack: Workspace, client: WebClient) -> None:
    cases = slack.channel("cases")
    slack.stage.faults.add(method="chat.postMessage", is_dropped=True, after=True)
    slack.stage.faults.add(method="chat.update", status=503)
    client = WebClient(TOKEN, base_url=slack.stage.api_url, timeout=5, retry_handlers=[])
    with pytest.raises((OSError, urllib.error.URLError)):
        client.chat_postMessage(channel=cases, text="taken")
    (only,) = slack.book.channel("cases").messages.values()
    with pytest.raises(SlackApiError) as raised:
        client.chat_update(channel=cases, ts=only["ts"], text="changed")
    assert raised.value.response.status_code == 503
    assert slack.book.texts(slack.book.channel("cases")) == ["taken"]


def test_an_answer_may_be_held_back(slack: Workspace, client: WebClient) -> None:
    go = threading.Event()
    slack.stage.faults.add(method="chat.postMessage", until=go)
    cases = slack.channel("cases")
    sending = threading.Thread(
        target=lambda: client.chat_postMessage(channel=cases, text="slow"), daemon=True
    )
    sending.start()
    client.auth_test()
    assert slack.book.texts(slack.book.channel("cases")) == []
    go.set()
    sending.join(5)
    assert slack.book.texts(slack.book.channel("cases")) == ["slow"]


def test_its_own_pace_is_a_message_a_second_and_channel_and_a_tier_a_minute(
    slack: Workspace, client: WebClient, clock: StandingClock
) -> None:
    cases, other = slack.channel("cases"), slack.channel("other")
    slack.stage.pace.is_on = True
    client.chat_postMessage(channel=cases, text="1")
    client.chat_postMessage(channel=other, text="1")
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=cases, text="2")
    assert raised.value.response.headers["Retry-After"] == "1"
    clock.advance(seconds=1)
    client.chat_postMessage(channel=cases, text="2")
    for _ in range(20):
        client.conversations_list()
    with pytest.raises(SlackApiError) as raised:
        client.conversations_list()
    assert raised.value.response.headers["Retry-After"] == "60"
    assert slack.book.texts(slack.book.channel("cases")) == ["1", "2"]


# People


def test_what_a_person_does_is_signed_as_slack_signs(slack: Workspace, heard: Heard) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    mika.say(cases, "こんにちは")
    path, headers, body = heard.requests[-1]
    verifier = SignatureVerifier(SIGNING_SECRET, clock=_At(slack.book.ground.seconds()))
    assert path == "/slack/events"
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b" ", headers)


class _At(Clock):
    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return float(self._seconds)


def test_the_same_is_told_again_with_a_count(slack: Workspace, heard: Heard) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    heard.answers.append((500, b""))
    mika.say(cases, "once")
    (first,) = mika.heard
    mika.post.again(first, count=2, reason="http_error")
    (_, one, body), (_, two, again) = heard.requests
    assert body == again
    assert "X-Slack-Retry-Num" not in one
    assert (two["X-Slack-Retry-Num"], two["X-Slack-Retry-Reason"]) == ("2", "http_error")


def test_a_press_says_who_where_and_what(slack: Workspace, heard: Heard, client: WebClient) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    sent = client.chat_postMessage(channel=cases, text="Case 7", blocks=[SECTION, BUTTONS])
    mika.press("cases", sent["ts"], "case:take")
    said = last(heard)
    assert said["user"] == {
        "id": mika.me.id,
        "username": "mika",
        "name": "mika",
        "team_id": slack.book.ground.team,
    }
    assert said["channel"] == {"id": cases, "name": "cases"}
    (action,) = said["actions"]
    assert (action["action_id"], action["block_id"]) == ("case:take", "row")
    assert action["value"] == '{"c":7,"v":1}'
    mika.press(cases, sent["ts"], "case:more", choose="snooze")
    (action,) = last(heard)["actions"]
    assert action["selected_option"]["value"] == "snooze"
    before = len(heard.requests)
    for wrong in ("case:gone", "case:more"):
        with pytest.raises(Unwilling):
            mika.press(cases, sent["ts"], wrong, choose="none")
    assert len(heard.requests) == before


def test_a_press_opens_one_window_within_three_seconds(
    slack: Workspace, heard: Heard, client: WebClient, clock: StandingClock
) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    sent = client.chat_postMessage(channel=cases, text="Case 7", blocks=[SECTION, BUTTONS])
    mika.press(cases, sent["ts"], "case:take")
    trigger = last(heard)["trigger_id"]
    client.views_open(trigger_id=trigger, view=MODAL)
    with pytest.raises(SlackApiError) as raised:
        client.views_open(trigger_id=trigger, view=MODAL)
    assert error_of(raised) == "exchanged_trigger_id"
    mika.press(cases, sent["ts"], "case:take")
    clock.advance(seconds=3.1)
    with pytest.raises(SlackApiError) as raised:
        client.views_open(trigger_id=last(heard)["trigger_id"], view=MODAL)
    assert error_of(raised) == "expired_trigger_id"


@pytest.fixture
def opened(slack: Workspace, heard: Heard, client: WebClient) -> Workspace:
    """With a window before the person who is called mika."""
    mika = slack.person("mika")
    mika.shortcut("case:new")
    client.views_open(trigger_id=last(heard)["trigger_id"], view=MODAL)
    return slack


def test_a_form_is_sent_off_with_what_stands_in_it(opened: Workspace, heard: Heard) -> None:
    mika = _mika(opened)
    mika.submit(text="はい", reason="late")
    view = last(heard)["view"]
    assert view["state"] == {
        "values": {
            "text": {"value": {"type": "plain_text_input", "value": "はい"}},
            "reason": {
                "value": {
                    "type": "static_select",
                    "selected_option": {
                        "text": {"type": "plain_text", "text": "Late"},
                        "value": "late",
                    },
                }
            },
        }
    }
    assert view["private_metadata"] == '{"c":7}'
    assert opened.book.windows.before(mika.me.id) == []


@pytest.mark.parametrize("said", [{}, {"text": "x" * 11}, {"text": "x", "reason": "none"}])
def test_what_slack_would_not_send_is_not_sent(
    opened: Workspace, heard: Heard, said: dict[str, str]
) -> None:
    mika = _mika(opened)
    before = len(heard.requests)
    with pytest.raises(Unwilling):
        mika.submit_with(said)
    assert len(heard.requests) == before
    assert len(opened.book.windows.before(mika.me.id)) == 1


def test_the_answer_to_a_form_says_what_happens_to_the_windows(
    opened: Workspace, heard: Heard
) -> None:
    mika = _mika(opened)
    windows = opened.book.windows

    def answered(**said: object) -> None:
        heard.answers.append((200, json.dumps(said).encode()))
        mika.submit(text="x")

    answered(response_action="errors", errors={"text": "too short"})
    assert mika.window["errors"] == {"text": "too short"}
    answered(response_action="push", view={**MODAL, "callback_id": "second"})
    assert [one["callback_id"] for one in windows.before(mika.me.id)] == ["case:reply", "second"]
    answered(response_action="update", view={**MODAL, "callback_id": "changed"})
    assert mika.window["callback_id"] == "changed"
    answered(response_action="push", view=MODAL)
    with pytest.raises(Refused, match="push_limit_reached"):
        answered(response_action="push", view=MODAL)
    with pytest.raises(Refused, match="invalid_response_errors"):
        answered(response_action="errors", errors={"elsewhere": "no"})
    heard.answers.append((500, b""))
    mika.submit(text="x")
    assert len(windows.before(mika.me.id)) == 3
    answered(response_action="clear")
    assert windows.before(mika.me.id) == []


def test_closing_is_told_only_where_asked_for(
    opened: Workspace, heard: Heard, client: WebClient
) -> None:
    mika = _mika(opened)
    assert mika.close() == []
    mika.shortcut("case:new")
    view = {**MODAL, "notify_on_close": True}
    client.views_open(trigger_id=last(heard)["trigger_id"], view=view)
    (answer,) = mika.close()
    assert answer.status == 200
    assert (last(heard)["type"], last(heard)["is_cleared"]) == ("view_closed", False)


def test_a_command_is_answered_to_one_or_to_all(slack: Workspace, heard: Heard) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    heard.answers += [
        (200, b"nothing waits"),
        (200, json.dumps({"response_type": "in_channel", "text": "all"}).encode()),
    ]
    mika.command(cases, "/case", "mine")
    mika.command(cases, "/case", "find A-1")
    assert [one["text"] for one in slack.book.whispered(mika.me.id)] == ["nothing waits"]
    assert slack.book.texts(slack.book.channel(cases)) == ["all"]
    fields = dict(urllib.parse.parse_qsl(heard.requests[-1][2].decode()))
    assert (fields["command"], fields["text"]) == ("/case", "find A-1")


def test_a_response_url_speaks_replaces_and_deletes_five_times_in_half_an_hour(
    slack: Workspace, heard: Heard, client: WebClient, clock: StandingClock
) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    sent = client.chat_postMessage(channel=cases, text="Case 7", blocks=[BUTTONS])
    mika.press(cases, sent["ts"], "case:take")
    address = last(heard)["response_url"]

    def tell(**said: object) -> int:
        path = address.removeprefix(slack.stage.url)
        return asked(slack, "POST", path, {}, json.dumps(said).encode())[0]

    assert tell(text="only you") == 200
    assert [one["text"] for one in slack.book.whispered(mika.me.id)] == ["only you"]
    assert tell(replace_original=True, text="Case 7, taken") == 200
    assert slack.book.texts(slack.book.channel(cases)) == ["Case 7, taken"]
    assert tell(delete_original=True) == 200
    assert slack.book.texts(slack.book.channel(cases)) == []
    assert [tell(text="4"), tell(text="5"), tell(text="6")] == [200, 200, 404]
    second = client.chat_postMessage(channel=cases, text="Case 8", blocks=[BUTTONS])
    mika.press(cases, second["ts"], "case:take")
    address = last(heard)["response_url"]
    clock.advance(minutes=31)
    assert tell(text="too late") == 404


def test_what_the_bot_says_itself_comes_back_as_an_echo(
    slack: Workspace, heard: Heard, client: WebClient
) -> None:
    mika = slack.person("mika")
    sent = client.chat_postMessage(channel=slack.channel("cases", mika), text="hello")
    assert heard.requests == []
    assert [one.status for one in mika.deliver_echoes()] == [200]
    event = last(heard)["event"]
    assert (event["bot_id"], event["ts"]) == (slack.book.ground.bot, sent["ts"])


def test_the_app_hears_nothing_of_channels_where_it_is_not(
    slack: Workspace, heard: Heard, client: WebClient
) -> None:
    mika = slack.person("mika")
    made = slack.book.channels.create("lunch", by=mika.me.id)
    mika.say(made.id, "noodles?")
    assert heard.requests == []
    with pytest.raises(SlackApiError) as raised:
        client.chat_postMessage(channel=made.id, text="me too")
    assert error_of(raised) == "not_in_channel"


def test_links_of_ours_are_told_and_shown(
    slack: Workspace, heard: Heard, client: WebClient
) -> None:
    mika = slack.person("mika")
    mika.hosts = ("shop.example",)
    cases = slack.channel("cases", mika)
    message = mika.say(cases, "see https://shop.example/desk/cases/C-7 and https://other.example/")
    event = last(heard)["event"]
    url = "https://shop.example/desk/cases/C-7"
    assert event["links"] == [{"domain": "shop.example", "url": url}]
    client.chat_unfurl(channel=cases, ts=message["ts"], unfurls={url: {"blocks": [SECTION]}})
    (shown,) = slack.book.channel(cases).messages[message["ts"]]["attachments"]
    assert shown["app_unfurl_url"] == url


def test_thrown_out_the_token_is_good_for_nothing(
    slack: Workspace, heard: Heard, client: WebClient
) -> None:
    slack.person("mika").uninstall()
    types = [json.loads(body)["event"]["type"] for _, _, body in heard.requests]
    assert types == ["tokens_revoked", "app_uninstalled"]
    with pytest.raises(SlackApiError) as raised:
        client.auth_test()
    assert error_of(raised) == "account_inactive"


def test_requests_go_over_real_http_too(slack: Workspace) -> None:
    """The stage itself is an app that can be called: it knows no such door, and says so."""
    send = over_http(slack.stage.url)
    assert send("/slack/events", {}, b"{}")[0] == 404
    slack.stage.faults.clear()
    assert over_http("http://127.0.0.1:9")("/slack/events", {}, b"{}") == (0, b"")


def test_calls_are_kept_as_they_came(slack: Workspace, client: WebClient) -> None:
    cases = slack.channel("cases")
    client.chat_postMessage(channel=cases, text="one")
    (call,) = slack.stage.of("chat.postMessage")
    assert isinstance(call, Call)
    assert call.said["text"] == "one"
    assert call.headers["authorization"] == f"Bearer {TOKEN}"


def _mika(slack: Workspace) -> Player:
    member = next(one for one in slack.book.people.all() if one.name == "mika")
    return Player(slack.stage, slack.book, member, slack.post)
