"""An app that lives in the stage: it opens a window on a press, and says what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from slack_sdk import WebClient

from tests.fakes.slack import TOKEN


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str, text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def card(words: str) -> list[dict[str, Any]]:
    """A card with everything that ours have."""
    return [
        {"type": "header", "text": plain(words)},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*Broken* &lt;b&gt; <https://shop.example/o/1|A-1>"},
            "accessory": {
                "type": "overflow",
                "action_id": "case:more",
                "options": [option("merge", "Merge"), option("snooze", "Snooze")],
            },
        },
        {"type": "section", "fields": [plain("Order"), plain("A-10423")]},
        {"type": "context", "elements": [plain("mail, Japanese")]},
        {"type": "divider"},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "case:reply",
                    "style": "primary",
                    "text": plain("Reply"),
                    "value": "7",
                },
                {
                    "type": "static_select",
                    "action_id": "case:queue",
                    "placeholder": plain("Move to"),
                    "options": [option("returns", "Returns"), option("orders", "Orders")],
                },
                {"type": "datepicker", "action_id": "case:date", "initial_date": "2026-11-25"},
                {
                    "type": "button",
                    "action_id": "case:reject",
                    "style": "danger",
                    "text": plain("Reject"),
                    "value": "7",
                    "confirm": {
                        "title": plain("Reject it?"),
                        "text": plain("The customer is told."),
                        "confirm": plain("Reject now"),
                        "deny": plain("Go back"),
                    },
                },
            ],
        },
    ]


MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "case:reply",
    "title": plain("Reply"),
    "submit": plain("Send it"),
    "close": plain("Leave it"),
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": plain("Your answer"),
            "element": {
                "type": "plain_text_input",
                "action_id": "value",
                "multiline": True,
                "max_length": 100,
            },
        },
        {
            "type": "input",
            "block_id": "ways",
            "optional": True,
            "label": plain("And then"),
            "element": {
                "type": "checkboxes",
                "action_id": "value",
                "options": [option("wait", "Wait for them"), option("close", "Close it")],
            },
        },
    ],
}


@dataclass
class SmallApp:
    """Presses open a window, its words are said in the thread, its home has a button."""

    client: WebClient | None = None
    #: What came, in order: the kind, and what is worth knowing of it.
    came: list[tuple[str, Any]] = field(default_factory=list)

    def send(self, _path: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one request of the stage."""
        if body.startswith(b"payload="):
            said = json.loads(parse_qs(body.decode())["payload"][0])
            return self._interaction(said)
        if not body.startswith(b"{"):
            fields = dict(parse_qsl(body.decode()))
            self.came.append(("command", fields.get("text", "")))
            return 200, b"Nothing waits for you."
        event = json.loads(body)["event"]
        self.came.append((event["type"], event.get("text", event.get("tab", ""))))
        if event["type"] == "app_home_opened":
            blocks = [{"type": "header", "text": plain("My cases today")}]
            self._slack.views_publish(
                user_id=event["user"], view={"type": "home", "blocks": [*blocks, card("x")[-1]]}
            )
        return 200, b""

    @property
    def _slack(self) -> WebClient:
        if self.client is None:
            raise AssertionError("nobody has said where Slack is")
        return self.client

    def know(self, api_url: str) -> None:
        self.client = WebClient(TOKEN, base_url=api_url)

    def _interaction(self, said: Mapping[str, Any]) -> tuple[int, bytes]:
        if said["type"] == "view_submission":
            return self._submitted(said)
        if said["type"] != "block_actions":
            self.came.append((said["type"], said.get("callback_id", "")))
            return 200, b""
        (action,) = said["actions"]
        chosen = action.get("selected_option", {}).get("value") or action.get("selected_date")
        self.came.append((action["action_id"], chosen or action.get("value")))
        if action["action_id"] == "case:reply" and "channel" in said:
            place = [said["channel"]["id"], said["container"]["message_ts"]]
            view = {**MODAL, "private_metadata": json.dumps(place)}
            self._slack.views_open(trigger_id=said["trigger_id"], view=view)
        return 200, b""

    def _submitted(self, said: Mapping[str, Any]) -> tuple[int, bytes]:
        values = said["view"]["state"]["values"]
        text = values["text"]["value"]["value"]
        ways = [one["value"] for one in values["ways"]["value"]["selected_options"]]
        self.came.append(("submitted", (text, ways)))
        if text == "no":
            errors = {"text": "Please say more."}
            return 200, json.dumps({"response_action": "errors", "errors": errors}).encode()
        channel, ts = json.loads(said["view"]["private_metadata"])
        self._slack.chat_postMessage(channel=channel, thread_ts=ts, text=f"sent: {text}")
        return 200, b""
