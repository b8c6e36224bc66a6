"""Socket Mode: what comes over a real line is dealt with as what comes to the door."""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from queue import Queue
from typing import Any

import pytest
from sqlalchemy import text

from bots.slack import sockets
from oms_service.processes import held_by
from tests.apps import an_app
from tests.slack_desk import SlackDesk

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE_S = 10


@dataclass
class Line:
    """The far end of a WebSocket (RFC 6455): what we are told, and what is said back."""

    url: str = ""
    said: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    _open: "Queue[socket.socket]" = field(default_factory=Queue)

    def tell(self, envelope: dict[str, Any]) -> None:
        """Say something to the app, over the line that is open."""
        if not hasattr(self, "_line"):
            self._line = self._open.get(timeout=PATIENCE_S)
        body = json.dumps(envelope).encode()
        size = bytes([len(body)]) if len(body) < 126 else b"\x7e" + struct.pack(">H", len(body))
        self._line.sendall(b"\x81" + size + body)

    def serve(self, server: socket.socket) -> None:
        while True:
            try:
                line, _from = server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += line.recv(4096)
        key = next(
            one.split(b": ")[1]
            for one in asked.split(b"\r\n")
            if one.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
        line.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._open.put(line)
        with closing(line):
            while (frame := _frame(line)) is not None:
                kind, body = frame
                if kind == 1:
                    self.said.put(json.loads(body))
                elif kind == 9:  # a ping wants its pong
                    line.sendall(b"\x8a" + bytes([len(body)]) + body)
                elif kind == 8:
                    return


def _exactly(line: socket.socket, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        try:
            more = line.recv(count - len(found))
        except OSError:
            return None
        if not more:
            return None
        found += more
    return found


def _frame(line: socket.socket) -> tuple[int, bytes] | None:
    head = _exactly(line, 2)
    if head is None:
        return None
    size = head[1] & 0x7F
    if size == 126:
        size = struct.unpack(">H", _exactly(line, 2) or b"\0\0")[0]
    mask = _exactly(line, 4) if head[1] & 0x80 else b"\0\0\0\0"
    body = _exactly(line, size) if size else b""
    if mask is None or body is None:
        return None
    return head[0] & 0x0F, bytes(one ^ mask[at % 4] for at, one in enumerate(body))


@contextmanager
def a_line() -> Iterator[Line]:
    server = socket.create_server(("127.0.0.1", 0))
    made = Line(url=f"ws://127.0.0.1:{server.getsockname()[1]}/link")
    threading.Thread(target=made.serve, args=(server,), daemon=True).start()
    with closing(server):
        yield made


def event(desk: SlackDesk, user: str, event_id: str) -> dict[str, Any]:
    return {
        "token": "none",
        "team_id": desk.slack.book.ground.team,
        "api_app_id": "A1",
        "type": "event_callback",
        "event_id": event_id,
        "event_time": 1,
        "event": {
            "type": "app_home_opened",
            "user": user,
            "channel": "D1",
            "tab": "home",
            "event_ts": "1.1",
        },
    }


@pytest.fixture
def line() -> Iterator[Line]:
    with a_line() as made:
        yield made


def test_what_comes_over_the_line_is_dealt_with_and_acknowledged(
    desk: SlackDesk, line: Line
) -> None:
    player, _staff = desk.colleague("Rin Mori")
    on = replace(
        desk.runtime.settings,
        slack_app_token="xapp-of-tests",
        slack_api_url=desk.slack.stage.api_url.rstrip("/"),
    )
    with an_app(on, clock=desk.clock) as app:
        client = sockets.line(app, held_by(app))
        client.wss_uri = line.url
        client.connect()
        try:
            line.tell(
                {
                    "envelope_id": "e-1",
                    "type": "events_api",
                    "accepts_response_payload": False,
                    "payload": event(desk, player.me.id, "Ev1"),
                }
            )
            assert line.said.get(timeout=PATIENCE_S)["envelope_id"] == "e-1"
        finally:
            client.close()
    assert "Rin Mori" in str(player.home)


def test_what_fails_is_not_acknowledged_so_that_it_is_told_again(
    desk: SlackDesk, line: Line
) -> None:
    player, _staff = desk.colleague("Rin Mori")
    on = replace(desk.runtime.settings, slack_app_token="xapp-of-tests")
    with an_app(on, clock=desk.clock) as app:
        client = sockets.line(app, held_by(app))
        client.wss_uri = line.url
        dealt_with: Queue[str] = Queue()
        client.socket_mode_request_listeners.append(
            lambda _client, said: dealt_with.put(said.envelope_id)
        )
        client.connect()
        try:
            with desk.runtime.database.engine.begin() as connection:
                connection.execute(text("ALTER TABLE slack_homes RENAME TO slack_homes_away"))
            for envelope in ("e-1", "e-2"):
                if envelope == "e-2":
                    with desk.runtime.database.engine.begin() as connection:
                        connection.execute(
                            text("ALTER TABLE slack_homes_away RENAME TO slack_homes")
                        )
                line.tell(
                    {
                        "envelope_id": envelope,
                        "type": "events_api",
                        "accepts_response_payload": False,
                        "payload": event(desk, player.me.id, "Ev1"),
                    }
                )
                assert dealt_with.get(timeout=PATIENCE_S) == envelope
            assert line.said.get(timeout=PATIENCE_S)["envelope_id"] == "e-2"
            assert line.said.empty()
        finally:
            client.close()
