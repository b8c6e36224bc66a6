"""The application: Flask, spared what it works out anew at each request though it never changes."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Signed cookies, by a signer that is made once for each app."""

    def __init__(self) -> None:
        self._signer = cache(super().get_signing_serializer)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The app's signer; its keys are settings, so they stay."""
        return self._signer(app)


class Application(Flask):
    """One process's app. Its views and hooks are plain functions, none is a coroutine."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would look at it each time."""
        return func
