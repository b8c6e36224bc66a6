"""What the stage of a demo and the house know of each other: made of the demo's own secret."""

import hashlib
import hmac
from collections.abc import Mapping

from oms_service.embedded.ports import LOCALHOST


def signing_secret(master: str) -> str:
    """What the stage signs its requests with."""
    return _made(master, "signing")


def bot_token(master: str) -> str:
    """By what the house is let in there."""
    return f"xoxb-preview-{_made(master, 'bot')}"


def page_token(master: str) -> str:
    """By what the preview page is let in there, and nobody else."""
    return _made(master, "page")


def settings(master: str, port: int) -> Mapping[str, str]:
    """The environment of a demo whose Slack is a stage at a port of this machine."""
    return {
        "SLACK_STAGE_PORT": str(port),
        "SLACK_SIGNING_SECRET": signing_secret(master),
        "SLACK_BOT_TOKEN": bot_token(master),
        "SLACK_API_URL": f"http://{LOCALHOST}:{port}/api/",
    }


def _made(master: str, what: str) -> str:
    return hmac.digest(master.encode(), f"slack-stage-{what}".encode(), hashlib.sha256).hex()
