"""Server-sent events: how they are written, kept alive, and ended before a server grows old."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, after_this_request

#: A stream that is open when the server stops would hold it back; the browser comes again.
END_S: Final = 25.0
#: Often enough that no proxy takes the silence for the end, and a lost hint costs little.
HEARTBEAT_S: Final = 5.0
#: How long a browser waits before it comes again; short, since each stream ends so soon.
RETRY_MS: Final = 800

HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back otherwise
}


def readable_from(origin: str) -> None:
    """Let pages of ``origin`` read the answer at hand, whatever it says.

    Pages and streams differ by port. A refusal that a page may not read looks to it like a server
    that is away, and it would come again at once.
    """

    @after_this_request
    def say(answer: Response) -> Response:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.vary.add("Origin")
        return answer


@dataclass(frozen=True, kw_only=True)
class Message:
    """One event of a stream. ``data`` is text, or anything JSON can say."""

    data: object = ""
    event: str | None = None
    id: str | None = None

    def encode(self) -> bytes:
        """The event as it goes over the wire; line breaks in any field cannot forge another."""
        text = self.data if isinstance(self.data, str) else json.dumps(self.data, default=str)
        lines = [f"id: {_one_line(self.id)}"] if self.id is not None else []
        if self.event is not None:
            lines.append(f"event: {_one_line(self.event)}")
        lines += [f"data: {line}" for line in _lines(text)]
        return ("\n".join(lines) + "\n\n").encode()


def stream(
    next_messages: Callable[[float], Iterable[Message]],
    *,
    monotonic: Callable[[], float] = time.monotonic,
    end_s: float = END_S,
    heartbeat_s: float = HEARTBEAT_S,
) -> Iterator[bytes]:
    """The bytes of one stream, from its greeting to its end.

    Args:
        next_messages: waits at most the seconds it is given and answers what has come, maybe
            nothing. It must return sooner when something comes.
        monotonic: a clock that only goes forward.
        end_s: after so long the stream says ``bye`` and ends.
        heartbeat_s: never silent for longer than this.
    """
    started = monotonic()
    yield f"retry: {RETRY_MS}\n: hello\n\n".encode()
    while (left := started + end_s - monotonic()) > 0:
        messages = tuple(next_messages(min(left, heartbeat_s)))
        for message in messages:
            yield message.encode()
        if not messages:
            yield b": \n\n"
    yield Message(event="bye").encode()


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _one_line(text: str) -> str:
    return " ".join(_lines(text)).replace("\0", "")
