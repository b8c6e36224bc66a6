"""The product's web process, telling with each page how long it took and how much it asked.

Runs on a server of measurements only: what a page costs is nobody's business elsewhere.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import event

from benchmarks.pages import PROCESS, STATEMENTS, TOOK_MS
from oms_service.processes import held_by
from oms_service.wsgi import app as product

_asked: Final = threading.local()


def _note(*_given: object) -> None:
    _asked.count = getattr(_asked, "count", 0) + 1


for _engine in held_by(product).database.engines:
    event.listen(_engine, "before_cursor_execute", _note)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The product, with three headers more; a page is whole before it is sent."""
    answer: list[tuple[Any, ...]] = []

    def keep(*given: Any) -> Callable[[bytes], object]:
        answer.append(given)
        return bytes

    _asked.count = 0
    began = time.perf_counter()
    body = product.wsgi_app(environ, keep)
    try:
        whole = b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    took_ms = (time.perf_counter() - began) * 1_000
    status, headers, *more = answer[-1]
    told = [
        (TOOK_MS, f"{took_ms:.3f}"),
        (STATEMENTS, str(_asked.count)),
        (PROCESS, str(os.getpid())),
    ]
    start_response(status, [*headers, *told], *more)
    return [whole]
