"""A name for each request: taken from the caller or made here, told in logs and in the answer."""

import re
import time
import uuid
from typing import Final

import structlog
from flask import Flask, Response, g, request

from oms_service.infra import correlation
from oms_service.kernel import ids
from oms_service.runtime import Runtime

HEADER: Final = "X-Request-Id"
_SOUND: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger(__name__)


def register(app: Flask, runtime: Runtime) -> None:
    """Name every request of ``app``; call it before anything else looks at requests."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        given = request.headers.get(HEADER)
        if given and _SOUND.fullmatch(given):
            correlation_id, request_id = _as_uuid(given), given
        else:
            correlation_id = ids.event_id(runtime.clock.now())
            request_id = str(correlation_id)
        g.request_id = request_id
        correlation.begin(correlation_id)
        structlog.contextvars.bind_contextvars(request_id=request_id)

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers[HEADER] = g.get("request_id", "")
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        correlation.begin(None)
        structlog.contextvars.unbind_contextvars("request_id")


def _as_uuid(request_id: str) -> uuid.UUID:
    """The request's id itself where it is a UUID, else always the same UUID for the same id."""
    try:
        return uuid.UUID(request_id)
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, request_id)
