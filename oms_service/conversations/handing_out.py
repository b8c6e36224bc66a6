"""All that is kept of a person as one archive: a file of data, and the files themselves.

It is made while it is read: no more than a piece of one file is held at a time, and the database
is asked before the first byte leaves.
"""

import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from oms_service.conversations import attachments_queries as files
from oms_service.infra.privacy import Keepers
from oms_service.operations.people import People
from oms_service.ports.files import FileStore, NoSuchFile

log = structlog.get_logger(__name__)

#: So much of files goes into one archive, and so many of them; what is left out is named in it.
MOST_BYTES: Final = 1024 * 1024 * 1024
MOST_FILES: Final = 2000
DATA: Final = "data.json"
_LONGEST_NAME: Final = 80
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
#: The same archive for the same data: times are in the data, not in the archive.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Enclosed:
    """A file of the archive: where it lies and what it is called there."""

    path: str
    public_id: str
    store_key: str
    size_bytes: int


@dataclass(frozen=True)
class Archive:
    """What goes into an archive, read and ready."""

    data: Mapping[str, Any]
    files: tuple[Enclosed, ...]

    def chunks(self, store: FileStore) -> Iterator[bytes]:
        """The archive, piece by piece, as a zip file. A file whose content is gone is left out."""
        out = _Pieces()
        gone: set[str] = set()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for one in self.files:
                try:
                    content = store.get(one.store_key)
                except (NoSuchFile, OSError):
                    log.warning("archive.lacks", file=one.public_id)
                    gone.add(one.public_id)
                    continue
                with archive.open(zipfile.ZipInfo(one.path, _NO_TIME), "w") as entry:
                    for piece in content.chunks:
                        entry.write(piece)
                        yield from out.taken()
                yield from out.taken()
            told = zipfile.ZipInfo(DATA, _NO_TIME)
            told.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(told, json.dumps(self._told(gone), ensure_ascii=False, indent=2))
            yield from out.taken()
        yield from out.taken()

    def _told(self, gone: Collection[str]) -> Mapping[str, Any]:
        """The data, each file with its place in the archive, or none where it is not in it."""
        places = {one.public_id: one.path for one in self.files if one.public_id not in gone}
        talks = dict(self.data.get("conversations", {}))
        talks["files"] = [
            {**one, "content": places.get(one["public_id"])} for one in talks.get("files", ())
        ]
        return {**self.data, "conversations": talks}


def archive(session: Session, keepers: Keepers, customer_id: int, *, inside: bool) -> Archive:
    """What is kept of a person, ready to be handed out.

    Args:
        session: where to read.
        keepers: every package that keeps something.
        customer_id: any of the person's records.
        inside: with what only colleagues read, such as notes.

    Raises:
        NotFound: no such customer, or erased.
    """
    found = People(keepers).export(session, customer_id)
    data = _plain(found if inside else keepers.without_inside(found))
    named = data.get("conversations", {}).get("files", ())
    places = files.places(session, [one["public_id"] for one in named])
    enclosed: list[Enclosed] = []
    left = MOST_BYTES
    for one in named[:MOST_FILES]:
        place = places.get(one["public_id"])
        if place is None or place.view.size_bytes > left:
            continue
        left -= place.view.size_bytes
        name = _UNFIT.sub("_", place.view.name).strip(". ")[-_LONGEST_NAME:] or "file"
        enclosed.append(
            Enclosed(
                f"files/{len(enclosed) + 1:04}-{name}",
                one["public_id"],
                place.store_key,
                place.view.size_bytes,
            )
        )
    return Archive(data, tuple(enclosed))


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    """The data as JSON has it."""
    plain: dict[str, Any] = json.loads(json.dumps(found, default=_written))
    return plain


def _written(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


class _Pieces:
    """A file to write into that keeps nothing longer than until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is left to be done."""

    def taken(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        yield from pieces
