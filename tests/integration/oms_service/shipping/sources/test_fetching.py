"""Fetching from whoever answers about parcels: never from our own network, never without end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from oms_service.adapters.carriers.fetching import MOST_BYTES, Fetcher
from oms_service.ports.tracking import NoAnswer
from oms_service.webhooks.sending import Sender
from oms_service.webhooks.states import Outcome

TIMEOUT_S = 0.4
#: Far less than what a server that drips could hold us for.
SOON_S = 3.0
Serve = Callable[[socket.socket, threading.Event], None]


@contextmanager
def listening(serve: Serve) -> Iterator[tuple[int, list[bytes]]]:
    """A server on a free port of this machine, and the first bytes of whoever came."""
    over, came = threading.Event(), list[bytes]()

    def one(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                came.append(connection.recv(4096))
                serve(connection, over)
            except OSError:
                return

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _address = door.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1], came
        finally:
            over.set()
            door.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def answering(raw: bytes) -> Serve:
    return lambda connection, _over: connection.sendall(raw)


def dripping(begin: bytes) -> Serve:
    """Says what begins well, and then a byte now and then, as if it went on for ever."""

    def serve(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(begin)
        while not over.wait(0.05):
            connection.sendall(b"0")

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://2130706433:{port}/",
        "https://127.1:{port}/",
        "https://0:{port}/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://metadata.internal/",
        "https://user:word@127.0.0.1:{port}/",
        "https://partner.example@127.0.0.1:{port}/",
        "http://partner.example/",
        "file:///etc/hostname",
        "gopher://partner.example/",
    ],
)
def test_nothing_of_our_own_network_is_ever_asked(url: str) -> None:
    with listening(answering(OK)) as (port, came):
        with pytest.raises(NoAnswer) as refused:
            Fetcher(private=False, timeout_s=TIMEOUT_S)(url.replace("{port}", str(port)), "key")
        assert refused.value.code == "forbidden_address"
        assert came == []


def test_a_name_that_leads_into_our_network_is_refused_and_looked_up_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = []

    def found(host: str, port: int, **_how: object) -> list[tuple[object, ...]]:
        lookups.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("203.0.114.7", port)), (*kind, ("127.0.0.1", port))]

    with listening(answering(OK)) as (port, came):
        monkeypatch.setattr(socket, "getaddrinfo", found)
        with pytest.raises(NoAnswer) as refused:
            Fetcher(private=False, timeout_s=TIMEOUT_S)(f"https://partner.example:{port}/", "key")
        assert refused.value.code == "forbidden_address"
        assert (lookups, came) == (["partner.example"], [])


def test_a_redirect_is_no_answer_and_nobody_follows_it() -> None:
    with listening(answering(OK)) as (inside, came):
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside}/\r\n\r\n".encode()
        with listening(answering(moved)) as (port, _asked), pytest.raises(NoAnswer) as refused:
            Fetcher(private=True, timeout_s=TIMEOUT_S)(f"http://127.0.0.1:{port}/", "key")
        assert (refused.value.code, came) == ("status_302", [])


def test_too_long_an_answer_is_none() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BYTES + 1)
    with listening(answering(endless)) as (port, _came), pytest.raises(NoAnswer) as refused:
        Fetcher(private=True, timeout_s=5)(f"http://127.0.0.1:{port}/", "")
    assert refused.value.code == "broken_answer"


@pytest.mark.parametrize(
    ("scheme", "begin"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nX-Slow: "),
        ("http", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("https", b"\x16\x03\x03\x3f\xff"),
    ],
)
def test_who_answers_in_drops_is_cut_off_in_time(scheme: str, begin: bytes) -> None:
    with listening(dripping(begin)) as (port, _came):
        url = f"{scheme}://127.0.0.1:{port}/"
        began = time.monotonic()
        with pytest.raises(NoAnswer) as refused:
            Fetcher(private=True, timeout_s=TIMEOUT_S)(url, "")
        assert refused.value.code == "unreachable"
        told = Sender(private=True, timeout_s=TIMEOUT_S).post(url, {}, b"{}")
        assert told.outcome in {Outcome.TIMED_OUT, Outcome.ACCEPTED}
        assert time.monotonic() - began < SOON_S


def test_a_key_with_a_line_end_makes_no_header_of_its_own() -> None:
    with listening(answering(OK)) as (port, came):
        fetch = Fetcher(private=True, timeout_s=TIMEOUT_S)
        with pytest.raises(NoAnswer):
            fetch(f"http://127.0.0.1:{port}/", "key\r\nX-Other: 1")
        assert all(b"X-Other" not in one for one in came)
        assert fetch(f"http://127.0.0.1:{port}/a?b={{number}}", "key") == b"{}"
        assert b"Authorization: Bearer key\r\n" in came[-1]
