"""One question to an OpenAI-compatible endpoint: in time, bounded, and never led elsewhere."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from bots.modelling.states import Outcome
from oms_service.webhooks.alarm import Alarm

#: More than any answer that was asked for has.
MOST_BYTES: Final = 64 * 1024
#: As many signs of what the model says are looked at.
MOST_SIGNS: Final = 8_000
#: As much as it is asked to say at most.
MOST_TOKENS: Final = 400
_MOST_TOOLS: Final = 4
#: An endpoint that counts more than this cannot count.
_MOST_COUNTED: Final = 1_000_000


class NoAnswer(Exception):
    """None came that could be used; ``outcome`` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True)
class Endpoint:
    """Where the model is, as the settings have it."""

    url: str
    name: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Wanted:
    """A tool the model wants to use: ``arguments`` as it wrote them, read by nobody yet."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Said:
    """What the model said. ``tokens`` is None where the endpoint did not count."""

    text: str
    wanted: tuple[Wanted, ...] = ()
    tokens: int | None = None


def body_of(
    endpoint: Endpoint,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The request, as bytes."""
    asked: dict[str, Any] = {
        "model": endpoint.name,
        "messages": list(messages),
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
        "stream": False,
    }
    if tools:
        asked["tools"] = list(tools)
    return orjson.dumps(asked)


def ask(endpoint: Endpoint, body: bytes, *, within_s: float) -> Said:
    """Ask, and read the answer.

    Args:
        endpoint: where; redirects are not followed.
        body: as ``body_of`` makes it.
        within_s: seconds from looking the name up to the last byte of the answer.

    Raises:
        NoAnswer: whatever went wrong.
    """
    until = time.monotonic() + within_s
    try:
        status, raw = _post(endpoint, body, until)
    except (OSError, UnicodeError, http.client.HTTPException, ValueError) as error:
        is_over = time.monotonic() >= until  # then the alarm ended it, not the other side
        raise NoAnswer(Outcome.TIMED_OUT if is_over else _outcome_of(error)) from None
    if time.monotonic() >= until:
        raise NoAnswer(Outcome.TIMED_OUT)  # what was read may be only the beginning
    if status != HTTPStatus.OK:
        is_elsewhere = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        raise NoAnswer(Outcome.REDIRECTED if is_elsewhere else Outcome.REFUSED)
    if len(raw) > MOST_BYTES:
        raise NoAnswer(Outcome.TOO_LARGE)
    return read(raw)


def _outcome_of(error: Exception) -> Outcome:
    match error:
        case ssl.SSLCertVerificationError():
            return Outcome.BAD_CERTIFICATE
        case TimeoutError():
            return Outcome.TIMED_OUT
        case OSError():
            return Outcome.UNREACHABLE
    return Outcome.BROKEN_ANSWER


def read(raw: bytes) -> Said:
    """The answer of an endpoint, of which nothing is taken for granted.

    Raises:
        NoAnswer: it is none.
    """
    try:
        answer = orjson.loads(raw)
        choice = answer["choices"][0]["message"]
        text, wanted = choice.get("content"), choice.get("tool_calls") or []
        calls = tuple(_wanted(one) for one in wanted[:_MOST_TOOLS])
        usage = answer.get("usage")
    except (ValueError, LookupError, TypeError, AttributeError):
        raise NoAnswer(Outcome.BROKEN_ANSWER) from None
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise NoAnswer(Outcome.BROKEN_ANSWER)
    if len(text) > MOST_SIGNS:
        raise NoAnswer(Outcome.TOO_LARGE)
    counted = usage.get("total_tokens") if isinstance(usage, Mapping) else None
    is_count = type(counted) is int and 0 < counted <= _MOST_COUNTED
    return Said(text, calls, counted if is_count else None)


def _wanted(call: Any) -> Wanted:
    function = call["function"]
    said = (call["id"], function["name"], function.get("arguments") or "{}")
    if not all(isinstance(one, str) and len(one) <= MOST_SIGNS for one in said):
        raise TypeError("a tool is asked for in texts")
    return Wanted(*said)


def _post(endpoint: Endpoint, body: bytes, until: float) -> tuple[int, bytes]:
    parts = urlsplit(endpoint.url)
    is_tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
    addresses = _looked_up(host, port, until)
    if not is_tls and not all(map(_is_this_machine, addresses)):
        raise NoAnswer(Outcome.FORBIDDEN_ADDRESS)
    left_s = _left_s(until)
    connection = http.client.HTTPConnection(host, port, timeout=left_s)
    said = {
        "Host": parts.netloc,
        "Connection": "close",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if endpoint.key:
        said["Authorization"] = f"Bearer {endpoint.key}"
    try:
        with Alarm(left_s) as alarm:
            plain = alarm.watch(_connected(addresses, port, until))
            connection.sock = alarm.seal(plain, _tls(), host) if is_tls else plain
            connection.request("POST", f"{parts.path}/chat/completions", body, said)
            with closing(connection.getresponse()) as answer:
                status, raw = answer.status, answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if alarm.has_rung:
        raise TimeoutError
    return status, raw


def _is_this_machine(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _connected(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    """A connection to the first address where somebody listens."""
    *others, last = addresses
    for address in others:
        try:
            return socket.create_connection((address, port), timeout=_left_s(until))
        except ConnectionError:
            continue
    return socket.create_connection((last, port), timeout=_left_s(until))


def _looked_up(host: str, port: int, until: float) -> Sequence[str]:
    """The addresses of a host. A resolver that hangs is left to itself."""
    found: list[str] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(str(entry[4][0]) for entry in entries)

    looking = Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(_left_s(until))
    if looking.is_alive():
        raise TimeoutError
    if not found:
        raise NoAnswer(Outcome.UNREACHABLE)
    return tuple(dict.fromkeys(found))


def _left_s(until: float) -> float:
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


@cache
def _tls() -> ssl.SSLContext:
    """Made when first needed: it reads every authority the machine knows."""
    return ssl.create_default_context()
