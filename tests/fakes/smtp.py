"""A mail server in a thread: takes what it is told to take, remembers it, and says no on demand."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import cast


@dataclass
class Taken:
    """One mail as it came in."""

    sender: str
    to: list[str]
    body: bytes


@dataclass
class SmtpServer:
    """``refuse`` answers RCPT with that code instead of taking the mail, ``farewell`` QUIT."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    refuse: int | None = None
    farewell: int = 221
    #: At this command the server is gone without a word.
    hangs_up_at: str = ""
    #: How many connections there were, and what each of them was asked.
    talks: list[list[str]] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    book: SmtpServer


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._mail = Taken("", [], b"")
        verbs: list[str] = []
        cast(_Server, self.server).book.talks.append(verbs)
        self._say(220, "ready")
        while line := self.rfile.readline():
            verb = line.decode().strip().partition(" ")[0].upper()
            verbs.append(verb)
            if verb == cast(_Server, self.server).book.hangs_up_at:
                return
            if not self._answer(verb, line.decode().strip()):
                return

    def _answer(self, verb: str, line: str) -> bool:
        book = cast(_Server, self.server).book
        if verb == "MAIL":
            self._mail = Taken(_address(line), [], b"")
        if verb == "RCPT" and book.refuse:
            self._say(book.refuse, "no")
            return True
        if verb == "RCPT":
            self._mail.to.append(_address(line))
        if verb == "DATA":
            self._say(354, "go on")
            self._mail.body = self._read_body()
            book.taken.append(self._mail)
        self._say(book.farewell if verb == "QUIT" else 250, "ok")
        return verb != "QUIT"

    def _read_body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, code: int, words: str) -> None:
        self.wfile.write(f"{code} {words}\r\n".encode())


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


@contextmanager
def a_mail_server(port: int = 0) -> Iterator[SmtpServer]:
    """A server on this machine, on a free port unless one is named."""
    with _Server(("127.0.0.1", port), _Talk) as server:
        server.book = SmtpServer(url=f"smtp://127.0.0.1:{server.server_address[1]}")
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.book
        finally:
            server.shutdown()
            thread.join()
