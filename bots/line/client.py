"""LINE's Messaging API over plain HTTP: a few calls, each with an end, each answered in our words.

What LINE allows is written at
https://developers.line.biz/en/reference/messaging-api/.
"""

import http.client
import json
import socket
import ssl
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

from oms_service.settings import Settings
from oms_service.webhooks.alarm import Alarm

TIMEOUT_S: Final = 10.0
#: More than any answer to a call has.
_MOST_BYTES: Final = 256 * 1024
_MONTHLY: Final = "monthly limit"
_SAID: Final = 120

Object = Mapping[str, Any]


class Unanswered(OSError):
    """No answer, or none that says whether it was done: the same call may be made again."""


class Refused(Exception):
    """LINE does not do it, and will not do it the next time either."""


class Busy(OSError):
    """LINE does not do it now."""


class Outcome(StrEnum):
    """What became of messages."""

    ACCEPTED = "accepted"
    #: The reply token was used before, or is too old.
    TOKEN_GONE = "token_gone"  # noqa: S105 - no secret
    #: The month's messages are used up.
    USED_UP = "used_up"


@dataclass(frozen=True)
class Answer:
    """Status and body."""

    status: int
    body: bytes

    @property
    def said(self) -> str:
        """LINE's own words for what is wrong, cut short."""
        found = self.json.get("message")
        return found[:_SAID] if isinstance(found, str) else ""

    @property
    def json(self) -> Mapping[str, Any]:
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}


@dataclass(frozen=True)
class Quota:
    """What the month allows (None: as many as one likes), and how many of it are used."""

    allowance: int | None
    used: int


@dataclass(frozen=True)
class Webhook:
    """Where LINE sends events, and whether it does."""

    url: str
    is_active: bool


class Api:
    """The calls. Each opens one connection and ends it."""

    def __init__(
        self, *, token: str, api_url: str, data_url: str, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._token = token
        self._api_url = api_url
        self._data_url = data_url
        self._timeout_s = timeout_s

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The API as the shop's channel uses it."""
        return cls(
            token=settings.line_channel_token,
            api_url=settings.line_api_url,
            data_url=settings.line_data_url,
        )

    # Messages

    def reply(self, token: str, objects: Sequence[Object]) -> Outcome:
        """Answer an event, free of charge.

        Raises:
            Unanswered: it may have been sent.
            Busy: it was not sent.
            Refused: it was not sent, and never will be.
        """
        said = self._call(
            "POST", "/v2/bot/message/reply", {"replyToken": token, "messages": list(objects)}
        )
        if said.status == HTTPStatus.BAD_REQUEST and "reply token" in said.said.casefold():
            return Outcome.TOKEN_GONE
        self._settled(said)
        return Outcome.ACCEPTED

    def push(self, to: str, objects: Sequence[Object], *, key: uuid.UUID) -> Outcome:
        """Send messages that count; the same key again sends nothing again.

        Raises:
            Unanswered, Busy: the same call may be made again.
            Refused: it never will be sent.
        """
        body = {"to": to, "messages": list(objects)}
        said = self._call("POST", "/v2/bot/message/push", body, {"X-Line-Retry-Key": str(key)})
        if said.status == HTTPStatus.CONFLICT:
            return Outcome.ACCEPTED
        if said.status == HTTPStatus.TOO_MANY_REQUESTS and _MONTHLY in said.said.casefold():
            return Outcome.USED_UP
        self._settled(said)
        return Outcome.ACCEPTED

    def quota(self) -> Quota:
        """What this month allows and has used."""
        allowed = self._read("/v2/bot/message/quota")
        used = self._read("/v2/bot/message/quota/consumption").get("totalUsage")
        most = allowed.get("value") if allowed.get("type") == "limited" else None
        return Quota(_count(most), _count(used) or 0)

    def start_loading(self, user: str, seconds: int = 20) -> None:
        """Show in the chat that an answer is on its way; it ends by itself with the answer."""
        self._settled(
            self._call(
                "POST", "/v2/bot/chat/loading/start", {"chatId": user, "loadingSeconds": seconds}
            )
        )

    # People and what they send

    def language(self, user: str) -> str:
        """The language of somebody's LINE, such as ``ja`` or ``en-US``; empty where unknown."""
        found = self._read(f"/v2/bot/profile/{quote(user, safe='')}").get("language")
        return found[:20] if isinstance(found, str) else ""

    def content(self, message_id: str, *, most_bytes: int) -> bytes:
        """A file that somebody sent, or its first ``most_bytes`` and one more."""
        path = f"/v2/bot/message/{quote(message_id, safe='')}/content"
        said = self._ask(self._data_url, "GET", path, None, {}, most_bytes + 1)
        if said.status == HTTPStatus.ACCEPTED:
            raise Unanswered("LINE is still getting it ready")
        self._settled(said)
        return said.body

    def link_token(self, user: str) -> str:
        """What opens LINE's own page for linking this user's account."""
        said = self._call("POST", f"/v2/bot/user/{quote(user, safe='')}/linkToken", {})
        self._settled(said)
        token = said.json.get("linkToken")
        if not isinstance(token, str) or not token:
            raise Unanswered("no link token came")
        return token

    # The channel itself

    def name(self) -> str:
        """What the shop's account is called."""
        return str(self._read("/v2/bot/info").get("displayName", ""))

    def webhook(self) -> Webhook | None:
        """Where events go; None where nothing is set."""
        said = self._call("GET", "/v2/bot/channel/webhook/endpoint")
        if said.status == HTTPStatus.NOT_FOUND:
            return None
        self._settled(said)
        return Webhook(str(said.json.get("endpoint", "")), said.json.get("active") is True)

    def _read(self, path: str) -> Mapping[str, Any]:
        said = self._call("GET", path)
        self._settled(said)
        return said.json

    def _settled(self, said: Answer) -> None:
        """Let what went well pass."""
        if said.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if said.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unanswered(f"LINE answered {said.status}")
        later = {
            HTTPStatus.UNAUTHORIZED,  # a token that is being replaced: the shop can put it right
            HTTPStatus.FORBIDDEN,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.TOO_MANY_REQUESTS,
        }
        if said.status in later:
            raise Busy(f"LINE answered {said.status}")
        raise Refused(f"LINE refused it with {said.status}: {said.said}")

    def _call(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._ask(self._api_url, method, path, body, headers or {}, _MOST_BYTES)

    def _ask(
        self,
        base: str,
        method: str,
        path: str,
        body: Object | None,
        headers: Mapping[str, str],
        most_bytes: int,
    ) -> Answer:
        parts = urlsplit(base)
        is_tls = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        said = {"Authorization": f"Bearer {self._token}", "Connection": "close", **headers}
        if body is not None:
            said["Content-Type"] = "application/json"
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            with Alarm(self._timeout_s) as alarm:
                plain = socket.create_connection((host, port), timeout=self._timeout_s)
                alarm.watch(plain)
                connection.sock = alarm.seal(plain, self._tls, host) if is_tls else plain
                connection.request(method, parts.path + path, raw, said)
                with closing(connection.getresponse()) as answer:
                    found = Answer(answer.status, answer.read(most_bytes))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"no answer from LINE: {type(error).__name__}") from None
        finally:
            connection.close()
        if alarm.has_rung:
            raise Unanswered("no answer from LINE in time")
        return found

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: it reads every authority the machine knows."""
        return ssl.create_default_context()


def _count(value: object) -> int | None:
    """A number as LINE counts, within what a column holds."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return min(max(value, 0), 2**31 - 1)
