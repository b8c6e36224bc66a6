"""A language model's endpoint: real HTTP on a free port, answering what a test wrote down.

It answers as OpenAI's ``/chat/completions`` does, or as badly as a test wants.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer. ``drips`` sends it byte by byte and never to its end; ``waits`` not at all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drips: bool = False
    waits: bool = False
    hangs_up: bool = False


def completion(
    content: object, *, tokens: object = 100, calls: list[dict[str, Any]] | None = None
) -> Reply:
    """A well-formed answer whose message says ``content``."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if calls is not None:
        message["tool_calls"] = calls
    answer = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"total_tokens": tokens},
    }
    return Reply(json.dumps(answer).encode())


def picks(intent: object, **slots: object) -> Reply:
    """The model picks a wish."""
    return completion(json.dumps({"intent": intent, "slots": slots}, ensure_ascii=False))


def says(text: str) -> Reply:
    """The model rephrases."""
    return completion(json.dumps({"text": text}, ensure_ascii=False))


def wants(name: str, **arguments: object) -> Reply:
    """The model asks for a tool."""
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return completion(None, calls=[{"id": "call_1", "type": "function", "function": function}])


class ModelServer:
    """``replies`` are given in turn; when none is left it says that it does not know."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        self.over = threading.Event()

    def words(self, at: int = -1) -> dict[str, Any]:
        """What the user's message of a request held."""
        content = next(one for one in self.asked[at]["messages"] if one["role"] == "user")
        found: dict[str, Any] = json.loads(content["content"])
        return found


class _Answering(BaseHTTPRequestHandler):
    model: ModelServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        model = self.model
        model.asked.append(json.loads(body))
        model.keys.append(self.headers.get("Authorization", ""))
        model.paths.append(self.path)
        reply = model.replies.pop(0) if model.replies else picks("none")
        if reply.waits:
            model.over.wait(20)
        elif reply.hangs_up:
            self.close_connection = True
        else:
            self._answer(reply)

    def do_GET(self) -> None:
        self.model.paths.append(self.path)
        self.send_error(404)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if not {"Content-Length", "Transfer-Encoding"} & set(reply.headers):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if not reply.drips:
            self._send(reply.body)
            return
        for byte in reply.body:
            if not self._send(bytes([byte])) or self.model.over.wait(0.02):
                return
        self.model.over.wait(20)

    def _send(self, body: bytes) -> bool:
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            return False
        return True

    def log_message(self, *_args: Any) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """Whoever asked has gone; that is part of the play."""


@contextmanager
def a_model_server() -> Iterator[ModelServer]:
    """One that runs until the block ends."""
    answering = type("Answering", (_Answering,), {})
    server = _Server(("127.0.0.1", 0), answering)
    model = ModelServer(f"http://127.0.0.1:{server.server_address[1]}/v1")
    answering.model = model  # type: ignore[attr-defined]  # of the class made just above
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield model
    finally:
        model.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
