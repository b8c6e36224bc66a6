"""The shop's own look on every page: its colours as a style sheet, its logo, its icon.

Whatever is served here is named by its content, so that browsers may keep it for good.
"""

import gzip
import hashlib
from functools import lru_cache
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from oms_service.access.guard import public
from oms_service.appearance import colours, queries
from oms_service.appearance.queries import LookView
from oms_service.kernel.errors import DomainError
from oms_service.runtime import Runtime
from oms_service.web.static_files import FOREVER, Assets

#: What is looked at before it holds stands in an element of this class.
SAMPLE: Final = "look-sample"

_SHEET: Final = "css/app.css"
_MARK: Final = "img/mark.svg"
_DIGEST_LENGTH: Final = 12
_REASON: Final = "style, scripts and pictures are the same for everybody"


class Looks:
    """Where browsers find what belongs to a look. One that has chosen nothing needs no more files.

    ``sheet`` and ``icon`` answer addresses; ``blueprint`` serves them.
    """

    def __init__(self, runtime: Runtime, assets: Assets) -> None:
        self._runtime = runtime
        self._assets = assets
        # A page of each theme and a sample: more colours than these come one after the other.
        self._sheet_of = lru_cache(maxsize=8)(self._made_sheet)

    def sheet(self, look: LookView) -> str:
        """The one style sheet of the frame, with the colours of ``look`` in it."""
        if look.accent is None:
            return self._assets.url(_SHEET)
        return f"/assets/look/{look.accent[1:]}.{self._sheet_of(look.accent)[0]}.css"

    def sample(self, accent: str) -> str:
        """The colours of ``accent`` for what stands in an element of the class ``SAMPLE``."""
        return f"/assets/look/{accent[1:]}.sample.{_digest(_sample(accent))}.css"

    def icon(self, look: LookView) -> str:
        """What stands in the tab of the browser."""
        if look.logo is not None:
            return f"/assets/look/{look.logo.sha256}.icon.png"
        if look.accent is not None:
            return f"/assets/look/{look.accent[1:]}.svg"
        return self._assets.url(_MARK)

    def logo(self, look: LookView) -> str | None:
        """The shop's own logo, if it has one."""
        return f"/assets/look/{look.logo.sha256}.png" if look.logo is not None else None

    def blueprint(self) -> Blueprint:
        routes = Blueprint("look", __name__, url_prefix="/assets/look")

        @routes.get("/<string(length=6):accent>.<string(length=12):digest>.css")
        @public(reason=_REASON)
        def sheet(accent: str, digest: str) -> Response:
            written, body, packed = self._sheet_of(_known(accent))
            return _file(body, "text/css", packed=packed, is_final=digest == written)

        @routes.get("/<string(length=6):accent>.sample.<string(length=12):digest>.css")
        @public(reason=_REASON)
        def sample(accent: str, digest: str) -> Response:
            body = _sample(_known(accent))
            return _file(body, "text/css", is_final=digest == _digest(body))

        @routes.get("/<string(length=6):accent>.svg")
        @public(reason=_REASON)
        def mark(accent: str) -> Response:
            drawn = self._assets.path(_MARK).read_bytes()
            known = _known(accent)
            body = drawn.replace(colours.DEFAULT.encode(), known.encode())
            return _file(body, "image/svg+xml", is_final=True)

        @routes.get("/<string(length=64):sha256>.png")
        @public(reason=_REASON)
        def logo(sha256: str) -> Response:
            return self._picture(sha256, as_icon=False)

        @routes.get("/<string(length=64):sha256>.icon.png")
        @public(reason=_REASON)
        def icon(sha256: str) -> Response:
            return self._picture(sha256, as_icon=True)

        return routes

    def _picture(self, sha256: str, *, as_icon: bool) -> Response:
        if not sha256.isalnum():
            raise NotFound
        with self._runtime.database.reading() as connection:
            found = queries.picture(connection, sha256, as_icon=as_icon)
        if found is None:
            raise NotFound
        return _file(found, "image/png", is_final=True)

    def _made_sheet(self, accent: str) -> tuple[str, bytes, bytes]:
        """Digest, text and packed text of the whole sheet with this accent."""
        frames = self._assets.path(_SHEET).read_bytes()
        body = frames + _rule(accent, ":root").encode()
        return _digest(body), body, gzip.compress(body, compresslevel=9, mtime=0)


def _rule(accent: str, where: str) -> str:
    """The colours as one rule, after all of the frame's own in the cascade of their layer."""
    pairs = colours.palette(accent).variables().items()
    said = ";".join(f"{name}:{value}" for name, value in pairs)
    return f"\n@layer tokens{{{where}{{{said}}}}}\n"


def _sample(accent: str) -> bytes:
    return _rule(accent, f".{SAMPLE}").encode()


def _known(accent: str) -> str:
    """The colour of an address.

    Raises:
        NotFound: it is none, or none that could be read.
    """
    written = colours.read(accent)
    if written is None or written[1:] != accent:
        raise NotFound
    try:
        colours.palette(written)
    except DomainError:
        raise NotFound from None
    return written


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_DIGEST_LENGTH]


def _file(body: bytes, kind: str, *, is_final: bool, packed: bytes | None = None) -> Response:
    """A file; one asked for by the name of another release is answered, but not kept."""
    is_packed = packed is not None and request.accept_encodings.quality("gzip") > 0
    response = Response(packed if is_packed else body, mimetype=kind)
    response.headers["Cache-Control"] = FOREVER if is_final else "no-cache"
    if packed is not None:
        response.vary.add("Accept-Encoding")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(_digest(body))
    response.make_conditional(request)
    return response
