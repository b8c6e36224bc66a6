"""Signs of life: what a colleague asks for says that they are there."""

import time
from typing import Final

from flask import Flask, Response, g, request

from cases.routing import agents
from oms_service.kernel import actors
from oms_service.runtime import Runtime

#: A sign is written down once in so much; presence is counted in minutes.
_EVERY_S: Final = 60.0


def register(app: Flask, runtime: Runtime) -> None:
    """Note who asks for pages; what pages fetch by themselves is no sign."""
    noted: dict[int, float] = {}

    @app.after_request
    def note(response: Response) -> Response:
        found = g.get("staff")
        is_by_itself = request.method == "GET" and "HX-Request" in request.headers
        if found is None or is_by_itself:
            return response
        now = time.monotonic()
        if now - noted.get(found.id, -_EVERY_S) >= _EVERY_S:
            noted[found.id] = now
            with runtime.unit_of_work(actors.staff(found.id)) as uow:
                agents.seen(uow, found.id)
        return response
