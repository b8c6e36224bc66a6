"""The Web API over real HTTP: tokens, scopes, faults and a record of every call."""

import copy
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from bots.slack.stage.book import Book
from bots.slack.stage.calls import METHODS, SCOPES, Method, arguments
from bots.slack.stage.faults import Faults, Pace
from bots.slack.stage.messages import Words
from bots.slack.stage.refusals import Refused
from oms_service.kernel.clock import Clock

LOCALHOST: Final = "127.0.0.1"
KEPT: Final = 20_000
LARGEST_BODY: Final = 60_000_000
#: What the app may still say to an address it was given with a press.
USES: Final = 5
ADDRESS_GOOD: Final = timedelta(minutes=30)
ADDRESSES: Final = 2_000


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    said: Mapping[str, Any]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What goes back; without a status the line breaks."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Seat:
    """Who may call with a token: the bot of a workspace, with these scopes."""

    book: Book
    scopes: frozenset[str] = SCOPES


@dataclass
class Stage:
    """All that one server knows: workspaces by token, codes of installs, faults, calls."""

    clock: Clock
    seats: dict[str, Seat] = field(default_factory=dict)
    #: What ``oauth.v2.access`` gives a token for, once each.
    codes: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    url: str = ""
    #: How often it was asked for more than it allows.
    too_fast: int = 0
    #: Further doors of whoever runs the server: a path's first part and who answers it.
    doors: dict[str, Callable[[str, bytes, Mapping[str, str]], Reply]] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)
    #: Addresses given with presses: whose, and how often they may still be used.
    _addresses: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pace = Pace(self.clock)

    @property
    def api_url(self) -> str:
        """What ``base_url`` of a client is set to."""
        return f"{self.url}/api/"

    def seat(self, token: str, book: Book, *, scopes: frozenset[str] = SCOPES) -> None:
        """Let the bot of a workspace in."""
        book.files.url = self.url
        self.seats[token] = Seat(book, scopes)

    def of(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [one for one in self.calls if one.method == method]

    def address(self, book: Book, place: Mapping[str, Any]) -> str:
        """A new ``response_url``; ``place`` says channel, user, and the message pressed on."""
        made = f"{self.url}/actions/{book.ground.team}/{book.ground.id('r')}"
        good_until = self.clock.now() + ADDRESS_GOOD
        with self._gate:
            self._addresses[made] = {**place, "book": book, "left": USES, "until": good_until}
            for old in list(self._addresses)[:-ADDRESSES]:
                del self._addresses[old]
        return made

    # Requests

    def answer(self, path: str, query: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """What goes back to one request."""
        first, _, rest = path.strip("/").partition("/")
        if first == "api":
            return self._api(rest, query, body, headers)
        if first == "actions":
            return self._respond(f"{self.url}{path}", body)
        if first == "upload":
            return self._upload(rest, body)
        if first == "files-pri":
            return self._file(rest, headers)
        door = self.doors.get(first)
        return door(rest, body, headers) if door else Reply(404, b"not found")

    def _api(self, method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        kind = headers.get("content-type", "")
        form = parse_qsl(query, keep_blank_values=True)
        if kind.startswith("application/x-www-form-urlencoded"):
            form += parse_qsl(body.decode(), keep_blank_values=True)
        try:
            said = arguments(kind, body, dict(form))
        except Refused as refused:
            return _json(200, refused.answer())
        with self._gate:
            self.calls.append(Call(method, said, headers, body))
            del self.calls[:-KEPT]
        fault = self.faults.take(method, str(said.get("channel") or ""))
        if fault is not None and fault.until is not None:
            fault.until.wait()
        if fault is not None and fault.spoils and not fault.after:
            return Reply(0) if fault.is_dropped else _json(*fault.answer())
        reply = self._do(method, said, headers)
        if fault is not None and fault.spoils:
            return Reply(0) if fault.is_dropped else _json(*fault.answer())
        return reply

    def _do(self, method: str, said: dict[str, Any], headers: Mapping[str, str]) -> Reply:
        if method == "oauth.v2.access":
            return _json(200, self._exchange(said, headers))
        known = METHODS.get(method)
        if known is None:
            return _json(200, {"ok": False, "error": "unknown_method", "req_method": method})
        token = headers.get("authorization", "").removeprefix("Bearer ") or said.pop("token", "")
        seat = self.seats.get(token)
        if seat is None or not seat.book.is_installed:
            why = "account_inactive" if seat else "invalid_auth"
            return _json(200, {"ok": False, "error": why if token else "not_authed"})
        where = str(said.get("channel") or "")
        wait_s = self.pace.wait_s(seat.book.ground.team, method, known, where)
        if wait_s:
            limited = {"ok": False, "error": "ratelimited"}
            self.too_fast += 1
            return _json(429, limited, {"Retry-After": str(wait_s)})
        return self._run(known, seat, said)

    def _run(self, known: Method, seat: Seat, said: dict[str, Any]) -> Reply:
        provided = ",".join(sorted(seat.scopes))
        if known.scope and known.scope not in seat.scopes:
            body = Refused("missing_scope", needed=known.scope, provided=provided).answer()
        else:
            try:
                with seat.book.ground.lock:  # what it answers may change just after
                    body = copy.deepcopy(known.run(seat.book, said))
            except Refused as refused:
                body = refused.answer()
            except (AttributeError, KeyError, TypeError, ValueError):
                body = Refused("invalid_arguments").answer()
        if not known.is_reading:
            seat.book.when_changed()
        more = {"x-oauth-scopes": provided, "x-accepted-oauth-scopes": known.scope}
        return _json(200, body, more)

    def _exchange(self, said: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        is_basic = headers.get("authorization", "").startswith("Basic ")
        token = self.codes.pop(str(said.get("code") or ""), "")
        if not is_basic and not (said.get("client_id") and said.get("client_secret")):
            return {"ok": False, "error": "bad_client_secret"}
        if token not in self.seats:
            return {"ok": False, "error": "invalid_code"}
        seat = self.seats[token]
        ground = seat.book.ground
        seat.book.is_installed = True
        return {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(sorted(seat.scopes)),
            "bot_user_id": ground.bot_user,
            "app_id": ground.app,
            "team": {"id": ground.team, "name": ground.team_name},
            "enterprise": None,
            "authed_user": {"id": seat.book.people.all()[-1].id},
            "is_enterprise_install": False,
        }

    def _respond(self, address: str, body: bytes) -> Reply:
        held = self._addresses.get(address)
        if held is None or self.clock.now() > held["until"]:
            return _json(404, {"ok": False, "error": "expired_url"})
        if held["left"] < 1:
            return _json(404, {"ok": False, "error": "used_url"})
        try:
            said = json.loads(body)
        except ValueError:
            return _json(400, {"ok": False, "error": "invalid_payload"})
        try:
            respond(held["book"], held, said)
        except Refused as refused:
            return _json(400, refused.answer())
        held["left"] -= 1
        held["book"].when_changed()
        return Reply(200, b"ok")

    def _upload(self, file_id: str, body: bytes) -> Reply:
        for seat in self.seats.values():
            try:
                seat.book.files.bring(file_id, body)
            except Refused as refused:
                if refused.error != "file_not_found":
                    return _json(400, refused.answer())
                continue
            return Reply(200, f"OK - {len(body)}".encode())
        return Reply(404, b"not found")

    def _file(self, rest: str, headers: Mapping[str, str]) -> Reply:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        seat = self.seats.get(token)
        if seat is None or "files:read" not in seat.scopes:
            # As Slack does: not an error, but its page to sign in.
            return Reply(200, b"<!DOCTYPE html>", {"Content-Type": "text/html"})
        try:
            return Reply(200, seat.book.files.get(rest.partition("/")[0]).body)
        except Refused:
            return Reply(404, b"not found")


def respond(book: Book, place: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """Do what the app says to a ``response_url``, or as the body of its answer to a command.

    Raises:
        Refused: as a message would be.
    """
    channel = book.channels.get(place["channel"])
    ts = str(place.get("ts") or "")
    if said.get("delete_original"):
        _forget(book, channel.id, ts)
        return
    words = Words(
        text=str(said.get("text") or ""),
        blocks=said.get("blocks"),
        attachments=said.get("attachments"),
        thread_ts=str(said.get("thread_ts") or place.get("thread_ts") or ""),
    )
    if said.get("replace_original") and ts in channel.messages:
        changes = {name: said[name] for name in ("text", "blocks") if name in said}
        book.messages.update(channel, ts, book.bot, changes)
        return
    if said.get("replace_original"):
        _forget(book, channel.id, ts)
    if said.get("response_type") == "in_channel":
        book.messages.post(channel, book.bot, words)
        return
    member = book.people.get(place["user"])
    if book.bot.id not in channel.members:  # an answer to a command needs no seat there
        channel.members.append(book.bot.id)
        try:
            book.messages.whisper(channel, member, book.bot, words)
        finally:
            channel.members.remove(book.bot.id)
        return
    book.messages.whisper(channel, member, book.bot, words)


def _forget(book: Book, channel_id: str, ts: str) -> None:
    shown = book.messages.ephemerals
    kept = [one for one in shown if not (one["channel"] == channel_id and one["ts"] == ts)]
    if len(kept) < len(shown):
        shown[:] = kept
        return
    book.messages.delete(book.channels.get(channel_id), ts, book.bot)


def _json(status: int, body: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Reply:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Reply(status, text, {"Content-Type": "application/json; charset=utf-8", **(more or {})})


def handler_for(stage: Stage) -> type[BaseHTTPRequestHandler]:
    """What answers the requests of a socket for this stage."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing: every call is in the record."""

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > LARGEST_BODY:
                self.send_error(413)
                return
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = stage.answer(parts.path, parts.query, body, headers)
            self.close_connection = True
            if reply.status == 0:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            with suppress(OSError):  # whoever asked may have given up
                self.end_headers()
                self.wfile.write(reply.body)

    return Handler


@contextmanager
def a_stage(clock: Clock, *, port: int = 0) -> Iterator[Stage]:
    """A server that answers until the block ends; port 0 takes a free one."""
    stage = Stage(clock)
    with ThreadingHTTPServer((LOCALHOST, port), handler_for(stage)) as server:
        server.daemon_threads = True
        stage.url = f"http://{LOCALHOST}:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield stage
        finally:
            for fault in stage.faults.script:
                if fault.until is not None:
                    fault.until.set()
            server.shutdown()
            thread.join()
