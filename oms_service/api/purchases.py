"""``/v1/purchase-orders``: goods ordered from suppliers, and what they brought."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.stock_parts import Names
from oms_service.api.stock_schemas import (
    PURCHASE,
    EndSchema,
    NewPurchaseSchema,
    NewReceiptSchema,
    PapersQuery,
    PurchaseSchema,
    PurchasesSchema,
    RescheduleSchema,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, purchasing
from oms_service.inventory.papers import PurchaseView
from oms_service.inventory.purchasing import Came, NewPurchase
from oms_service.runtime import runtime

blueprint = Blueprint(
    "purchases", __name__, url_prefix="/v1", description="Goods ordered from suppliers."
)
blueprint.before_request(json_only)


@blueprint.get("/purchase-orders")
@guard.guard(scope="stock:read")
@blueprint.arguments(PapersQuery(), location="query")
@blueprint.response(
    200, PurchasesSchema, example={"purchase_orders": [PURCHASE]}, headers=paging.LINK_HEADER
)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Purchase orders, the newest first; open ones by the day they are expected."""
    stock_parts.take()
    limit = int(wanted["limit"])
    with runtime().database.looking() as session:
        found = papers.purchases(
            session,
            is_open=wanted["open"],
            location_id=stock_parts.a_location(session, wanted["location"]),
            cursor=wanted["cursor"],
            limit=limit,
        )
        of = {line.variant_id for view in found.items for line in view.lines}
        named = stock_parts.names(session, of)
    response = jsonify({"purchase_orders": [_shown(view, named) for view in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.get("/purchase-orders/<number>")
@guard.guard(scope="stock:read")
@blueprint.response(200, PurchaseSchema, example=PURCHASE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One purchase order."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = papers.purchase(session, number)
        named = stock_parts.names(session, [line.variant_id for line in view.lines])
    return etags.tagged(jsonify(_shown(view, named)), view.version)


@blueprint.post("/purchase-orders")
@guard.guard(scope="stock:buy")
@blueprint.arguments(NewPurchaseSchema())
@blueprint.response(201, PurchaseSchema, example=PURCHASE, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def order(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Order goods from a supplier; they are incoming from now on."""
    stock_parts.take()
    view = purchasing.order(
        uow,
        NewPurchase(
            supplier=wanted["supplier"],
            reference=wanted["reference"],
            location_id=stock_parts.location(uow.session, wanted["location"]),
            expected_on=wanted["expected_on"],
            units=stock_parts.by_variant(
                uow.session, wanted["lines"], lambda line: int(line["quantity"])
            ),
            key=stock_parts.command_key(),
        ),
    )
    return _said(uow, view), 201


@blueprint.post("/purchase-orders/<number>/receipts")
@guard.guard(scope="stock:receive")
@blueprint.arguments(NewReceiptSchema())
@blueprint.response(201, PurchaseSchema, example=PURCHASE, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def receive(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Book in a delivery: sound units can be sold at once, damaged ones are set apart."""
    stock_parts.take()
    view = purchasing.receive(
        uow,
        papers.purchase(uow.session, number).id,
        stock_parts.by_variant(uow.session, wanted["lines"], came),
        key=stock_parts.command_key(),
        delivery_note=wanted["delivery_note"],
        version=wanted["version"],
    )
    return _said(uow, view), 201


@blueprint.post("/purchase-orders/<number>/reschedule")
@guard.guard(scope="stock:buy")
@blueprint.arguments(RescheduleSchema())
@blueprint.response(200, PurchaseSchema, example=PURCHASE, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reschedule(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Expect the goods on another day."""
    stock_parts.take()
    view = purchasing.reschedule(
        uow,
        papers.purchase(uow.session, number).id,
        wanted["expected_on"],
        version=wanted["version"],
    )
    return _said(uow, view), 200


@blueprint.post("/purchase-orders/<number>/end")
@guard.guard(scope="stock:buy")
@blueprint.arguments(EndSchema())
@blueprint.response(200, PurchaseSchema, example=PURCHASE, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def end(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Expect no more of it: cancelled where nothing had come, closed where some had."""
    stock_parts.take()
    view = purchasing.end(
        uow,
        papers.purchase(uow.session, number).id,
        reason=wanted["reason"],
        version=wanted["version"],
    )
    return _said(uow, view), 200


def came(line: Mapping[str, Any]) -> Came:
    """One line of a delivery."""
    return Came(received=line["received"], damaged=line["damaged"])


def _said(uow: UnitOfWork, view: PurchaseView) -> dict[str, Any]:
    return _shown(view, stock_parts.names(uow.session, [one.variant_id for one in view.lines]))


def _shown(view: PurchaseView, named: Names) -> dict[str, Any]:
    return {
        "number": view.number,
        "supplier": view.supplier,
        "reference": view.reference,
        "location": named.locations[view.location_id],
        "state": view.state,
        "expected_on": view.expected_on.isoformat(),
        "ordered_at": view.ordered_at.isoformat(),
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
        "end_reason": view.end_reason,
        "version": view.version,
        "lines": [
            {
                "sku": named.sku(line.variant_id),
                "ordered": line.ordered,
                "received": line.received,
                "damaged": line.damaged,
                "called_off": line.called_off,
                "outstanding": line.outstanding,
                "over": line.over,
            }
            for line in view.lines
        ],
    }
