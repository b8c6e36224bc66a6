"""The application: Flask, spared what it works out anew at each request though it never changes."""

from collections.abc import Callable, MutableMapping
from functools import cache
from typing import Any, ClassVar

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Signed cookies, by a signer that is made once for each app."""

    def __init__(self) -> None:
        self._signer = cache(super().get_signing_serializer)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The app's signer; its keys are settings, so they stay."""
        return self._signer(app)


class Templates(Environment):
    """The environment of our templates, none of which has globals of its own."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own; a chain of two maps is gone through for each part of a page."""
        return super().make_globals(d) if d else self.globals


class Application(Flask):
    """One process's app. Its views and hooks are plain functions, none is a coroutine."""

    jinja_environment = Templates
    #: All templates are kept: to note which was asked for last costs more than to find it.
    jinja_options: ClassVar[dict[str, Any]] = {"cache_size": -1}
    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would look at it each time."""
        return func
