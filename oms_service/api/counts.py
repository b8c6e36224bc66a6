"""``/v1/counts``: sheets of what was counted, and putting the books right by them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging, problems, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.stock_parts import Names
from oms_service.api.stock_schemas import (
    COUNT,
    ConflictSchema,
    CountSchema,
    CountsSchema,
    EnterSchema,
    NewCountSchema,
    PapersQuery,
    VersionSchema,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import counting, papers
from oms_service.inventory.counting import NewCount
from oms_service.inventory.papers import CountView
from oms_service.runtime import runtime

blueprint = Blueprint("counts", __name__, url_prefix="/v1", description="Counting shelves.")
blueprint.before_request(json_only)


@blueprint.get("/counts")
@guard.guard(scope="stock:read")
@blueprint.arguments(PapersQuery(), location="query")
@blueprint.response(200, CountsSchema, example={"counts": [COUNT]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Count sheets, the newest first."""
    stock_parts.take()
    limit = int(wanted["limit"])
    with runtime().database.looking() as session:
        found = papers.counts(
            session,
            is_open=wanted["open"],
            location_id=stock_parts.a_location(session, wanted["location"]),
            cursor=wanted["cursor"],
            limit=limit,
        )
        of = {line.variant_id for view in found.items for line in view.lines}
        named = stock_parts.names(session, of)
    response = jsonify({"counts": [_shown(view, named) for view in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.get("/counts/<number>")
@guard.guard(scope="stock:read")
@blueprint.response(200, CountSchema, example=COUNT, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One count sheet."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = papers.count(session, number)
        named = stock_parts.names(session, [line.variant_id for line in view.lines])
    return etags.tagged(jsonify(_shown(view, named)), view.version)


@blueprint.post("/counts")
@guard.guard(scope="stock:count")
@blueprint.arguments(NewCountSchema())
@blueprint.response(201, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def start(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Make a sheet: what the books say now is frozen on it."""
    stock_parts.take()
    lines = [{"sku": sku} for sku in wanted["skus"]]
    view = counting.start(
        uow,
        NewCount(
            location_id=stock_parts.location(uow.session, wanted["location"]),
            variant_ids=list(stock_parts.by_variant(uow.session, lines, lambda line: line)),
            key=stock_parts.command_key(),
        ),
    )
    return _said(uow, view), 201


@blueprint.post("/counts/<number>/lines")
@guard.guard(scope="stock:count")
@blueprint.arguments(EnterSchema())
@blueprint.response(200, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def enter(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Write down what was counted; counted again, the last word holds."""
    stock_parts.take()
    counted = stock_parts.by_variant(
        uow.session, wanted["lines"], lambda line: int(line["counted"])
    )
    known = papers.count(uow.session, number)
    return _said(uow, counting.enter(uow, known.id, counted, version=wanted["version"])), 200


def _step(
    uow: UnitOfWork, number: str, wanted: Mapping[str, Any], how: Callable[..., CountView]
) -> tuple[dict[str, Any], int]:
    stock_parts.take()
    known = papers.count(uow.session, number)
    with stock_parts.shortages_told(uow.session, known.location_id):
        view = how(uow, known.id, version=wanted["version"])
    return _said(uow, view), 200


@blueprint.post("/counts/<number>/submit")
@guard.guard(scope="stock:count")
@blueprint.arguments(VersionSchema())
@blueprint.response(200, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def submit(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Hand the sheet in; lines nobody counted stay as they are in the books."""
    return _step(uow, number, wanted, counting.submit)


@blueprint.post("/counts/<number>/send-back")
@guard.guard(scope="stock:adjust")
@blueprint.arguments(VersionSchema())
@blueprint.response(200, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def send_back(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Let it be counted again."""
    return _step(uow, number, wanted, counting.send_back)


@blueprint.post("/counts/<number>/approve")
@guard.guard(scope="stock:adjust")
@blueprint.arguments(VersionSchema())
@blueprint.response(200, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
@blueprint.alt_response(409, schema=ConflictSchema, content_type=problems.MIMETYPE)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def approve(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Put the books right by each variance; what moved since the counting stays moved."""
    return _step(uow, number, wanted, counting.approve)


@blueprint.post("/counts/<number>/cancel")
@guard.guard(scope="stock:count")
@blueprint.arguments(VersionSchema())
@blueprint.response(200, CountSchema, example=COUNT, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Throw the sheet away; the books stay as they are."""
    return _step(uow, number, wanted, counting.cancel)


def _said(uow: UnitOfWork, view: CountView) -> dict[str, Any]:
    return _shown(view, stock_parts.names(uow.session, [one.variant_id for one in view.lines]))


def _shown(view: CountView, named: Names) -> dict[str, Any]:
    return {
        "number": view.number,
        "location": named.locations[view.location_id],
        "state": view.state,
        "started_at": view.started_at.isoformat(),
        "submitted_at": _iso(view.submitted_at),
        "ended_at": _iso(view.ended_at),
        "version": view.version,
        "lines": [
            {
                "sku": named.sku(line.variant_id),
                "expected": line.expected,
                "booked": line.booked,
                "counted": line.counted,
                "variance": line.variance,
            }
            for line in view.lines
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
