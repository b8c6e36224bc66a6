"""One signed POST to a partner's server: never to our own network, never past ten seconds."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from oms_service.webhooks import policy
from oms_service.webhooks.alarm import Alarm
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
    #: Its ``Retry-After`` as sent; empty where it said none.
    retry_after: str = ""


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
        status, excerpt, retry_after = None, "", ""
        try:
            status, excerpt, retry_after = self._post(url, headers, body)
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
        return Answer(outcome, round(took_s * 1000), status, excerpt, retry_after)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, str]:
        parts = urlsplit(url)
        if policy.url_problem(url, private=self._private):
            raise ForbiddenAddress
        is_tls = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        try:
            with Alarm(self._timeout_s) as alarm:
                plain = alarm.watch(self._connect(host, port))
                connection.sock = alarm.seal(plain, self._tls, host) if is_tls else plain
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                said = {"Host": parts.netloc, "Connection": "close", **headers}
                connection.request("POST", path, body, said)
                with closing(connection.getresponse()) as answer:
                    wait = answer.getheader("Retry-After") or ""
                    return answer.status, _excerpt(answer.read(_READ)), wait
        finally:
            connection.close()

    def _connect(self, host: str, port: int) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._private and not all(policy.is_public(one) for one in addresses):
            raise ForbiddenAddress
        return socket.create_connection((addresses[0], port), timeout=self._timeout_s)


_CUT_OFF: Final = (Outcome.UNREACHABLE, Outcome.BROKEN_ANSWER)


def _excerpt(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()[:EXCERPT]
