"""The app as Slack asks to have it described: one file that sets everything up at once.

Source of the names: "App manifest reference", docs.slack.dev.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from oms_service.settings import Settings

#: Where Slack calls: events, presses, submissions and commands alike.
DOOR: Final = "/slack/events"
#: Where somebody who has installed the app comes back to.
BACK: Final = "/console/slack/back"
COMMAND: Final = "/case"

#: What the bot may do, each with what needs it.
SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "hear when it is called by name",
    "assistant:write": "answer in the assistant pane",
    "channels:history": "read threads of cases in public channels",
    "channels:join": "come into the channel of a queue",
    "channels:manage": "make a channel for a hard case, and put it away",
    "channels:read": "know channels by name",
    "chat:write": "post cards and answers",
    "commands": "/case and shortcuts",
    "files:read": "take in files that colleagues put into a thread",
    "files:write": "show files of customers",
    "groups:history": "read threads of cases in private channels",
    "groups:read": "know private channels by name",
    "groups:write": "make a private channel for a hard case",
    "im:history": "hear what people write to it",
    "im:read": "know whom it speaks with",
    "im:write": "write to a colleague",
    "links:read": "see links to cases and orders",
    "links:write": "say what a link leads to",
    "metadata.message:read": "find its own posts again after a doubt",
    "users:read": "know people by name",
}
EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "assistant_thread_context_changed",
    "assistant_thread_started",
    "channel_archive",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_left",
    "group_rename",
    "group_unarchive",
    "link_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
#: What a message's menu offers, and a press of which is told as these.
SHORTCUTS: Final = {
    "case:create": ("Create case from message", "Open a case about what this message says"),
    "case:add": ("Add to case", "Keep this message as a note in a case"),
}
#: Slack's limits.
_MOST_NAME: Final = 35


def manifest(settings: Settings, *, name: str = "Order Desk") -> dict[str, Any]:
    """What to paste under "Create an app from a manifest", for the house of these settings."""
    base = settings.public_url.rstrip("/")
    by_socket = bool(settings.slack_app_token)
    door = {} if by_socket else {"request_url": base + DOOR}
    host = urlsplit(base).hostname or ""
    command = {
        "command": COMMAND,
        "description": "Find, open and take cases",
        "usage_hint": "mine | next | new | find … | A-100001 | away",
        "should_escape": True,
    }
    return {
        "display_information": {
            "name": name[:_MOST_NAME],
            "description": "Cases about orders, worked where you are.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "assistant_view": {
                "assistant_description": "Asks about orders, answered from the order desk.",
                "suggested_prompts": [],
            },
            "bot_user": {"display_name": name[:_MOST_NAME], "always_online": True},
            "shortcuts": [
                {"name": label, "type": "message", "callback_id": code, "description": told}
                for code, (label, told) in SHORTCUTS.items()
            ],
            "slash_commands": [command if by_socket else {**command, "url": base + DOOR}],
            "unfurl_domains": [host] if "." in host else [],
        },
        "oauth_config": {
            "redirect_urls": [base + BACK],
            "scopes": {"bot": sorted(SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**door, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **door},
            "org_deploy_enabled": False,
            "socket_mode_enabled": by_socket,
            "token_rotation_enabled": False,
        },
    }
