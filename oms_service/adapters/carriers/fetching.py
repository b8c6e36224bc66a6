"""One GET to whoever answers about parcels: never to our own network, never past its time."""

import http.client
import socket
import ssl
import threading
from typing import Final
from urllib.parse import urlsplit

from oms_service.ports.tracking import NoAnswer
from oms_service.webhooks import policy

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
        self._tls = ssl.create_default_context()

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
        alarm = threading.Timer(self._timeout_s, _hang_up, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            plain = self._connect(host, port)
            connection.sock = plain
            if is_tls:
                connection.sock = self._tls.wrap_socket(plain, server_hostname=host)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            said = {"Host": parts.netloc, "Connection": "close"}
            if token:
                said["Authorization"] = f"Bearer {token}"
            connection.request("GET", path, headers=said)
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError):
            raise NoAnswer("unreachable") from None
        finally:
            alarm.cancel()
            connection.close()
        if answer.status != _OK:
            raise NoAnswer(f"status_{answer.status}")
        if not body or len(body) > MOST_BYTES:
            raise NoAnswer("broken_answer")
        return body

    def _connect(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._private and not all(policy.is_public(one) for one in addresses):
            raise NoAnswer("forbidden_address")
        return socket.create_connection((addresses[0], port), timeout=self._timeout_s)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    held = connection.sock
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
