"""LINE, as small as our calls need it: real HTTP on a free port, everything kept, told to fail."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Final
from urllib.parse import unquote

SECRET: Final = "the channel's secret"
TOKEN: Final = "the channel's token"
USER: Final = "U" + "0123456789abcdef" * 2
MONTHLY: Final = "You have reached your monthly limit."


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """What LINE sends along with a call."""
    made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Line-Signature": made, "Content-Type": "application/json"}


@dataclass
class Call:
    """One request as it came."""

    path: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class LineServer:
    """What was sent, and how LINE answers.

    ``script`` is answered first, call by call of messages: a status, and what it says; a status of
    0 takes the messages and hangs up, as a line that breaks. Each reply token is good once.
    """

    url: str
    calls: list[Call] = field(default_factory=list)
    script: list[tuple[int, str]] = field(default_factory=list)
    #: What customers were shown, in order: every object of every call that was taken.
    shown: list[dict[str, Any]] = field(default_factory=list)
    allowance: int | None = None
    used: int = 0
    language: str = "ja"
    webhook: dict[str, Any] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    #: Files that are being got ready, and never are.
    pending: set[str] = field(default_factory=set)
    dead_tokens: set[str] = field(default_factory=set)
    slow_s: float = 0.0
    _keys: set[str] = field(default_factory=set)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def of(self, path: str) -> list[Call]:
        return [one for one in self.calls if one.path.endswith(path)]

    @property
    def texts(self) -> list[str]:
        """The words that were shown."""
        return [one["text"] for one in self.shown if one["type"] == "text"]

    def answer(self, method: str, path: str, call: Call) -> tuple[int, Any]:
        if call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Authentication failed."}
        if path in {"/v2/bot/message/reply", "/v2/bot/message/push"}:
            return self._messages(path, call)
        is_limited = self.allowance is not None
        quota = {"type": "limited", "value": self.allowance} if is_limited else {"type": "none"}
        user = path.rpartition("/")[2]
        said: dict[str, Any] = {
            "/v2/bot/message/quota": quota,
            "/v2/bot/message/quota/consumption": {"totalUsage": self.used},
            "/v2/bot/info": {"displayName": "みなと商店"},
            "/v2/bot/chat/loading/start": {},
            "/v2/bot/channel/webhook/endpoint": self.webhook,
            f"/v2/bot/profile/{user}": {"userId": user, "language": self.language},
        }
        if method == "POST" and path.endswith("/linkToken"):
            said[path] = {"linkToken": f"link-{next(self._ids)}"}
        if path.endswith("/content") and path.split("/")[-2] in self.pending:
            return 202, {}
        if path.endswith("/content"):
            said[path] = self.files.get(path.split("/")[-2])
        found = said.get(path)
        return (404, {"message": "Not found"}) if found is None else (200, found)

    def _messages(self, path: str, call: Call) -> tuple[int, Any]:
        status, said = self.script.pop(0) if self.script else (200, "")
        if status not in {0, 200}:
            return status, {"message": said}
        problem = wrong(call.body.get("messages"))
        if problem:
            return 400, {"message": problem}
        with self._gate:
            if path.endswith("/reply"):
                token = call.body["replyToken"]
                if token in self.dead_tokens:
                    return 400, {"message": "Invalid reply token"}
                self.dead_tokens.add(token)
            else:
                key = call.headers["X-Line-Retry-Key"]
                if key in self._keys:
                    return 409, {"message": "The retry key is already accepted"}
                if self.allowance is not None and self.used >= self.allowance:
                    return 429, {"message": MONTHLY}
                self._keys.add(key)
                self.used += 1
            self.shown += call.body["messages"]
        return (0 if status == 0 else 200), {"sentMessages": []}


def wrong(messages: Any) -> str:
    """What LINE would refuse of some message objects; empty where nothing."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return "messages: between 1 and 5"
    return next((found for one in messages for found in _problems(one)), "")


def _problems(one: Mapping[str, Any]) -> Iterator[str]:
    if one["type"] == "text" and not 1 <= _units(one["text"]) <= 5000:
        yield "text: between 1 and 5000"
    if one["type"] == "flex":
        if not 1 <= _units(one["altText"]) <= 400:
            yield "altText: between 1 and 400"
        if len(json.dumps(one["contents"]).encode()) > 30_000:
            yield "bubble: too large"
        if not all(_texts(one["contents"])):
            yield "text: empty"
    if "quickReply" in one:
        items = one["quickReply"]["items"]
        if not 1 <= len(items) <= 13:
            yield "quickReply: between 1 and 13"
        yield from (f"no button: {each}" for each in items if not _is_button(each["action"]))


def _is_button(action: Mapping[str, str]) -> bool:
    return (
        1 <= _units(action["label"]) <= 20
        and 1 <= _units(action["data"]) <= 300
        and 1 <= _units(action["displayText"]) <= 300
    )


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "text":
            yield node["text"]
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@contextmanager
def a_line() -> Iterator[LineServer]:
    """A server that runs until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._handle("GET")

        def do_POST(self) -> None:
            self._handle("POST")

        def _handle(self, method: str) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(self.path)
            call = Call(path, json.loads(raw) if raw else None, dict(self.headers))
            fake.calls.append(call)
            if fake.slow_s:
                time.sleep(fake.slow_s)
            status, said = fake.answer(method, path, call)
            if status == 0:
                self.close_connection = True
                return
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = LineServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
