"""One GET to whoever answers about parcels: never to our own network, never past its time."""

import http.client
import socket
import ssl
from contextlib import closing
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from oms_service.ports.tracking import NoAnswer
from oms_service.webhooks import policy
from oms_service.webhooks.alarm import Alarm

TIMEOUT_S: Final = 15.0
MOST_BYTES: Final = 1024 * 1024
_OK: Final = 200


class Fetcher:
    """Fetches addresses that the shop has written down, and follows no redirect.

    It resolves a name itself and connects to just the address it has checked.
    """

    def __init__(self, *, private: bool, timeout_s: float = TIMEOUT_S) -> None:
        self._private = private
        self._timeout_s = timeout_s

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: it reads every authority the machine knows."""
        return ssl.create_default_context()

    def __call__(self, url: str, token: str) -> bytes:
        """The body of the answer.

        Raises:
            NoAnswer: none came in time, or it was no good.
        """
        if policy.url_problem(url, private=self._private):
            raise NoAnswer("forbidden_address")
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        try:
            with Alarm(self._timeout_s) as alarm:
                plain = alarm.watch(self._connect(host, port))
                connection.sock = alarm.seal(plain, self._tls, host) if is_tls else plain
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                said = {"Host": parts.netloc, "Connection": "close"}
                if token:
                    said["Authorization"] = f"Bearer {token}"
                connection.request("GET", path, headers=said)
                with closing(connection.getresponse()) as answer:
                    status, body = answer.status, answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError):
            raise NoAnswer("unreachable") from None
        finally:
            connection.close()
        if alarm.has_rung:
            raise NoAnswer("unreachable")  # what was read is not all that was said
        if status != _OK:
            raise NoAnswer(f"status_{status}")
        if not body or len(body) > MOST_BYTES:
            raise NoAnswer("broken_answer")
        return body

    def _connect(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._private and not all(policy.is_public(one) for one in addresses):
            raise NoAnswer("forbidden_address")
        return socket.create_connection((addresses[0], port), timeout=self._timeout_s)
