"""``/v1/chat-containment``: how many conversations the chat settled itself, by program."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from bots.talks import asking, figures, sheets
from bots.talks.api_schemas import (
    CONTAINMENT,
    ContainmentFileQuery,
    ContainmentQuery,
    ContainmentSchema,
)
from bots.talks.asking import FILTERS, Wanted
from bots.talks.figures import By
from bots.talks.pages import namer
from oms_service.access import guard
from oms_service.api.openapi import Blueprint, json_only
from oms_service.console.sheets import streamed
from oms_service.runtime import runtime

blueprint = Blueprint(
    "chat_figures", __name__, url_prefix="/v1", description="Figures about the chat."
)
blueprint.before_request(json_only)


@blueprint.get("/chat-containment")
@guard.guard(scope="reports:read")
@blueprint.arguments(ContainmentQuery(), location="query")
@blueprint.response(200, ContainmentSchema, example=CONTAINMENT)
@blueprint.refuses(401, 403, 422, 429)
def containment(said: Mapping[str, Any]) -> Response:
    """Conversations of some days: settled by the chat, gone to a person and why, given up.

    Split by intent a conversation counts once for each thing wished for in it. Docs:
    docs/chat-figures.md.
    """
    _take()
    wanted = _wanted(said)
    by = By(said["by"]) if said["by"] else None
    house = runtime()
    now = house.clock.now()
    with house.database.reading() as connection:
        (whole,) = figures.report(connection, wanted, now=now)
        split = figures.report(connection, wanted, now=now, by=by) if by else ()
    return jsonify(
        {
            "from": wanted.period.first.isoformat(),
            "to": wanted.period.last.isoformat(),
            "zone": wanted.period.zone.key,
            "figures": whole.as_json(),
            "by": str(by) if by else None,
            "lines": [{"key": one.key, "figures": one.as_json()} for one in split],
        }
    )


@blueprint.get("/chat-containment/figures.csv")
@guard.guard(scope="reports:read")
@blueprint.arguments(ContainmentFileQuery(), location="query")
@blueprint.response(200, content_type="text/csv")
@blueprint.refuses(401, 403, 422, 429)
def file(said: Mapping[str, Any]) -> Response:
    """The split as a table: a row each, with every figure in its columns."""
    _take()
    wanted = _wanted(said)
    by = By(said["by"])
    house = runtime()
    with house.database.reading() as connection:
        found = figures.report(connection, wanted, now=house.clock.now(), by=by)
    return streamed(f"conversations-{by}", sheets.rows(found, str(by), namer(by)))


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _wanted(said: Mapping[str, Any]) -> Wanted:
    house = runtime()
    given = {name: str(said[name] or "") for name in FILTERS}
    days = {"from": said["from_"], "to": said["to"]}
    return asking.require({**given, **days}, now=house.clock.now(), zone=house.settings.zone)
