"""What stops an embedded server from starting, in one line for the person at the terminal."""

import shutil
from pathlib import Path

#: A fresh PostgreSQL with the demo shop takes about 250 MB, its write-ahead log as much again.
NEEDED_BYTES = 600 * 1024 * 1024
DISK_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "MISCONF Errors writing")


class CannotStart(Exception):
    """Start-up is impossible; the message is one plain line."""


def require_space(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Raise ``CannotStart`` when the disk under ``folder`` is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk is full: {free // 2**20} MB free under {folder}, "
            f"{needed // 2**20} MB needed."
        )


def tail(log: Path, size: int = 8192) -> str:
    """The end of a log file, or nothing when there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - size))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""


def explain(server: str, log: Path) -> CannotStart:
    """The failure of ``server`` in one line, from the last words of its log."""
    last = tail(log)
    if any(words in last for words in DISK_FULL_WORDS):
        return CannotStart(f"The disk is full: {server} could not write under {log.parent}.")
    lines = [line.strip() for line in last.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "rror" in line] or lines
    reason = fatal[-1] if fatal else "it said nothing"
    return CannotStart(f"{server} did not start: {reason} (log: {log})")
