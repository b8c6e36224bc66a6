"""Whether this process lives, and whether the house is ready to serve."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from oms_service.access import guard
from oms_service.infra import backlog
from oms_service.infra.backlog import Backlog
from oms_service.runtime import Runtime, runtime

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@guard.public(reason="a supervisor asks whether the process answers; nothing is told")
def live() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@guard.public(reason="load balancers ask; counts only, no data")
def ready() -> tuple[Response, int]:
    """Whether requests can be served: 503 with the failing check when not.

    Without the broker they can, only later things wait: 200, and the status is ``degraded``.
    """
    house = runtime()
    checks: dict[str, Any] = {
        "database": _works(lambda: _ask_database(house)),
        "migrations": _works(lambda: _at_head(house)),
        "broker": _works(lambda: bool(house.jobs.waiting())),
    }
    is_ready = checks["database"] == checks["migrations"] == "ok"
    if is_ready:
        seen = _seen(house)
        checks["outbox_oldest_s"] = round(seen.age_s(house.clock.now()), 1)
        checks["outbox_backlog"] = seen.events
        checks["fallout_open"] = seen.fallout
    if not is_ready:
        response = jsonify(status="unavailable", checks=checks)
        response.headers["Retry-After"] = "5"
        return response, HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(
        status="ok" if checks["broker"] == "ok" else "degraded", checks=checks
    ), HTTPStatus.OK


def _works(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "failed"
    except (SQLAlchemyError, RedisError, OSError) as error:
        log.warning("health.failed", error=type(error).__name__)
        return "failed"


def _ask_database(house: Runtime) -> bool:
    with house.database.reading() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar() == 1


def _at_head(house: Runtime) -> bool:
    from migrations.run import current  # noqa: PLC0415 - Alembic is heavy and asked for here only

    return current(house.database) == _newest()


@cache
def _newest() -> str | None:
    from migrations.run import newest  # noqa: PLC0415 - as above

    return newest()


def _seen(house: Runtime) -> Backlog:
    with house.database.reading() as connection:
        return backlog.look(connection)
