"""A partner's server: real HTTP on a free port; it keeps what it is sent and answers as told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """``answers`` are given in turn, then 204; ``lets_go`` is waited for before any answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.answers: list[tuple[int, str]] = []
        self.headers: dict[str, str] = {}
        self.lets_go = threading.Event()
        self.lets_go.set()
        self.arrived = threading.Event()


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    """One that runs until the block ends."""
    held: list[Receiver] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver = held[0]
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.calls.append(Call(self.path, dict(self.headers), body))
            receiver.arrived.set()
            receiver.lets_go.wait(10)
            status, said = receiver.answers.pop(0) if receiver.answers else (204, "")
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    held.append(Receiver(f"http://127.0.0.1:{server.server_address[1]}"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield held[0]
    finally:
        held[0].lets_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
