"""Short messages by whichever provider takes one as a JSON POST: its shape is data.

The key that stays the same however often a message is tried goes along as ``Idempotency-Key``.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing
from oms_service.infra.subscribers import NotNow
from oms_service.webhooks.alarm import Alarm

TIMEOUT_S: Final = 10.0
_MOST_BYTES: Final = 64 * 1024
_LONGEST_ID: Final = 100
#: A provider that asks for patience gets it, within an hour.
_WAIT_S: Final = 60.0
_LONGEST_WAIT_S: Final = 3600.0
#: Not done now, though the message is well: a token that is being replaced, or a try on its way.
_LATER: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
    }
)


class Unanswered(OSError):
    """No answer that says whether it was taken: the same again does no harm."""


@dataclass(frozen=True)
class Answer:
    """Status, body, and how long to wait where that was said."""

    status: int
    body: bytes
    retry_after: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Where to send, as whom, in which shape.

    ``body`` is JSON whose texts may hold {to}, {from}, {text} and {reference}; ``id_path`` leads to
    the provider's own id in its answer, by names with dots between.
    """

    url: str
    token: str
    sender: str
    body: Mapping[str, Any]
    id_path: str = ""
    timeout_s: float = TIMEOUT_S


class SmsTransport:
    """Sends one short message a call."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def send(self, message: Outgoing) -> Outcome:
        """Hand a message over.

        Raises:
            Unanswered: it may be tried again.
            NotNow: the provider asked to be left alone for a while.
        """
        filled = _filled(
            self._provider.body,
            {
                "{to}": message.to,
                "{from}": self._provider.sender,
                "{text}": message.text,
                "{reference}": reference(message.message_id),
            },
        )
        said = self._post(json.dumps(filled, ensure_ascii=False).encode(), message.key)
        if HTTPStatus.OK <= said.status < HTTPStatus.MULTIPLE_CHOICES:
            its_id = _found(said.body, self._provider.id_path)
            return Outcome(DeliveryState.SENT, f"sms.sent {its_id}".rstrip())
        if said.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise NotNow(_wait_s(said.retry_after))
        if said.status in _LATER or said.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unanswered(f"the provider answered {said.status}")
        return Outcome(DeliveryState.FAILED, f"sms.refused {said.status}")

    def _post(self, raw: bytes, key: str) -> Answer:
        parts = urlsplit(self._provider.url)
        is_tls = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self._provider.timeout_s)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "Connection": "close",
        }
        if self._provider.token:
            headers["Authorization"] = f"Bearer {self._provider.token}"
        try:
            with Alarm(self._provider.timeout_s) as alarm:
                plain = socket.create_connection((host, port), timeout=self._provider.timeout_s)
                alarm.watch(plain)
                connection.sock = alarm.seal(plain, self._tls, host) if is_tls else plain
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("POST", path, raw, headers)
                with closing(connection.getresponse()) as answer:
                    wait = answer.getheader("Retry-After") or ""
                    found = Answer(answer.status, answer.read(_MOST_BYTES), wait)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"no answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if alarm.has_rung:
            raise Unanswered("no answer in time")
        return found

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: it reads every authority the machine knows."""
        return ssl.create_default_context()


def reference(message_id: int) -> str:
    """What a provider calls a message of ours by."""
    return f"message-{message_id}"


def _filled(shape: Any, words: Mapping[str, str]) -> Any:
    """A shape with its places filled, each once: what a text says is no place."""
    match shape:
        case str():
            return words.get(shape, shape)
        case Mapping():
            return {name: _filled(each, words) for name, each in shape.items()}
        case list():
            return [_filled(each, words) for each in shape]
        case _:
            return shape


def _found(body: bytes, path: str) -> str:
    """The provider's id, or nothing: that it took the message counts more than what it calls it."""
    if not path:
        return ""
    try:
        at: Any = json.loads(body)
    except ValueError:
        return ""
    for name in path.split("."):
        if isinstance(at, dict):
            at = at.get(name)
        elif isinstance(at, list) and name.isdecimal() and int(name) < len(at):
            at = at[int(name)]
        else:
            return ""
    is_id = isinstance(at, str | int) and not isinstance(at, bool)
    return str(at)[:_LONGEST_ID] if is_id else ""


def _wait_s(said: str) -> float:
    """Seconds, as far as a provider says them; dates count as nothing said."""
    if not (said.isascii() and said.isdigit()):
        return _WAIT_S
    return min(max(float(said[:9]), 1.0), _LONGEST_WAIT_S)
