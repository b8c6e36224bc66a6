"""``/v1/case-reports``, ``/v1/case-board``: figures about cases, and how it stands, by program."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, jsonify, request

from cases.api.reports_schemas import (
    BOARD,
    REPORT,
    BoardSchema,
    ReportFileQuery,
    ReportQuery,
    ReportSchema,
)
from cases.reports import asking, board, naming, queries, sheets
from cases.reports.asking import FILTERS, Names
from cases.reports.figures import By, Line, Wanted
from oms_service.access import guard
from oms_service.api.openapi import Blueprint, json_only
from oms_service.console.sheets import streamed
from oms_service.kernel.languages import Language
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_reports", __name__, url_prefix="/v1", description="Figures about cases."
)
blueprint.before_request(json_only)


@blueprint.get("/case-reports")
@guard.guard(scope="reports:read")
@blueprint.arguments(ReportQuery(), location="query")
@blueprint.response(200, ReportSchema, example=REPORT)
@blueprint.refuses(401, 403, 422, 429)
def figures(said: Mapping[str, Any]) -> Response:
    """Figures of some days, of as many before, and split; each is defined in docs/reports.md.

    A figure of which nothing happened is left out. Keys of a split are codes; colleagues are ids.
    """
    _take()
    house = runtime()
    now = house.clock.now()
    by = By(said["by"]) if said["by"] else None
    with house.database.reading() as connection:
        names, wanted = _wanted(connection, said)
        whole, before = queries.compared(connection, wanted, now=now)
        split = queries.report(connection, wanted, now=now, by=by) if by else ()
    return jsonify(
        {
            **_days(wanted),
            "zone": wanted.period.zone.key,
            "figures": _figures(whole),
            "before": {**_days(wanted.before()), "figures": _figures(before)},
            "by": str(by) if by else None,
            "lines": _lines(split, by, names),
        }
    )


@blueprint.get("/case-reports/figures.csv")
@guard.guard(scope="reports:read")
@blueprint.arguments(ReportFileQuery(), location="query")
@blueprint.response(200, content_type="text/csv")
@blueprint.refuses(401, 403, 422, 429)
def file(said: Mapping[str, Any]) -> Response:
    """The split as a table: a row each, with every figure in its columns."""
    _take()
    house = runtime()
    by = By(said["by"])
    with house.database.reading() as connection:
        names, wanted = _wanted(connection, said)
        found = queries.report(connection, wanted, now=house.clock.now(), by=by)
    name = naming.namer(by, names, house.adapters, _language())
    return streamed(f"cases-{by}", sheets.rows(found, str(by), name))


@blueprint.get("/case-board")
@guard.guard(scope="reports:read")
@blueprint.response(200, BoardSchema, example=BOARD)
@blueprint.refuses(401, 403, 429)
def now_board() -> Response:
    """How it stands this minute: queues, colleagues, what nobody has, what is due."""
    _take()
    house = runtime()
    with house.database.reading() as connection:
        found = board.board(connection, now=house.clock.now(), zone=house.settings.zone)
    return jsonify(
        {
            "at": found.at.isoformat(),
            "queues": [
                {
                    "queue": one.code,
                    "name": dict(one.name),
                    "open": one.open,
                    "waiting": one.waiting,
                    "unassigned": one.unassigned,
                    "overdue": one.overdue,
                    "due_soon": one.due_soon,
                    "oldest_at": one.oldest_at.isoformat() if one.oldest_at else None,
                }
                for one in found.queues
            ],
            "agents": [
                {
                    "id": one.staff_id,
                    "name": one.name,
                    "presence": str(one.presence),
                    "load": one.load,
                    "capacity": one.capacity,
                }
                for one in found.agents
            ],
            "unassigned": [{"why": why, "cases": count} for why, count in found.nobody],
            "next_due": [
                {"case_number": one.number, "due_at": one.due_at.isoformat()} for one in found.late
            ],
            "opened_today": found.opened_today,
            "settled_today": found.settled_today,
        }
    )


# Inside


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _wanted(connection: Any, said: Mapping[str, Any]) -> tuple[Names, Wanted]:
    house = runtime()
    names = asking.names(connection)
    given = {"from": said["from_"], "to": said["to"], **{name: said[name] for name in FILTERS}}
    wanted = asking.require(given, names, now=house.clock.now(), zone=house.settings.zone)
    return names, wanted


def _days(wanted: Wanted) -> dict[str, str]:
    first: date = wanted.period.first
    return {"from": first.isoformat(), "to": wanted.period.last.isoformat()}


def _figures(line: Line) -> dict[str, Any]:
    return {str(name): one.as_json() for name, one in line.figures.items()}


def _lines(found: Sequence[Line], by: By | None, names: Names) -> list[dict[str, Any]]:
    if by is None:
        return []
    name = naming.namer(by, names, runtime().adapters, _language())
    return [
        {"key": _key(one.key, by, names), "name": name(one.key), "figures": _figures(one)}
        for one in found
    ]


def _key(key: str, by: By, names: Names) -> str:
    """Queues go by their code outside."""
    if by is By.QUEUE and key:
        return names.queues[int(key)][0]
    return key


def _language() -> Language:
    best = request.accept_languages.best_match([str(one) for one in Language])
    return Language(best) if best else Language.ENGLISH
