"""Requests to the app as Slack makes them: signed, dated, told again with a count."""

import hashlib
import hmac
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from oms_service.kernel.clock import Clock

#: The app's one address.
PATH: Final = "/slack/events"
PATIENCE_S: Final = 3.0
AGENT: Final = "Slackbot 1.0 (+https://api.slack.com/robots)"

#: Path, headers and body in; status and body out. Status 0: nobody answered in time.
Send = Callable[[str, Mapping[str, str], bytes], tuple[int, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the app said, and what it was told, so that it can be told again."""

    status: int
    body: bytes
    told: bytes
    content_type: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - what HTTP calls success

    @property
    def json(self) -> dict[str, Any]:
        """What was said, empty where that is no object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def signature(secret: str, body: bytes, timestamp: str) -> str:
    """``X-Slack-Signature`` of a body that is sent at a time."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Post:
    """Brings signed requests to the app."""

    secret: str
    send: Send
    clock: Clock
    path: str = PATH

    def event(self, body: Mapping[str, Any]) -> Answer:
        """An event, as JSON."""
        return self.bring(json.dumps(body).encode(), "application/json")

    def interaction(self, payload: Mapping[str, Any]) -> Answer:
        """A press or a submission: JSON within a form."""
        return self.form({"payload": json.dumps(payload)})

    def form(self, fields: Mapping[str, str]) -> Answer:
        """A form, as a command is."""
        return self.bring(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def again(self, answer: Answer, *, count: int = 1, reason: str = "http_timeout") -> Answer:
        """Tell the same again, as Slack does where it had no good answer in time."""
        more = {"X-Slack-Retry-Num": str(count), "X-Slack-Retry-Reason": reason}
        return self.bring(answer.told, answer.content_type, more)

    def bring(self, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> Answer:
        """Sign it now and send it."""
        at = str(int(self.clock.now().timestamp()))
        headers = {
            "Content-Type": kind,
            "User-Agent": AGENT,
            "Accept": "*/*",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": signature(self.secret, body, at),
            **(more or {}),
        }
        status, said = self.send(self.path, headers, body)
        return Answer(status, said, body, kind)


def over_http(url: str, *, patience_s: float = PATIENCE_S) -> Send:
    """Real requests to an app that runs at ``url``."""
    parts = urlsplit(url)

    def send(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(parts.hostname or "", parts.port, timeout=patience_s)
        try:
            connection.request("POST", parts.path + path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    return send
