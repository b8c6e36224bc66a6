"""Files of a workspace: an address to bring one to, then where it is to be seen."""

import base64
import mimetypes
from dataclasses import asdict, dataclass
from typing import Any, Final

from bots.slack.stage.ground import Ground
from bots.slack.stage.refusals import Refused

LARGEST: Final = 50_000_000


@dataclass
class File:
    """A file; ``content`` is base64, empty until it was brought."""

    id: str
    name: str
    title: str
    user: str
    created: int
    length: int
    content: str = ""
    is_shown: bool = False
    is_deleted: bool = False
    channel: str = ""

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.content)


class Files:
    """All files of a workspace."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: dict[str, File] = {}
        #: Where this Slack answers; the server says so.
        self.url = "http://127.0.0.1"

    def expect(self, name: Any, length: Any, *, user: str) -> File:
        """Somebody is going to bring a file.

        Raises:
            Refused: invalid_arguments, file_uploads_disabled where it is too large.
        """
        try:
            size = int(length)
        except (TypeError, ValueError):
            size = 0
        if not name or not isinstance(name, str) or size < 1:
            raise Refused("invalid_arguments", messages=["[ERROR] missing required field"])
        if size > LARGEST:
            raise Refused("file_upload_size_restricted")
        with self._ground.lock:
            made = File(self._ground.id("F"), name, name, user, self._ground.seconds(), size)
            self._known[made.id] = made
            return made

    def bring(self, file_id: str, body: bytes) -> None:
        """The bytes are here.

        Raises:
            Refused: file_not_found, invalid_arguments where the length is another.
        """
        held = self.get(file_id)
        if len(body) != held.length:
            raise Refused("invalid_arguments", messages=["[ERROR] another length was announced"])
        held.content = base64.b64encode(body).decode()

    def complete(self, file_id: Any, title: Any) -> File:
        """It may be shown now.

        Raises:
            Refused: file_not_found, where nothing was brought too.
        """
        held = self.get(file_id)
        if not held.content or held.is_shown:
            raise Refused("file_not_found")
        held.title, held.is_shown = str(title or held.name), True
        return held

    def own(self, name: str, body: bytes, *, user: str) -> File:
        """A person's file, brought by their own Slack."""
        made = self.expect(name, len(body), user=user)
        self.bring(made.id, body)
        return self.complete(made.id, name)

    def get(self, file_id: Any) -> File:
        """The file.

        Raises:
            Refused: file_not_found, file_deleted.
        """
        found = self._known.get(str(file_id or ""))
        if found is None:
            raise Refused("file_not_found")
        if found.is_deleted:
            raise Refused("file_deleted")
        return found

    def delete(self, file_id: Any) -> None:
        """It is gone.

        Raises:
            Refused: as ``get``.
        """
        held = self.get(file_id)
        held.is_deleted, held.content = True, ""

    def told(self, one: File) -> dict[str, Any]:
        """As events and ``files.info`` tell of it."""
        kind = mimetypes.guess_type(one.name)[0] or "application/octet-stream"
        address = f"{self.url}/files-pri/{one.id}/{one.name}"
        return {
            "id": one.id,
            "created": one.created,
            "timestamp": one.created,
            "name": one.name,
            "title": one.title,
            "mimetype": kind,
            "filetype": one.name.rpartition(".")[2].lower(),
            "pretty_type": one.name.rpartition(".")[2].upper(),
            "user": one.user,
            "user_team": self._ground.team,
            "editable": False,
            "size": one.length,
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": False,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": address,
            "url_private_download": f"{address}?download=1",
            "permalink": address,
            "media_display_type": "unknown",
            "has_rich_preview": False,
            "file_access": "visible",
            "channels": [one.channel] if one.channel else [],
            "groups": [],
            "ims": [],
        }

    def as_data(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self._known.values()]

    def take_up(self, data: list[dict[str, Any]]) -> None:
        self._known = {one["id"]: File(**one) for one in data}
