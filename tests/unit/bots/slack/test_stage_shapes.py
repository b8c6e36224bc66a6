"""What the stage answers and tells has the names of Slack's published samples, and none besides.

The names below are those of the samples of Slack's own SDKs; a name that the stage would make up
fails here, and so does one that every answer of Slack's has and ours lacks.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from bots.slack.stage.calls import METHODS
from tests.fakes.clock import StandingClock
from tests.fakes.slack import Heard, Workspace, a_workspace

COMMON = {"ok", "error", "needed", "provided", "warning", "response_metadata"}
MESSAGE = {
    "app_id",
    "attachments",
    "blocks",
    "bot_id",
    "bot_profile",
    "edited",
    "files",
    "icons",
    "is_locked",
    "latest_reply",
    "metadata",
    "parent_user_id",
    "reactions",
    "reply_count",
    "reply_users",
    "reply_users_count",
    "subscribed",
    "subtype",
    "team",
    "text",
    "thread_ts",
    "ts",
    "type",
    "upload",
    "user",
    "username",
    "client_msg_id",
}
CHANNEL = {
    "context_team_id",
    "created",
    "creator",
    "id",
    "is_archived",
    "is_channel",
    "is_ext_shared",
    "is_general",
    "is_group",
    "is_im",
    "is_member",
    "is_mpim",
    "is_org_shared",
    "is_pending_ext_shared",
    "is_private",
    "is_shared",
    "name",
    "name_normalized",
    "num_members",
    "pending_connected_team_ids",
    "pending_shared",
    "previous_names",
    "purpose",
    "shared_team_ids",
    "topic",
    "unlinked",
    "updated",
}
DIRECT = {
    "context_team_id",
    "created",
    "id",
    "is_archived",
    "is_im",
    "is_open",
    "is_org_shared",
    "priority",
    "updated",
    "user",
}
USER = {
    "color",
    "deleted",
    "id",
    "is_admin",
    "is_app_user",
    "is_bot",
    "is_email_confirmed",
    "is_owner",
    "is_primary_owner",
    "is_restricted",
    "is_stranger",
    "is_ultra_restricted",
    "locale",
    "name",
    "profile",
    "real_name",
    "team_id",
    "tz",
    "tz_label",
    "tz_offset",
    "updated",
    "who_can_share_contact_card",
}
VIEW = {
    "app_id",
    "app_installed_team_id",
    "blocks",
    "bot_id",
    "callback_id",
    "clear_on_close",
    "close",
    "external_id",
    "hash",
    "id",
    "notify_on_close",
    "previous_view_id",
    "private_metadata",
    "root_view_id",
    "state",
    "submit",
    "submit_disabled",
    "team_id",
    "title",
    "type",
}
FILE = {
    "channels",
    "created",
    "display_as_bot",
    "editable",
    "external_type",
    "file_access",
    "filetype",
    "groups",
    "has_rich_preview",
    "id",
    "ims",
    "is_external",
    "is_public",
    "media_display_type",
    "mimetype",
    "mode",
    "name",
    "permalink",
    "pretty_type",
    "public_url_shared",
    "size",
    "timestamp",
    "title",
    "url_private",
    "url_private_download",
    "user",
    "user_team",
    "username",
}
#: Each method: a call, the names of its answer beside the common ones, and of what lies within.
ANSWERS: list[tuple[str, dict[str, Any], set[str], dict[str, set[str]]]] = [
    (
        "auth.test",
        {},
        {
            "url",
            "team",
            "user",
            "team_id",
            "user_id",
            "bot_id",
            "is_enterprise_install",
            "app_name",
            "app_id",
        },
        {},
    ),
    (
        "chat.postMessage",
        {"channel": "C", "text": "x"},
        {"channel", "ts", "message"},
        {"message": MESSAGE},
    ),
    (
        "chat.update",
        {"channel": "C", "ts": "TS", "text": "y"},
        {"channel", "ts", "text", "message"},
        {"message": MESSAGE},
    ),
    ("chat.getPermalink", {"channel": "C", "message_ts": "TS"}, {"channel", "permalink"}, {}),
    ("chat.postEphemeral", {"channel": "C", "user": "U", "text": "x"}, {"message_ts"}, {}),
    ("conversations.info", {"channel": "C"}, {"channel"}, {"channel": CHANNEL}),
    ("conversations.create", {"name": "new"}, {"channel"}, {"channel": CHANNEL}),
    ("conversations.join", {"channel": "C"}, {"channel"}, {"channel": CHANNEL}),
    (
        "conversations.open",
        {"users": "U", "return_im": True},
        {"channel", "no_op", "already_open"},
        {"channel": DIRECT},
    ),
    ("conversations.members", {"channel": "C"}, {"members"}, {}),
    (
        "conversations.history",
        {"channel": "C", "include_all_metadata": True},
        {"messages", "has_more"},
        {"messages": MESSAGE},
    ),
    (
        "conversations.replies",
        {"channel": "C", "ts": "TS"},
        {"messages", "has_more"},
        {"messages": MESSAGE},
    ),
    ("conversations.archive", {"channel": "C"}, set(), {}),
    ("users.info", {"user": "U"}, {"user"}, {"user": USER}),
    ("users.lookupByEmail", {"email": "mika@shop.example"}, {"user"}, {"user": USER}),
    ("users.getPresence", {"user": "U"}, {"presence"}, {}),
    (
        "views.publish",
        {"user_id": "U", "view": {"type": "home", "blocks": []}},
        {"view"},
        {"view": VIEW},
    ),
    (
        "files.getUploadURLExternal",
        {"filename": "a.txt", "length": 3},
        {"upload_url", "file_id"},
        {},
    ),
    (
        "assistant.threads.setStatus",
        {"channel_id": "C", "thread_ts": "TS", "status": "reads"},
        set(),
        {},
    ),
    ("chat.delete", {"channel": "C", "ts": "TS"}, {"channel", "ts"}, {}),
]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def slack(heard: Heard) -> Iterator[Workspace]:
    with a_workspace(StandingClock(), heard.send) as made:
        yield made


@pytest.mark.parametrize(("method", "said", "own", "within"), ANSWERS)
def test_an_answer_has_the_names_of_its_sample(
    slack: Workspace,
    method: str,
    said: dict[str, Any],
    own: set[str],
    within: dict[str, set[str]],
) -> None:
    mika = slack.person("mika", "mika@shop.example")
    channel = slack.book.channel(slack.channel("cases", mika))
    sent = METHODS["chat.postMessage"].run(slack.book, {"channel": channel.id, "text": "x"})
    ids = {"C": channel.id, "U": mika.me.id, "TS": sent["ts"]}
    asked = {
        name: ids.get(value, value) if isinstance(value, str) else value
        for name, value in said.items()
    }
    answer = METHODS[method].run(slack.book, asked)
    assert answer["ok"] is True
    assert set(answer) - COMMON == own
    for name, names in within.items():
        found = answer[name][0] if isinstance(answer[name], list) else answer[name]
        assert set(found) <= names
        assert set(found) >= names if names in (CHANNEL, DIRECT, USER, VIEW) else found


def test_files_have_the_names_of_their_sample(slack: Workspace) -> None:
    made = slack.book.files.own("a.txt", b"abc", user=slack.book.bot.id)
    assert set(slack.book.files.told(made)) == FILE


ENVELOPE = {
    "api_app_id",
    "authorizations",
    "event",
    "event_context",
    "event_id",
    "event_time",
    "is_ext_shared_channel",
    "team_id",
    "token",
    "type",
}
SAID = {
    "blocks",
    "channel",
    "channel_type",
    "client_msg_id",
    "event_ts",
    "team",
    "text",
    "ts",
    "type",
    "user",
}
CHANGED = {
    "channel",
    "channel_type",
    "event_ts",
    "hidden",
    "message",
    "previous_message",
    "subtype",
    "ts",
    "type",
}
DELETED = {
    "channel",
    "channel_type",
    "deleted_ts",
    "event_ts",
    "hidden",
    "previous_message",
    "subtype",
    "ts",
    "type",
}
EVENTS: list[tuple[str, Callable[[Any, str, str], Any], set[str]]] = [
    ("message", lambda p, c, _ts: p.say(c, "x"), SAID),
    (
        "message",
        lambda p, c, ts: p.say(c, "x", thread_ts=ts),
        SAID | {"thread_ts", "parent_user_id"},
    ),
    (
        "message",
        lambda p, c, _ts: p.say(c, "x", files=[("a.txt", b"abc")]),
        SAID | {"files", "subtype", "upload"},
    ),
    ("message", lambda p, c, ts: p.edit(c, ts, "y"), CHANGED),
    ("message", lambda p, c, ts: p.take_back(c, ts), DELETED),
    (
        "app_home_opened",
        lambda p, _c, _ts: p.open_home(),
        {"channel", "event_ts", "tab", "type", "user"},
    ),
    (
        "app_mention",
        lambda p, c, _ts: p.say(c, f"<@{p.book.bot.id}> hello"),
        SAID - {"channel_type"},
    ),
    (
        "link_shared",
        lambda p, c, _ts: p.say(c, "https://shop.example/o/1"),
        {
            "channel",
            "event_ts",
            "is_bot_user_member",
            "links",
            "message_ts",
            "source",
            "type",
            "unfurl_id",
            "user",
        },
    ),
    ("channel_archive", lambda p, c, _ts: p.archive(c), {"channel", "event_ts", "type", "user"}),
    ("channel_rename", lambda p, c, _ts: p.rename(c, "other"), {"channel", "event_ts", "type"}),
    (
        "reaction_added",
        lambda p, c, ts: p.react(c, ts, "eyes"),
        {"event_ts", "item", "item_user", "reaction", "type", "user"},
    ),
    ("app_uninstalled", lambda p, _c, _ts: p.uninstall(), {"type"}),
]


@pytest.mark.parametrize(("kind", "act", "names"), EVENTS)
def test_an_event_has_the_names_of_its_sample(
    slack: Workspace, heard: Heard, kind: str, act: Callable[[Any, str, str], Any], names: set[str]
) -> None:
    mika = slack.person("mika")
    mika.hosts = ("shop.example",)
    cases = slack.channel("cases", mika)
    before = mika.say(cases, "before")
    heard.requests.clear()
    act(mika, cases, before["ts"])
    told = [json.loads(body) for _path, _headers, body in heard.requests]
    (found,) = [one for one in told if one["event"]["type"] == kind][-1:]
    assert set(found) == ENVELOPE
    assert set(found["event"]) == names


INTERACTION = {"api_app_id", "enterprise", "is_enterprise_install", "team", "token", "type", "user"}
BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [
        {
            "type": "button",
            "action_id": "go",
            "value": "1",
            "text": {"type": "plain_text", "text": "go", "emoji": True},
        }
    ],
}


def test_requests_of_presses_have_the_names_of_their_samples(
    slack: Workspace, heard: Heard
) -> None:
    mika = slack.person("mika")
    cases = slack.channel("cases", mika)
    said = {"channel": cases, "text": "x", "blocks": [BUTTON]}
    sent = METHODS["chat.postMessage"].run(slack.book, said)
    mika.press(cases, sent["ts"], "go")
    press = payload(heard)
    assert set(press) == INTERACTION | {
        "actions",
        "channel",
        "container",
        "message",
        "response_url",
        "state",
        "trigger_id",
    }
    assert set(press["actions"][0]) == {
        "action_id",
        "action_ts",
        "block_id",
        "text",
        "type",
        "value",
    }
    assert set(press["container"]) == {"channel_id", "is_ephemeral", "message_ts", "type"}
    assert set(press["user"]) == {"id", "name", "team_id", "username"}
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "blocks": [BUTTON],
        "submit": {"type": "plain_text", "text": "go"},
        "notify_on_close": True,
    }
    slack.book.windows.open(press["trigger_id"], view)
    mika.press_in_window("go")
    assert set(payload(heard)) == INTERACTION | {"actions", "container", "trigger_id", "view"}
    mika.submit()
    submission = payload(heard)
    assert set(submission) == INTERACTION | {"response_urls", "trigger_id", "view"}
    assert set(submission["view"]) == VIEW
    slack.book.windows.open(slack.book.windows.pressed(mika.me.id), view)
    mika.close()
    assert set(payload(heard)) == INTERACTION | {"is_cleared", "view"}
    mika.shortcut_at(cases, sent["ts"], "case:add")
    assert set(payload(heard)) == INTERACTION | {
        "action_ts",
        "callback_id",
        "channel",
        "message",
        "message_ts",
        "response_url",
        "trigger_id",
    }


def test_a_command_has_the_names_of_its_sample(slack: Workspace, heard: Heard) -> None:
    mika = slack.person("mika")
    mika.command(slack.channel("cases", mika), "/case")
    fields = parse_qs(heard.requests[-1][2].decode(), keep_blank_values=True)
    assert set(fields) == {
        "api_app_id",
        "channel_id",
        "channel_name",
        "command",
        "is_enterprise_install",
        "response_url",
        "team_domain",
        "team_id",
        "text",
        "token",
        "trigger_id",
        "user_id",
        "user_name",
    }


def payload(heard: Heard) -> dict[str, Any]:
    fields = parse_qs(heard.requests[-1][2].decode())
    return dict(json.loads(fields["payload"][0]))
