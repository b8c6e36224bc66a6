"""Where the content of files is kept: what a store can do, whatever it is made of.

A key is random and says nothing of the file: no name, type or owner ever becomes part of a path.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

_KEY: Final = re.compile(r"[0-9a-f]{40}")


class NoSuchFile(LookupError):
    """Nothing is kept under the key."""


@dataclass(frozen=True)
class Stored:
    """What is kept under a key: ``size`` in bytes, and its content in pieces, once."""

    size: int
    chunks: Iterator[bytes]

    def read(self) -> bytes:
        """All of it at once."""
        return b"".join(self.chunks)


class FileStore(Protocol):
    """Keeps content by key; every operation may be done again without harm."""

    def put(self, key: str, content: BinaryIO) -> None:
        """Keep ``content`` from where it stands to its end.

        It is there whole or not at all, and outlives a crash once this has returned. What was
        kept under the key before is replaced.

        Raises:
            OSError: the store cannot take it now; it may later.
        """
        ...

    def get(self, key: str) -> Stored:
        """What is kept.

        Raises:
            NoSuchFile: nothing is.
            OSError: the store cannot be asked now.
        """
        ...

    def exists(self, key: str) -> bool:
        """Whether something is kept."""
        ...

    def delete(self, key: str) -> None:
        """Forget it, and whatever a crash left of it; nothing is done where nothing is kept."""
        ...


def new_key() -> str:
    """A key that nobody has."""
    return secrets.token_hex(20)


def assert_key(key: str) -> None:
    """Refuse what no store may make a path of.

    Raises:
        ValueError: it is not one of ``new_key``.
    """
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of a file")
