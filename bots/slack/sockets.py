"""Socket Mode: we call Slack and stay on the line, where Slack cannot call us.

What comes is what would come to the door, and is dealt with by the same app. What fails is not
acknowledged, so that Slack tells it again.
"""

from typing import Final

from flask import Flask
from slack_bolt import BoltRequest
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bots.slack.app import answer, bolt_of
from oms_service.runtime import Runtime

#: As many of Slack's calls are dealt with at the same time.
_MANY: Final = 4


def line(app: Flask, house: Runtime) -> SocketModeClient:
    """The line to Slack, not yet open; one that breaks is opened again by itself."""
    settings = house.settings
    bolt = bolt_of(app)
    client = SocketModeClient(
        app_token=settings.slack_app_token,
        web_client=WebClient(base_url=f"{settings.slack_api_url}/", retry_handlers=[]),
        concurrency=_MANY,
    )

    def hear(caller: BaseSocketModeClient, said: SocketModeRequest) -> None:
        with app.app_context():
            asked = BoltRequest(mode="socket_mode", body=said.payload, headers=build_headers(said))
            send_response(caller, said, answer(house, bolt, asked), house.clock.now().timestamp())

    client.socket_mode_request_listeners.append(hear)
    return client
