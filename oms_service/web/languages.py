"""Which language a page is in, and the switch between the two."""

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Flask, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale

from oms_service.access.paths import own_path
from oms_service.kernel.languages import Language
from oms_service.settings import Settings
from oms_service.web import texts
from oms_service.web.viewer import Viewer

COOKIE: Final = "lang"
#: A piece fetched for a page comes in the language of that page.
HEADER: Final = "X-Language"
OWN_NAMES: Final = {Language.JAPANESE: "日本語", Language.ENGLISH: "English"}
_KEPT_S: Final = 365 * 24 * 60 * 60


class Languages:
    """Chooses the language of a request: asked for, kept, preferred, spoken, or the shop's."""

    def __init__(self, app: Flask, settings: Settings, viewer: Callable[[], Viewer]) -> None:
        """Set up the translations of every package in ``app``."""
        self._settings = settings
        self._viewer = viewer
        self._remember: Callable[[Language], None] | None = None
        Babel(
            app,
            default_locale=Language.ENGLISH.value,  # the language the code is written in
            locale_selector=lambda: self.current().value,
            timezone_selector=lambda: (self._viewer().zone or settings.zone).key,
            default_translation_directories=";".join(str(folder) for folder in texts.folders()),
        )

    def remember_with(self, remember: Callable[[Language], None]) -> None:
        """Have a switch written to the signed-in person's own preference as well."""
        self._remember = remember

    def current(self) -> Language:
        """The language of this request; the same one however often it is asked."""
        if "language" not in g:
            g.language = self._choose()
        chosen: Language = g.language
        return chosen

    def switch(self) -> ResponseReturnValue:
        """Keep the language that was posted and go back to the page it was posted from."""
        chosen = read(request.form.get("language"))
        response = redirect(_unasked(own_path(request.form.get("next", "/"))), 303)
        if chosen is not None:
            response.set_cookie(
                COOKIE,
                chosen.value,
                max_age=_KEPT_S,
                httponly=True,
                samesite="Lax",
                secure=self._settings.secure_cookies,
            )
            if self._remember is not None:
                self._remember(chosen)
        return response

    def _choose(self) -> Language:
        asked = (
            read(request.args.get("lang"))
            or read(request.headers.get(HEADER))
            or read(request.cookies.get(COOKIE))
        )
        if asked is not None:
            return asked
        preferred = self._viewer().language
        if preferred is not None:
            return preferred
        spoken = request.accept_languages.best_match([one.value for one in Language])
        return read(spoken) or self._settings.language


def spoken() -> Language:
    """The language of the page at hand, for views that put words together themselves."""
    return Language(str(get_locale()))


def read(code: str | None) -> Language | None:
    """The language a code names, or None for any other text."""
    return next((one for one in Language if one.value == code), None)


def _unasked(path: str) -> str:
    """``path`` without a ``lang`` of its own, which would overrule what was just chosen."""
    parts = urlsplit(path)
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key != "lang"
    ]
    return urlunsplit(parts._replace(query=urlencode(kept)))
