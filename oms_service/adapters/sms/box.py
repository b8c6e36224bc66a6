"""Short messages where there is no provider: files, and their reader."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from oms_service.adapters.sms import segments
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing


@dataclass(frozen=True)
class ShortMessage:
    """One short message in the box; ``parts`` is what a provider would charge."""

    to: str
    text: str
    language: str
    at: datetime
    parts: int


class BoxTransport:
    """Writes each message into a folder; the same message is the same file."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def send(self, message: Outgoing) -> Outcome:
        path = self._folder / f"{message.message_id}.json"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            said = {
                "to": message.to,
                "text": message.text,
                "language": message.language.value,
                "at": self._now().isoformat(),
            }
            draft = path.with_suffix(".part")
            draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
            draft.replace(path)
        return Outcome(DeliveryState.SENT, "sms.sent")


class NoTransport:
    """The shop sends no short messages: what was to go this way goes by the next."""

    def send(self, _message: Outgoing) -> Outcome:
        return Outcome(DeliveryState.FAILED, "sms.off")


def newest(folder: Path, *, limit: int = 50) -> list[ShortMessage]:
    """The newest short messages of a folder."""
    paths = sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:limit]]


def _read(path: Path) -> ShortMessage:
    said = json.loads(path.read_text(encoding="utf-8"))
    return ShortMessage(
        to=said["to"],
        text=said["text"],
        language=said["language"],
        at=datetime.fromisoformat(said["at"]),
        parts=segments.count(said["text"]),
    )
