"""What is kept while one request is answered."""

from flask import g
from flask.ctx import _AppCtxGlobals


def here() -> _AppCtxGlobals:
    """Flask's ``g`` itself: a page looks there a thousand times, each by a way of four functions.

    Raises:
        RuntimeError: outside of any request or app context.
    """
    itself: _AppCtxGlobals = g._get_current_object()  # noqa: SLF001 - documented: what a proxy stands for
    return itself
