"""The application: Flask, spared what it works out anew at each request though it never changes."""

from collections.abc import Callable, MutableMapping
from functools import cache, lru_cache
from typing import Any, Final

from flask import Flask, has_request_context
from flask.globals import request_ctx
from flask.sessions import SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer

#: How many addresses are kept: those of all pages, and of what is looked at these days.
ADDRESSES: Final = 5_000
#: What stands in an address as it is, and is equal to nothing that stands there otherwise.
_PLAIN: Final = frozenset({str, int})


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
    jinja_options = {"cache_size": -1}  # noqa: RUF012 - Flask reads it from the class
    session_interface = Sessions()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = lru_cache(ADDRESSES)(self._built)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """As Flask has it; the address of a page within the shop is built once."""
        is_plain = all(type(one) in _PLAIN for one in values.values()) and "_scheme" not in values
        if not is_plain or not has_request_context():
            return super().url_for(endpoint, **values)
        adapter = request_ctx.url_adapter
        served = (adapter.script_name, adapter.default_method) if adapter else None
        return self._address(served, endpoint, request_ctx.request.blueprint, **values)

    def _built(self, _served: object, endpoint: str, _from: str | None, /, **values: Any) -> str:
        return super().url_for(endpoint, **values)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would look at it each time."""
        return func
