"""A mailbox on a server in a thread: speaks IMAP over TCP, as far as mail is read from it."""

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import cast

USER, PASSWORD = "desk@shop.example", 'pass "word" with \\'


@dataclass
class MailBoxServer:
    """``mails`` by number; ``seen`` are those that were marked. ``dies_at`` ends a talk there.

    ``kept_back`` are numbers that it does not hand out.
    """

    url: str = ""
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    uid_validity: int = 7
    asked: list[str] = field(default_factory=list)
    dies_at: str = ""
    kept_back: set[int] = field(default_factory=set)

    @property
    def uid_next(self) -> int:
        return max(self.mails, default=0) + 1


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    book: MailBoxServer


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._book = cast(_Server, self.server).book
        self._say("* OK IMAP4rev1 ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self._book.asked.append(command)
            if self._book.dies_at and self._book.dies_at in command:
                return
            done = self._answer(command)
            self._say(f"{tag} {done}")
            if command == "LOGOUT":
                return

    def _answer(self, command: str) -> str:
        verb = command.partition(" ")[0]
        match verb:
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
            case "LOGIN":
                quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
                if command != f'LOGIN {USER} "{quoted}"':
                    return "NO wrong"
            case "SELECT":
                if '"INBOX"' not in command:
                    return "NO no such folder"
                self._say(f"* {len(self._book.mails)} EXISTS")
                self._say(f"* OK [UIDVALIDITY {self._book.uid_validity}] valid")
                self._say(f"* OK [UIDNEXT {self._book.uid_next}] next")
            case "UID" if not self._by_number(command.removeprefix("UID ")):
                return "NO cannot be handed out"
            case "LOGOUT":
                self._say("* BYE")
        return f"OK {verb} done"

    def _by_number(self, command: str) -> bool:
        """Whether it is done; a mail that is kept back is not handed out."""
        book = self._book
        if any(command.startswith(f"FETCH {one} ") for one in book.kept_back):
            return False
        if command == "SEARCH UNSEEN":
            found = sorted(set(book.mails) - book.seen)
            self._say(" ".join(["* SEARCH", *map(str, found)]))
        elif searched := re.fullmatch(r"SEARCH UID (\d+):\*", command):
            least = min(int(searched[1]), max(book.mails, default=0))
            found = sorted(one for one in book.mails if one >= least)
            self._say(" ".join(["* SEARCH", *map(str, found)]))
        elif fetched := re.fullmatch(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            raw = book.mails[int(fetched[1])][: int(fetched[2])]
            self.wfile.write(f"* 1 FETCH (UID {fetched[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode())
            self.wfile.write(raw + b")\r\n")
        elif stored := re.fullmatch(r"STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", command):
            book.seen.add(int(stored[1]))
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def a_mailbox() -> Iterator[MailBoxServer]:
    """A server on a free port of this machine."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        port = server.server_address[1]
        words = "pass%20%22word%22%20with%20%5C"
        server.book = MailBoxServer(url=f"imap://desk%40shop.example:{words}@127.0.0.1:{port}")
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.book
        finally:
            server.shutdown()
            thread.join()
