"""Files in a folder: spread over directories, written beside and moved into place."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from oms_service.ports.files import NoSuchFile, Stored, assert_key

_CHUNK: Final = 64 * 1024


class DiskStore:
    """Keeps each file as ``ab/cd/<key>``, so that no directory grows large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: BinaryIO) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{key}.{secrets.token_hex(4)}.part")
        try:
            with draft.open("xb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)

    def get(self, key: str) -> Stored:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise NoSuchFile(key) from None
        return Stored(os.fstat(file.fileno()).st_size, _Pieces(file))

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        for draft in path.parent.glob(f"{key}.*.part"):
            draft.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        assert_key(key)
        return self._folder / key[:2] / key[2:4] / key


class _Pieces:
    """A file piece by piece, which is closed at its end, or by whoever does not read so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = b"" if self._file.closed else self._file.read(_CHUNK)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self._file.close()


def _sync(directory: Path) -> None:
    """Make the new name last, too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
