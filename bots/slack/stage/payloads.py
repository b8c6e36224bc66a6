"""What Slack tells the app, in the shape of its published samples."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from bots.slack.stage.book import Book
from bots.slack.stage.channels import Channel
from bots.slack.stage.filling import state_of
from bots.slack.stage.people import Member
from bots.slack.stage.windows import told as view_told

#: Slack still sends the old token; nobody may trust it.
OLD_TOKEN: Final = "not-a-secret"  # noqa: S105 - it opens nothing


def envelope(book: Book, event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as the app gets it."""
    ground = book.ground
    return {
        "token": OLD_TOKEN,
        "team_id": ground.team,
        "api_app_id": ground.app,
        "event": dict(event),
        "type": "event_callback",
        "event_id": ground.id("Ev"),
        "event_time": ground.seconds(),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": ground.team,
                "user_id": ground.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{ground.id('e')}",
    }


def _somebody(book: Book, who: Member) -> dict[str, Any]:
    ground = book.ground
    return {
        "team": {"id": ground.team, "domain": ground.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.team},
        "api_app_id": ground.app,
        "token": OLD_TOKEN,
    }


def pressed_on_message(
    book: Book,
    who: Member,
    *,
    channel: Channel,
    message: Mapping[str, Any],
    action: Mapping[str, Any],
    response_url: str,
) -> dict[str, Any]:
    """A press of an element below a message."""
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": bool(message.get("is_ephemeral")),
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    said = {
        "type": "block_actions",
        **_somebody(book, who),
        "container": container,
        "trigger_id": book.windows.pressed(who.id),
        "channel": {"id": channel.id, "name": _name(channel)},
        "state": {"values": state_of(message)},
        "response_url": response_url,
        "actions": [dict(action)],
    }
    if not message.get("is_ephemeral"):
        said["message"] = copy.deepcopy(dict(message))
    return said


def pressed_in_view(
    book: Book, who: Member, *, view: Mapping[str, Any], action: Mapping[str, Any]
) -> dict[str, Any]:
    """A press of an element in a window or in the app's home."""
    return {
        "type": "block_actions",
        **_somebody(book, who),
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": book.windows.pressed(who.id),
        "view": _with_state(view),
        "actions": [dict(action)],
    }


def submitted(book: Book, who: Member, *, view: Mapping[str, Any]) -> dict[str, Any]:
    """A window sent off."""
    return {
        "type": "view_submission",
        **_somebody(book, who),
        "trigger_id": book.windows.pressed(who.id),
        "view": _with_state(view),
        "response_urls": [],
    }


def closed(book: Book, who: Member, *, view: Mapping[str, Any], is_cleared: bool) -> dict[str, Any]:
    """A window closed without sending it off."""
    return {
        "type": "view_closed",
        **_somebody(book, who),
        "view": _with_state(view),
        "is_cleared": is_cleared,
    }


def asked_for_choices(
    book: Book, who: Member, *, view: Mapping[str, Any], field: Mapping[str, str], typed: str
) -> dict[str, Any]:
    """Somebody types into a field whose choices the app knows."""
    return {
        "type": "block_suggestion",
        **_somebody(book, who),
        "container": {"type": "view", "view_id": view["id"]},
        "view": _with_state(view),
        **field,
        "value": typed,
    }


def on_message(
    book: Book,
    who: Member,
    *,
    callback_id: str,
    channel: Channel,
    message: Mapping[str, Any],
    response_url: str,
) -> dict[str, Any]:
    """A shortcut chosen at a message."""
    return {
        "type": "message_action",
        "callback_id": callback_id,
        **_somebody(book, who),
        "trigger_id": book.windows.pressed(who.id),
        "message_ts": message["ts"],
        "response_url": response_url,
        "message": copy.deepcopy(dict(message)),
        "channel": {"id": channel.id, "name": _name(channel)},
        "action_ts": book.ground.ts(),
    }


def shortcut(book: Book, who: Member, *, callback_id: str) -> dict[str, Any]:
    """A shortcut chosen anywhere."""
    return {
        "type": "shortcut",
        "callback_id": callback_id,
        **_somebody(book, who),
        "trigger_id": book.windows.pressed(who.id),
        "action_ts": book.ground.ts(),
    }


def command(
    book: Book, who: Member, *, channel: Channel, name: str, text: str, response_url: str
) -> dict[str, str]:
    """A slash command, as the fields of a form."""
    ground = book.ground
    return {
        "token": OLD_TOKEN,
        "team_id": ground.team,
        "team_domain": ground.domain,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": text,
        "api_app_id": ground.app,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": book.windows.pressed(who.id),
    }


def home_opened(book: Book, who: Member, *, channel: Channel, tab: str) -> dict[str, Any]:
    """Somebody looks at the app's home."""
    event: dict[str, Any] = {
        "type": "app_home_opened",
        "user": who.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": book.ground.ts(),
    }
    held = book.windows.homes.get(who.id)
    if held is not None and tab == "home":
        event["view"] = _with_state(held)
    return event


def links_shared(
    book: Book, message: Mapping[str, Any], channel: Channel, links: list[dict[str, str]]
) -> dict[str, Any]:
    """Links of ours stand in a message."""
    event = {
        "type": "link_shared",
        "channel": channel.id,
        "is_bot_user_member": book.bot.id in channel.members,
        "user": message["user"],
        "message_ts": message["ts"],
        "unfurl_id": f"{channel.id}:{message['ts']}",
        "source": "conversations_history",
        "links": links,
        "event_ts": book.ground.ts(),
    }
    if message.get("thread_ts"):
        event["thread_ts"] = message["thread_ts"]
    return event


def _with_state(view: Mapping[str, Any]) -> dict[str, Any]:
    return {**view_told(view), "state": {"values": state_of(view)}}


def _name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name
