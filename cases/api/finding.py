"""``/v1/case-search``, ``/v1/case-views``, ``/v1/case-bulks``: finding and handling many cases."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Response, jsonify

from cases.api.finding_schemas import (
    BULK,
    BULK_CASE,
    FOUND,
    VIEW,
    CaseBulkCasesSchema,
    CaseBulkSchema,
    CaseSearchQuery,
    CaseSearchSchema,
    CaseViewChangeSchema,
    CaseViewSchema,
    CaseViewsSchema,
    NewCaseBulkSchema,
    NewCaseViewSchema,
)
from cases.finding import bulk, filters, queries, saving
from cases.finding.bulk import PERMISSIONS, BulkView
from cases.finding.filters import Filters, Key, Wanted
from cases.finding.queries import Line, Viewer
from cases.finding.saving import StoredView, ViewWish
from cases.states import Priority
from cases.taxonomy import queries as taxonomy
from oms_service.access import guard, personal
from oms_service.api import coming_back, etags, paging
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Forbidden, Invalid
from oms_service.kernel.text import folded
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_finding",
    __name__,
    url_prefix="/v1",
    description="Cases found, and many handled at once.",
)
blueprint.before_request(json_only)

_PRIORITIES: Final = (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)
_CHANGES: Final = (401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.get("/case-search")
@guard.guard(scope="cases:read")
@blueprint.arguments(CaseSearchQuery(), location="query")
@blueprint.response(
    200,
    CaseSearchSchema,
    example={"cases": [FOUND], "is_close": False},
    headers=paging.LINK_HEADER,
)
@blueprint.refuses(401, 403, 422, 429)
def search(wanted: Mapping[str, Any]) -> Response:
    """Cases by words and filters. Whole numbers come first, then names, then what was written."""
    _take()
    house = runtime()
    limit = int(wanted["limit"])
    with house.database.reading() as connection:
        held = _filters(
            connection, {str(key): wanted[str(key)].split(",") for key in Key if wanted[str(key)]}
        )
        found = queries.page(
            connection,
            Wanted(held, wanted["text"], wanted["sort"]),
            _viewer(),
            now=house.clock.now(),
            zone=house.settings.zone,
            cursor=wanted["cursor"],
            limit=limit,
        )
        queues = taxonomy.queues(connection)
        tags = taxonomy.tag_names(connection)
    said = {
        "cases": [_case(line, queues[line.queue_id][0], tags) for line in found.page.items],
        "is_close": found.is_close,
    }
    return paging.with_link(jsonify(said), found.page, limit=limit)


# Saved views


@blueprint.get("/case-views")
@guard.guard(scope="cases:read")
@blueprint.response(200, CaseViewsSchema, example={"case_views": [VIEW]})
@blueprint.refuses(401, 403, 429)
def views() -> Response:
    """The views everybody at the desk has, in their order."""
    _take()
    with runtime().database.reading() as connection:
        return jsonify({"case_views": [_view(one) for one in saving.of(connection, None)]})


@blueprint.post("/case-views")
@guard.guard(scope="cases:configure")
@blueprint.arguments(NewCaseViewSchema())
@blueprint.response(201, CaseViewSchema, headers=REPLAYED_HEADER, example=VIEW)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def save(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Give everybody at the desk a view."""
    _take()
    return _view(saving.save(uow, _wish(uow, wanted), shares=True)), 201


@blueprint.get("/case-views/<view_id>")
@guard.guard(scope="cases:read")
@blueprint.response(200, CaseViewSchema, headers=etags.ETAG_HEADER, example=VIEW)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def view(view_id: str) -> Response:
    """One shared view."""
    _take()
    with runtime().database.reading() as connection:
        found = saving.one(connection, view_id, None)
    return etags.tagged(jsonify(_view(found)), found.version)


@blueprint.post("/case-views/<view_id>/change")
@guard.guard(scope="cases:configure")
@blueprint.arguments(CaseViewChangeSchema())
@blueprint.response(200, CaseViewSchema, headers=REPLAYED_HEADER, example=VIEW)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def change(uow: UnitOfWork, wanted: Mapping[str, Any], view_id: str) -> tuple[dict[str, Any], int]:
    """Let a shared view be another one."""
    _take()
    wish = _wish(uow, wanted)
    return _view(saving.change(uow, view_id, wish, version=wanted["version"], shares=True)), 200


@blueprint.post("/case-views/<view_id>/drop")
@guard.guard(scope="cases:configure")
@blueprint.response(200, CaseViewsSchema, headers=REPLAYED_HEADER, example={"case_views": []})
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def drop(uow: UnitOfWork, view_id: str) -> tuple[dict[str, Any], int]:
    """Take a shared view away; the answer is those that are left."""
    _take()
    saving.drop(uow, view_id, shares=True)
    return {"case_views": [_view(one) for one in saving.of(uow.session, None)]}, 200


# Many at once


@blueprint.post("/case-bulks")
@guard.guard(scope="cases:work")
@blueprint.arguments(NewCaseBulkSchema())
@blueprint.response(202, CaseBulkSchema, headers=REPLAYED_HEADER, example=BULK)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def begin(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Do one thing with many cases, each by itself; ask how far it is by its id."""
    _take()
    if PERMISSIONS[wanted["action"]] not in guard.api_key().scopes:
        raise Forbidden("this key may not do that")
    if bool(wanted["numbers"]) is bool(wanted["filters"]):
        raise Invalid("say which cases", {"numbers": "either these or filters"})
    connection = uow.session.connection()
    if wanted["numbers"]:
        found = queries.numbered(connection, wanted["numbers"], _viewer())
    else:
        held = _filters(connection, wanted["filters"])
        found = queries.ids(
            connection,
            Wanted(held),
            _viewer(),
            now=uow.now,
            zone=runtime().settings.zone,
            most=bulk.MOST,
        )
    made = bulk.choose(uow, found, wanted["action"], key=coming_back.key())
    return _bulk(bulk.start(uow, made.public_id, wanted["given"])), 202


@blueprint.get("/case-bulks/<bulk_id>")
@guard.guard(scope="cases:read")
@blueprint.response(200, CaseBulkSchema, headers=etags.ETAG_HEADER, example=BULK)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(bulk_id: str) -> Response:
    """How far something you asked for is."""
    _take()
    with runtime().database.reading() as connection:
        found = bulk.one(connection, bulk_id, guard.actor())
    return etags.tagged_by_content(jsonify(_bulk(found)))


@blueprint.get("/case-bulks/<bulk_id>/cases")
@guard.guard(scope="cases:read")
@blueprint.arguments(paging.PageQuery(), location="query")
@blueprint.response(
    200, CaseBulkCasesSchema, headers=paging.LINK_HEADER, example={"cases": [BULK_CASE]}
)
@blueprint.refuses(401, 403, 404, 422, 429)
def of_bulk(wanted: Mapping[str, Any], bulk_id: str) -> Response:
    """What became of each case, the oldest case first."""
    _take()
    limit = int(wanted["limit"])
    with runtime().database.reading() as connection:
        found = bulk.one(connection, bulk_id, guard.actor())
        page = bulk.page_of_items(connection, found.id, cursor=wanted["cursor"], limit=limit)
    said = [{"number": item.number, "state": item.state, "why": item.why} for item in page.items]
    return paging.with_link(jsonify({"cases": said}), page, limit=limit)


@blueprint.post("/case-bulks/<bulk_id>/cancel")
@guard.guard(scope="cases:work")
@blueprint.response(200, CaseBulkSchema, headers=REPLAYED_HEADER, example=BULK)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, bulk_id: str) -> tuple[dict[str, Any], int]:
    """Do no more of it; what is done stays done."""
    _take()
    return _bulk(bulk.cancel(uow, bulk_id)), 200


# Inside


def _filters(reader: queries.Reader, given: Mapping[str, list[str]]) -> Filters:
    tags = {folded(name): str(one) for one, name in taxonomy.tag_names(reader).items()}
    return filters.read(given, tags=tags)


def _wish(uow: UnitOfWork, wanted: Mapping[str, Any]) -> ViewWish:
    return ViewWish(
        name=wanted["name"],
        filters=_filters(uow.session.connection(), wanted["filters"]),
        sort=wanted["sort"],
        is_shared=True,
        position=wanted["position"],
    )


def _case(line: Line, queue: str, tags: Mapping[int, str]) -> dict[str, Any]:
    return {
        "number": line.number,
        "reason": line.reason,
        "state": line.state,
        "priority": _PRIORITIES[line.priority_rank],
        "queue": queue,
        "is_assigned": line.assignee_id is not None,
        "language": line.language,
        "channel": line.channel,
        "tier": line.tier,
        "tags": [tags[one] for one in line.tags if one in tags],
        "order_number": line.order_number or None,
        "opened_at": line.opened_at.isoformat(),
        "waiting_since": _time(line.waiting_since),
        "due_at": _time(line.due_at),
        "due_metric": line.due_metric,
        "updated_at": line.updated_at.isoformat(),
    }


def _view(found: StoredView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "name": found.name,
        "filters": filters.as_data(found.filters),
        "sort": found.sort,
        "position": found.position,
        "version": found.version,
    }


def _bulk(found: BulkView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "action": found.action,
        "given": dict(found.given),
        "state": found.state,
        "total": found.total,
        "done": found.done,
        "skipped": found.skipped,
        "created_at": found.created_at.isoformat(),
        "started_at": _time(found.started_at),
        "ended_at": _time(found.ended_at),
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _viewer() -> Viewer:
    """The program at hand."""
    return Viewer(None, sees_people=personal.may_see())
