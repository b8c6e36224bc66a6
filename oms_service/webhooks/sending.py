"""One signed POST to a partner's server: never to our own network, never past ten seconds."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from oms_service.webhooks import policy
from oms_service.webhooks.states import Outcome

#: From looking the name up, as far as that can be stopped, to the last byte of the answer.
TIMEOUT_S: Final = 10.0
#: This much of an answer is read; this many characters of it are kept.
_READ: Final = 2048
EXCERPT: Final = 300


@dataclass(frozen=True)
class Answer:
    """How a try ended; ``status`` where the other side said one."""

    outcome: Outcome
    took_ms: int
    status: int | None = None
    excerpt: str = ""


class ForbiddenAddress(Exception):
    """The name leads into our own network."""


class Sender:
    """Posts messages, and follows no redirect.

    It resolves a name itself and connects to just the address it has checked, so that the name
    cannot mean another one a moment later.
    """

    def __init__(self, *, private: bool, timeout_s: float = TIMEOUT_S) -> None:
        self._private = private
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one message; whatever goes wrong is an answer too."""
        began = time.monotonic()
        status, excerpt = None, ""
        try:
            status, excerpt = self._post(url, headers, body)
            outcome = Outcome.ACCEPTED if 200 <= status < 300 else Outcome.REFUSED  # noqa: PLR2004 - as HTTP has it
        except ForbiddenAddress:
            outcome = Outcome.FORBIDDEN_ADDRESS
        except ssl.SSLCertVerificationError:
            outcome = Outcome.BAD_CERTIFICATE
        except TimeoutError:
            outcome = Outcome.TIMED_OUT
        except (OSError, UnicodeError):
            outcome = Outcome.UNREACHABLE
        except (http.client.HTTPException, ValueError):
            outcome = Outcome.BROKEN_ANSWER
        took_s = time.monotonic() - began
        if outcome in _CUT_OFF and took_s >= self._timeout_s:
            outcome = Outcome.TIMED_OUT  # the alarm ended the connection, not the other side
        return Answer(outcome, round(took_s * 1000), status, excerpt)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        parts = urlsplit(url)
        if policy.url_problem(url, private=self._private):
            raise ForbiddenAddress
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
            said = {"Host": parts.netloc, "Connection": "close", **headers}
            connection.request("POST", path, body, said)
            answer = connection.getresponse()
            return answer.status, _excerpt(answer.read(_READ))
        finally:
            alarm.cancel()
            connection.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._private and not all(policy.is_public(one) for one in addresses):
            raise ForbiddenAddress
        return socket.create_connection((addresses[0], port), timeout=self._timeout_s)


_CUT_OFF: Final = (Outcome.UNREACHABLE, Outcome.BROKEN_ANSWER)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End a connection whose time is over, in the middle of whatever it does."""
    held = connection.sock
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _excerpt(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:EXCERPT]
