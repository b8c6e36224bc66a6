"""Static files as built: found by their plain name, served under a hashed one for good."""

import json
import mimetypes
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Response, request, send_file
from werkzeug.exceptions import NotFound

STATIC: Final = Path(__file__).parent / "static"
MANIFEST: Final = "manifest.json"
#: Named by its content: it never changes.
FOREVER: Final = "public, max-age=31536000, immutable"


class NotBuilt(RuntimeError):
    """The static files are not there; the message says what to run."""


class Assets:
    """The built files of one folder."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        """Where the browser finds ``css/app.css``.

        Raises:
            NotBuilt: the build has not run, or made no such file.
        """
        return f"/assets/{self.hashed(name)}"

    def hashed(self, name: str) -> str:
        try:
            return self._names[name]
        except KeyError:
            raise NotBuilt(f"no static file {name}: run python -m oms_service.web.build") from None

    def path(self, name: str) -> Path:
        """The built file itself, for a view that serves it under a name of its own."""
        return self._folder / self.hashed(name)

    def serve(self, hashed: str) -> Response:
        """Answer one file, compressed when the browser takes that."""
        if hashed not in self._known:
            raise NotFound
        path = self._folder / hashed
        packed = path.with_name(path.name + ".gz")
        takes_gzip = request.accept_encodings.quality("gzip") > 0 and packed.exists()
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        response = send_file(packed if takes_gzip else path, mimetype=kind, conditional=True)
        response.headers["Cache-Control"] = FOREVER
        if packed.exists():
            response.vary.add("Accept-Encoding")
        if takes_gzip and response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers["Content-Encoding"] = "gzip"
        return response

    @cached_property
    def _names(self) -> dict[str, str]:
        try:
            names: dict[str, str] = json.loads((self._folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            raise NotBuilt(
                "the static files are not built: run python -m oms_service.web.build"
            ) from None
        return names

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._names.values())
