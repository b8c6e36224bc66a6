"""Which language a page is in, and the switch between the two."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Flask, g, has_app_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, Domain, get_locale
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from oms_service.access.here import here
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
        _Babel(
            app,
            default_locale=Language.ENGLISH.value,  # the language the code is written in
            locale_selector=lambda: self.current().value,
            timezone_selector=lambda: (self._viewer().zone or settings.zone).key,
            default_translation_directories=";".join(str(folder) for folder in texts.folders()),
        )
        _speak(app.jinja_env)

    def remember_with(self, remember: Callable[[Language], None]) -> None:
        """Have a switch written to the signed-in person's own preference as well."""
        self._remember = remember

    def current(self) -> Language:
        """The language of this request; the same one however often it is asked."""
        page = here()
        if "language" not in page:
            page.language = self._choose()
        chosen: Language = page.language
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


class _Book(Domain):  # type: ignore[misc]  # the library says nothing of its types
    """The words of all packages, found once for a request; a page says hundreds of them.

    The library clears what it finds here whenever another language is to be spoken.
    """

    def get_translations(self) -> Any:
        if not has_app_context():
            return super().get_translations()
        found = texts.known_book()
        if found is None:
            found = super().get_translations()
            g.get("_flask_babel").babel_translations = found
        return found


class _Babel(Babel):  # type: ignore[misc]  # as above
    @cached_property
    def domain_instance(self) -> Domain:
        return _Book(domain=self.domain)


def _speak(jinja: Environment) -> None:
    """Let templates say words directly; as the library has it, each goes through four functions."""

    @pass_eval_context
    def gettext(context: EvalContext, text: str, /, **values: object) -> str:
        return _filled(context, texts.book().ugettext(text), values)

    @pass_eval_context
    def ngettext(
        context: EvalContext, singular: str, plural: str, num: int, /, **values: object
    ) -> str:
        said = texts.book().ungettext(singular, plural, num)
        return _filled(context, said, {"num": num, **values})

    jinja.globals.update(gettext=gettext, ngettext=ngettext, _=gettext)


def _filled(context: EvalContext, said: str, values: dict[str, object]) -> str:
    """A text of ours with values of others, which are escaped; %% is one %."""
    written = Markup(said) if context.autoescape else said  # noqa: S704 - our own catalogue
    return written % values if values or "%" in said else written


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
