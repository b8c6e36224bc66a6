"""``/v1/transfers``: goods on their way between locations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging, problems, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.purchases import came
from oms_service.api.stock_parts import Names
from oms_service.api.stock_schemas import (
    TRANSFER,
    ArriveSchema,
    ConflictSchema,
    DispatchSchema,
    NewTransferSchema,
    PapersQuery,
    SettleSchema,
    TransferSchema,
    TransfersSchema,
    VersionSchema,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers
from oms_service.inventory import transfers as moving
from oms_service.inventory.papers import TransferView
from oms_service.inventory.transfers import NewTransfer
from oms_service.runtime import runtime

blueprint = Blueprint(
    "transfers", __name__, url_prefix="/v1", description="Goods between locations."
)
blueprint.before_request(json_only)


@blueprint.get("/transfers")
@guard.guard(scope="stock:read")
@blueprint.arguments(PapersQuery(), location="query")
@blueprint.response(
    200, TransfersSchema, example={"transfers": [TRANSFER]}, headers=paging.LINK_HEADER
)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Transfers from or to a location, the newest first."""
    stock_parts.take()
    limit = int(wanted["limit"])
    with runtime().database.looking() as session:
        found = papers.transfers(
            session,
            is_open=wanted["open"],
            location_id=stock_parts.a_location(session, wanted["location"]),
            cursor=wanted["cursor"],
            limit=limit,
        )
        of = {line.variant_id for view in found.items for line in view.lines}
        named = stock_parts.names(session, of)
    response = jsonify({"transfers": [_shown(view, named) for view in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.get("/transfers/<number>")
@guard.guard(scope="stock:read")
@blueprint.response(200, TransferSchema, example=TRANSFER, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One transfer."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = papers.transfer(session, number)
        named = stock_parts.names(session, [line.variant_id for line in view.lines])
    return etags.tagged(jsonify(_shown(view, named)), view.version)


@blueprint.post("/transfers")
@guard.guard(scope="stock:transfer")
@blueprint.arguments(NewTransferSchema())
@blueprint.response(201, TransferSchema, example=TRANSFER, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def request(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for goods from another location; nothing moves yet."""
    stock_parts.take()
    session = uow.session
    view = moving.request(
        uow,
        NewTransfer(
            from_location_id=stock_parts.location(
                session, wanted["from_location"], "from_location"
            ),
            to_location_id=stock_parts.location(session, wanted["to_location"], "to_location"),
            expected_on=wanted["expected_on"],
            units=stock_parts.by_variant(
                session, wanted["lines"], lambda line: int(line["quantity"])
            ),
            key=stock_parts.command_key(),
        ),
    )
    return _said(uow, view), 201


@blueprint.post("/transfers/<number>/dispatch")
@guard.guard(scope="stock:transfer")
@blueprint.arguments(DispatchSchema())
@blueprint.response(200, TransferSchema, example=TRANSFER, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
@blueprint.alt_response(409, schema=ConflictSchema, content_type=problems.MIMETYPE)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def dispatch(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """The goods leave: out of stock here, incoming there."""
    stock_parts.take()
    known = papers.transfer(uow.session, number)
    sent = None
    if wanted["lines"] is not None:
        sent = stock_parts.by_variant(
            uow.session, wanted["lines"], lambda line: int(line["quantity"])
        )
    with stock_parts.shortages_told(uow.session, known.from_location_id):
        view = moving.dispatch(uow, known.id, sent, version=wanted["version"])
    return _said(uow, view), 200


@blueprint.post("/transfers/<number>/receive")
@guard.guard(scope="stock:transfer")
@blueprint.arguments(ArriveSchema())
@blueprint.response(200, TransferSchema, example=TRANSFER, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def receive(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """The goods arrive; what is missing stays incoming until it is explained."""
    stock_parts.take()
    arrived = stock_parts.by_variant(uow.session, wanted["lines"], came)
    known = papers.transfer(uow.session, number)
    return _said(uow, moving.receive(uow, known.id, arrived, version=wanted["version"])), 200


@blueprint.post("/transfers/<number>/settle")
@guard.guard(scope="stock:transfer")
@blueprint.arguments(SettleSchema())
@blueprint.response(200, TransferSchema, example=TRANSFER, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
@blueprint.alt_response(409, schema=ConflictSchema, content_type=problems.MIMETYPE)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def settle(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Explain every difference, and put both places right."""
    stock_parts.take()
    why = stock_parts.by_variant(uow.session, wanted["lines"], lambda line: line["explanation"])
    known = papers.transfer(uow.session, number)
    with stock_parts.shortages_told(uow.session):
        view = moving.settle(uow, known.id, why, version=wanted["version"])
    return _said(uow, view), 200


@blueprint.post("/transfers/<number>/cancel")
@guard.guard(scope="stock:transfer")
@blueprint.arguments(VersionSchema())
@blueprint.response(200, TransferSchema, example=TRANSFER, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Call off what has not left."""
    stock_parts.take()
    known = papers.transfer(uow.session, number)
    return _said(uow, moving.cancel(uow, known.id, version=wanted["version"])), 200


def _said(uow: UnitOfWork, view: TransferView) -> dict[str, Any]:
    return _shown(view, stock_parts.names(uow.session, [one.variant_id for one in view.lines]))


def _shown(view: TransferView, named: Names) -> dict[str, Any]:
    return {
        "number": view.number,
        "from_location": named.locations[view.from_location_id],
        "to_location": named.locations[view.to_location_id],
        "state": view.state,
        "expected_on": view.expected_on.isoformat() if view.expected_on else None,
        "requested_at": view.requested_at.isoformat(),
        "dispatched_at": _iso(view.dispatched_at),
        "received_at": _iso(view.received_at),
        "settled_at": _iso(view.settled_at),
        "owner": view.owner,
        "version": view.version,
        "lines": [
            {
                "sku": named.sku(line.variant_id),
                "requested": line.requested,
                "sent": line.sent,
                "received": line.received,
                "damaged": line.damaged,
                "difference": line.difference if view.received_at else 0,
                "explanation": line.explanation,
            }
            for line in view.lines
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
