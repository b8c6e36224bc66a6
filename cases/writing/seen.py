"""How far somebody has read a case, and what has come since. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_WRITTEN: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """The newest line of a case's record and the newest message that were on the page."""

    entry_id: int
    message_seq: int

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.message_seq}"


def read(written: str) -> Seen | None:
    """What ``str`` wrote; None for anything else."""
    found = _WRITTEN.fullmatch(written)
    return Seen(int(found.group(1)), int(found.group(2))) if found else None
